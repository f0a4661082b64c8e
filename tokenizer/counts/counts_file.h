#ifndef CORPUSMILL_TOKENIZER_COUNTS_COUNTS_FILE_H_
#define CORPUSMILL_TOKENIZER_COUNTS_COUNTS_FILE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/io/block_file.h"
#include "corpus/text/unicode.h"
#include "tokenizer/counts/counts_stream.h"

/// Counts of a corpus that stay: what machines that share a training give each other, and
/// what a training that was killed goes on from. docs/formats/counts.md has the format.
namespace corpusmill {

/// Totals of a corpus or of a part of one. Totals of parts can be added.
struct CorpusTotals {
  uint64_t texts = 0;
  /// Bytes of the original and of the normalised texts.
  uint64_t input_bytes = 0;
  uint64_t normalized_bytes = 0;
  /// Chunks of at most 10,000 characters (TrainingChunker).
  uint64_t chunks = 0;
  /// The count of a text of weight 1, and the sum over texts of original bytes × count.
  uint64_t unit = 1;
  uint64_t weighted_bytes = 0;
  /// Hash of the original texts.
  MultisetHash hash;

  /// Adds totals, scaling both to the least common unit.
  void Add(const CorpusTotals& other);
  bool operator==(const CorpusTotals&) const = default;
};

/// What was counted, and with which options. Fields are as in TrainOptions.
struct CountsInfo {
  enum class Kind : uint32_t { kNgrams = 0, kPieces = 1 };

  Kind kind = Kind::kNgrams;
  int order = 6;
  bool isolate_digits = false;
  Normalization normalization = Normalization::kNfc;
  CorpusTotals totals;

  /// Only for kPieces: how the n-gram model segmented the corpus, and its training data.
  bool ensure_unicode = false;
  bool bytepiece_compat = false;
  uint64_t ngram_min_count = 0;
  CorpusTotals ngram_totals;
  Hash128 ngrams;  ///< CountsFile::id of the n-grams.

  bool operator==(const CountsInfo&) const = default;
};

/// Checks that two counts have the same kind and options; totals may differ. kInvalidArgument with
/// the names and the difference.
absl::Status CheckSameCounting(const std::string& a_name, const CountsInfo& a,
                               const std::string& b_name, const CountsInfo& b);

/// A file of counts.
///
///   CM_RETURN_IF_ERROR(CountsFile::Write("en.ngrams", info, counts, false, context));
///   CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open("en.ngrams", context));
///   if (file->info().kind == CountsInfo::Kind::kNgrams) …
///   CM_ASSIGN_OR_RETURN(const std::unique_ptr<CountStream> counts, file->OpenSection('a'));
///
/// Thread-safe. `context` and the file must outlive streams. Streams return kDataLoss if the file
/// is corrupt, for instance if a string is longer than the order or a sum of counts is 2^63 or
/// more.
class CountsFile {
 public:
  /// Writes a file. Equal counts give equal bytes. Charges its memory to the budget.
  static absl::Status Write(const std::string& path, const CountsInfo& info, CountStream& counts,
                            bool overwrite, Context& context);

  /// Merges the counts of parts of a corpus into the file that counting the whole corpus at once
  /// would write, byte for byte. Scales counts to the least common unit. kInvalidArgument for files
  /// made with different options. Charges 64 KiB per file; reports a phase. Returns the new file's
  /// info.
  struct MergeOptions {
    bool overwrite = false;
    /// Accepts two files of the same texts, which are otherwise kInvalidArgument.
    bool allow_same_texts = false;
  };
  static absl::StatusOr<CountsInfo> Merge(const std::vector<std::string>& paths,
                                          const std::string& output_path,
                                          const MergeOptions& options, Context& context);

  /// True if a file begins with the magic of a counts file. Not for standard input.
  static bool IsOne(const std::string& path);

  /// Opens a file and checks its header; blocks are checked when read. kDataLoss, with the path, if
  /// it is not a counts file or its header is damaged.
  static absl::StatusOr<std::unique_ptr<CountsFile>> Open(const std::string& path,
                                                          Context& context);

  const std::string& path() const { return path_; }
  const CountsInfo& info() const { return info_; }
  /// Identifies the file's content: equal for equal bytes only.
  const Hash128& id() const { return id_; }
  /// Number of distinct strings, and the sum of their counts.
  uint64_t entries() const;
  uint64_t sum() const;

  /// Opens the strings that begin with `first`, in order.
  absl::StatusOr<std::unique_ptr<CountStream>> OpenSection(uint8_t first) const;
  /// Opens all strings, in order.
  std::unique_ptr<CountStream> OpenAll() const;

 private:
  struct Section {
    uint64_t end = 0;  // Offset of its end in the file.
    uint64_t entries = 0;
    uint64_t sum = 0;
    Hash128 hash;  // Hash of its bytes, part of the id.
  };
  using Sections = std::array<Section, 256>;
  class SectionStream;

  CountsFile(std::string path, Context& context) : path_(std::move(path)), context_(context) {}
  static std::string Header(const CountsInfo& info, const Sections& sections);
  absl::Status ReadHeader();
  uint64_t SectionBegin(uint8_t first) const;

  const std::string path_;
  Context& context_;
  std::unique_ptr<BlockFile> file_;
  CountsInfo info_;
  Hash128 id_;
  Sections sections_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_COUNTS_FILE_H_
