#ifndef CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_MODEL_H_
#define CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_MODEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/count_codes.h"
#include "tokenizer/counts/ngram_counts.h"
#include "tokenizer/ngrams/ngram_table.h"

namespace corpusmill {

struct NgramModelOptions {
  /// n-grams of two or more bytes counted less often are dropped.
  uint64_t min_count = 2;
  /// Keeps those too that lie inside one UTF-8 character, however rare.
  bool keep_inside_characters = false;
  /// Leaves half of the tables empty, so that lookups are faster.
  bool roomy = false;
};

/// The counts of the n-grams of a corpus that are not too rare: a Markov model of bytes,
/// log p(byte | the k bytes before it) = ln c(b_1…b_k+1) - ln c(b_1…b_k) for every k below
/// the order, without smoothing.
///
///   CM_ASSIGN_OR_RETURN(const NgramModel model,
///                       NgramModel::Build(6, counts->sections(), {}, context));
///   model.LogCountOf("abc");
///
/// A hash table for each first byte and length, which threads make side by side: 7
/// bytes per n-gram. Immutable after Build, hence thread-safe.
class NgramModel {
 public:
  /// The n-grams that begin with one byte.
  struct Section {
    uint32_t code = 0;            ///< Of the byte's own count.
    std::vector<uint32_t> pairs;  ///< By the second byte, 0 where there is none; or empty.
    /// [length - 3]: of three bytes or more; keys are all but the first, as a number whose
    /// last byte is the lowest.
    std::array<NgramTable, NgramCounts::kMaxOrder - 2> longer;
  };

  /// Of n-grams of up to `order` bytes, each section of which is opened once, on any thread.
  /// A byte that was never seen counts as seen once. kResourceExhausted when the budget is too
  /// small.
  static absl::StatusOr<NgramModel> Build(int order, const OpenSection& ngrams,
                                          const NgramModelOptions& options, Context& context);

  int order() const { return order_; }
  const Section& section(uint8_t first) const { return (*sections_)[first]; }
  /// By code: the logarithms of counts.
  const double* logs() const { return codes_->logs(); }
  /// The logarithm of the count of all bytes.
  double log_total() const { return log_total_; }

  /// The logarithm of the count of an n-gram of 1 to `order` bytes; -∞ if it was dropped or
  /// never seen.
  double LogCountOf(std::string_view ngram) const;

  /// By length - 1: distinct n-grams before and after dropping.
  const std::vector<uint64_t>& found() const { return found_; }
  const std::vector<uint64_t>& kept() const { return kept_; }
  /// What it takes of memory.
  uint64_t memory_bytes() const;

 private:
  friend class NgramModelBuilder;
  NgramModel() = default;

  int order_ = 0;
  std::unique_ptr<std::array<Section, 256>> sections_;
  std::unique_ptr<CountCodes> codes_;
  double log_total_ = 0;
  std::vector<uint64_t> found_, kept_;
  std::vector<MemoryLease> leases_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_MODEL_H_
