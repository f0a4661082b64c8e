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
  /// Also keeps n-grams inside one UTF-8 character, regardless of their count.
  bool keep_inside_characters = false;
  /// Keeps the tables half empty, for faster lookups.
  bool roomy = false;
};

/// An unsmoothed n-gram model of bytes: log p(byte | the k bytes before it) = ln c(b_1…b_k+1) - ln
/// c(b_1…b_k) for every k below the order. Holds the counts of the n-grams that are frequent
/// enough.
///
///   CM_ASSIGN_OR_RETURN(const NgramModel model,
///                       NgramModel::Build(6, counts->sections(), {}, context));
///   model.LogCountOf("abc");
///
/// One hash table per first byte and length, built in parallel: 7 bytes per n-gram. Immutable,
/// hence thread-safe.
class NgramModel {
 public:
  /// The n-grams that begin with one byte.
  struct Section {
    uint32_t code = 0;            ///< Code of the byte's own count.
    std::vector<uint32_t> pairs;  ///< Codes by the second byte, 0 for none; or empty.
    /// [length - 3]: n-grams of three or more bytes. The key is the bytes after the first,
    /// big-endian.
    std::array<NgramTable, NgramCounts::kMaxOrder - 2> longer;
  };

  /// Builds the model of n-grams of up to `order` bytes. Opens each section once, on any thread. An
  /// unseen byte gets the count 1. kResourceExhausted if the budget is too small.
  static absl::StatusOr<NgramModel> Build(int order, const OpenSection& ngrams,
                                          const NgramModelOptions& options, Context& context);

  int order() const { return order_; }
  /// NgramModelOptions::min_count.
  uint64_t min_count() const { return min_count_; }
  const Section& section(uint8_t first) const { return (*sections_)[first]; }
  /// Logarithms of counts, by code.
  const double* logs() const { return codes_->logs(); }
  /// The logarithm of the count of all bytes.
  double log_total() const { return log_total_; }

  /// The logarithm of the count of an n-gram of 1 to `order` bytes; -∞ if dropped or unseen.
  double LogCountOf(std::string_view ngram) const;

  /// Number of distinct n-grams before and after dropping, by length - 1.
  const std::vector<uint64_t>& found() const { return found_; }
  const std::vector<uint64_t>& kept() const { return kept_; }
  /// Memory of the model.
  uint64_t memory_bytes() const;

 private:
  friend class NgramModelBuilder;
  NgramModel() = default;

  int order_ = 0;
  uint64_t min_count_ = 0;
  std::unique_ptr<std::array<Section, 256>> sections_;
  std::unique_ptr<CountCodes> codes_;
  double log_total_ = 0;
  std::vector<uint64_t> found_, kept_;
  std::vector<MemoryLease> leases_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_MODEL_H_
