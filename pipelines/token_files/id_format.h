#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/element_type.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file_pair.h"
#include "corpus/io/random_access.h"
#include "corpus/records/records.h"
#include "tokenizer/model/vocabulary.h"

/// What a format of encoded documents consists of. Each format is one source file that defines
/// an IdFormat, and one entry in the table of id_formats.h; the command line, its help and the
/// detection of inputs follow from the table. docs/formats/token-files.md specifies the files.
namespace corpusmill {

class IdReader;
class IdWriter;
struct IdWriterOptions;

/// A format of one stream of lines, a document on each. The stream may be a pipe or compressed.
struct LineIdFormat {
  using Writer = absl::StatusOr<std::unique_ptr<IdWriter>>(const IdWriterOptions& options,
                                                           const Vocabulary& vocabulary,
                                                           std::unique_ptr<ByteSink> sink,
                                                           Context& context);
  using Reader = absl::StatusOr<std::unique_ptr<IdReader>>(std::unique_ptr<RecordReader> lines,
                                                           const Vocabulary& vocabulary,
                                                           Context& context);

  RecordFormat records = RecordFormat::kLines;  ///< kLines or kJsonl.
  /// An input whose lines are `records` is in this format, unless the format is named. At most
  /// one format has this for each kind of lines.
  bool found_by_content = false;
  Writer* open_writer = nullptr;  ///< The writer closes `sink`. The vocabulary outlives it.
  Reader* open_reader = nullptr;  ///< The vocabulary and the context outlive the reader.
};

/// A format of two files: data, and an index without which the data is not finished.
struct PairIdFormat {
  using Writer = absl::StatusOr<std::unique_ptr<IdWriter>>(ElementType type,
                                                           std::unique_ptr<FilePair> files,
                                                           Context& context);
  using Reader = absl::StatusOr<std::unique_ptr<IdReader>>(std::unique_ptr<RandomAccessFile> data,
                                                           std::unique_ptr<RandomAccessFile> index,
                                                           Context& context);

  /// What the file called `main_suffix` begins with, at most kMaxMagicBytes.
  std::string_view magic;
  /// The ends of the two names. A folder that holds both files is read by the main one.
  std::string_view main_suffix;
  std::string_view other_suffix;
  /// The largest vocabulary whose ids may be stored as u16 when that is asked for.
  uint32_t max_u16_vocabulary = 0;
  /// Both paths from the one after -o, or of an input. kInvalidArgument for standard output and
  /// for other names.
  absl::StatusOr<FilePairPaths> (*paths)(const std::string& path) = nullptr;
  Writer* open_writer = nullptr;  ///< `type` is kU16 or kU32.
  Reader* open_reader = nullptr;  ///< kDataLoss naming the file when the two do not fit.
};

inline constexpr size_t kMaxMagicBytes = 16;

/// One format. Exactly one of `lines` and `pair` is filled in.
struct IdFormat {
  std::string_view name;  ///< As after --format.
  std::string_view help;  ///< One line on what is written.
  // The options of IdWriterOptions that it takes.
  bool takes_offsets = false;
  bool takes_pieces = false;
  LineIdFormat lines;
  PairIdFormat pair;

  constexpr bool is_pair() const { return pair.open_writer != nullptr; }
  /// Ids have a fixed width, which IdWriterOptions::type chooses.
  constexpr bool takes_type() const { return is_pair(); }
};

/// Formats of two files store ids as u16 for vocabularies below this size, and as u32 from it
/// on: Megatron-LM's reader assumes u16 exactly there. Shards have another limit,
/// kShardU16VocabularyLimit, as nothing but the width of an id decides there.
inline constexpr uint32_t kTokenFileU16VocabularyLimit = 65'500;

/// "u16", "u32", and "auto", which is nullopt. kInvalidArgument otherwise.
absl::StatusOr<std::optional<ElementType>> ParseIdType(std::string_view name);

/// How a format of two files stores the ids of a vocabulary if `asked` (nullopt = auto).
/// kInvalidArgument when its ids do not fit, or the format has no such type for it.
absl::StatusOr<ElementType> ChooseIdType(std::optional<ElementType> asked, const IdFormat& format,
                                         uint32_t vocab_size);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_
