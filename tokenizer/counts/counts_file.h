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

/// Of a corpus, or a part of one: parts add up.
struct CorpusTotals {
  uint64_t texts = 0;
  /// Bytes as given, and after normalisation.
  uint64_t input_bytes = 0;
  uint64_t normalized_bytes = 0;
  /// Pieces of at most 10,000 characters that texts are cut into.
  uint64_t chunks = 0;
  /// What a text of weight 1 counts, and the sum of bytes as given times what their text counts.
  uint64_t unit = 1;
  uint64_t weighted_bytes = 0;
  /// Of the texts as given.
  MultisetHash hash;

  /// Brings both to the least common unit.
  void Add(const CorpusTotals& other);
  bool operator==(const CorpusTotals&) const = default;
};

/// What was counted, and how. Fields mean what they mean in TrainOptions.
struct CountsInfo {
  enum class Kind : uint32_t { kNgrams = 0, kPieces = 1 };

  Kind kind = Kind::kNgrams;
  int order = 6;
  bool isolate_digits = false;
  Normalization normalization = Normalization::kNfc;
  CorpusTotals totals;

  /// Of pieces alone: how the n-gram model cut the corpus, and of what it was made.
  bool ensure_unicode = false;
  bool bytepiece_compat = false;
  uint64_t ngram_min_count = 0;
  CorpusTotals ngram_totals;
  Hash128 ngrams;  ///< CountsFile::id of the n-grams.

  bool operator==(const CountsInfo&) const = default;
};

/// kInvalidArgument, naming the two and what differs, for counts that are not of the same
/// kind, made in the same way: all but the totals.
absl::Status CheckSameCounting(const std::string& a_name, const CountsInfo& a,
                               const std::string& b_name, const CountsInfo& b);

/// A file of counts.
///
///   CM_RETURN_IF_ERROR(CountsFile::Write("en.ngrams", info, counts, false, context));
///   CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open("en.ngrams", context));
///   if (file->info().kind == CountsInfo::Kind::kNgrams) …
///   CM_ASSIGN_OR_RETURN(const std::unique_ptr<CountStream> counts, file->OpenSection('a'));
///
/// Thread-safe; `context` and the file must outlive streams. Streams end with kDataLoss
/// where the file is not what was written: a string that is longer than the order, for
/// instance, or a sum of counts of 2^63 or more.
class CountsFile {
 public:
  /// Writes a file; the same counts give the same bytes. Memory is charged.
  static absl::Status Write(const std::string& path, const CountsInfo& info, CountStream& counts,
                            bool overwrite, Context& context);

  /// Adds files up that have the counts of parts of a corpus, and writes what counting all of
  /// it at once would give, byte for byte. Counts are brought to the least common unit.
  /// kInvalidArgument for files that were not made in the same way. Charges 64 KiB for each
  /// file; tells the reporter of its phase. Returns what the new file says.
  struct MergeOptions {
    bool overwrite = false;
    /// Two files of the same texts are no mistake; else they are kInvalidArgument.
    bool allow_same_texts = false;
  };
  static absl::StatusOr<CountsInfo> Merge(const std::vector<std::string>& paths,
                                          const std::string& output_path,
                                          const MergeOptions& options, Context& context);

  /// Whether a file begins as those of counts do. Not of standard input.
  static bool IsOne(const std::string& path);

  /// kDataLoss, naming the file, for one that is not of counts, or damaged at its beginning;
  /// blocks are checked as they are read.
  static absl::StatusOr<std::unique_ptr<CountsFile>> Open(const std::string& path,
                                                          Context& context);

  const std::string& path() const { return path_; }
  const CountsInfo& info() const { return info_; }
  /// The same for files of the same bytes, and for no others.
  const Hash128& id() const { return id_; }
  /// Distinct strings, and the sum of their counts.
  uint64_t entries() const;
  uint64_t sum() const;

  /// The strings that begin with `first`, in order.
  absl::StatusOr<std::unique_ptr<CountStream>> OpenSection(uint8_t first) const;
  /// All of them.
  std::unique_ptr<CountStream> OpenAll() const;

 private:
  struct Section {
    uint64_t end = 0;  // Where it ends in the file.
    uint64_t entries = 0;
    uint64_t sum = 0;
    Hash128 hash;  // Of its bytes, for the id.
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
