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

/// The description of a format of encoded documents. A format is one source file, which defines an
/// IdFormat, and one entry in the table of id_formats.h. The command line, its help and the
/// detection of inputs use the table. docs/formats/token-files.md specifies the files.
namespace corpusmill {

class IdReader;
class IdWriter;
struct IdReaderOptions;
struct IdWriterOptions;

/// A format of one stream with one document per line. The stream may be a pipe or compressed.
struct LineIdFormat {
  using Writer = absl::StatusOr<std::unique_ptr<IdWriter>>(const IdWriterOptions& options,
                                                           const Vocabulary& vocabulary,
                                                           std::unique_ptr<ByteSink> sink,
                                                           Context& context);
  using Reader = absl::StatusOr<std::unique_ptr<IdReader>>(const IdReaderOptions& options,
                                                           std::unique_ptr<RecordReader> lines,
                                                           const Vocabulary& vocabulary,
                                                           Context& context);

  RecordFormat records = RecordFormat::kLines;  ///< kLines or kJsonl.
  /// The default format of inputs whose lines are `records`. At most one format per kind of lines.
  bool found_by_content = false;
  Writer* open_writer = nullptr;  ///< The writer closes `sink`. The vocabulary outlives it.
  Reader* open_reader = nullptr;  ///< The vocabulary and the context outlive the reader.
};

/// A format of two files: data and an index. Data without its index is incomplete.
struct PairIdFormat {
  using Writer = absl::StatusOr<std::unique_ptr<IdWriter>>(ElementType type,
                                                           std::unique_ptr<FilePair> files,
                                                           Context& context);
  using Reader = absl::StatusOr<std::unique_ptr<IdReader>>(std::unique_ptr<RandomAccessFile> data,
                                                           std::unique_ptr<RandomAccessFile> index,
                                                           Context& context);

  /// The first bytes of the file with `main_suffix`: at most kMaxMagicBytes.
  std::string_view magic;
  /// The suffixes of the two file names. In a folder with both files, the main file is the input.
  std::string_view main_suffix;
  std::string_view other_suffix;
  /// The largest vocabulary for which `--dtype u16` is allowed.
  uint32_t max_u16_vocabulary = 0;
  /// Returns both paths for the path of an output or an input. kInvalidArgument for standard
  /// output and for invalid names.
  absl::StatusOr<FilePairPaths> (*paths)(const std::string& path) = nullptr;
  Writer* open_writer = nullptr;  ///< `type` is kU16 or kU32.
  Reader* open_reader = nullptr;  ///< kDataLoss naming the file if the two files do not match.
};

inline constexpr size_t kMaxMagicBytes = 16;

/// One format. Exactly one of `lines` and `pair` is filled in.
struct IdFormat {
  std::string_view name;  ///< The value of --format.
  std::string_view help;  ///< Describes the output in one line.
  // Supported options of IdWriterOptions.
  bool takes_offsets = false;
  bool takes_pieces = false;
  LineIdFormat lines;
  PairIdFormat pair;

  constexpr bool is_pair() const { return pair.open_writer != nullptr; }
  /// True if ids have a fixed width, which IdWriterOptions::type chooses.
  constexpr bool takes_type() const { return is_pair(); }
};

/// Formats of two files store ids as u16 for vocabularies below this size, else as u32:
/// Megatron-LM's reader has the same limit. Shards use kShardU16VocabularyLimit, which depends only
/// on the width of an id.
inline constexpr uint32_t kTokenFileU16VocabularyLimit = 65'500;

/// Parses "u16", "u32" or "auto" (nullopt). kInvalidArgument for any other name.
absl::StatusOr<std::optional<ElementType>> ParseIdType(std::string_view name);

/// Chooses the type in which a format of two files stores the ids of a vocabulary; nullopt = auto.
/// kInvalidArgument if the ids do not fit `asked` or the format does not support it.
absl::StatusOr<ElementType> ChooseIdType(std::optional<ElementType> asked, const IdFormat& format,
                                         uint32_t vocab_size);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_
