#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/io/file_pair.h"

namespace corpusmill {

/// How encoded documents are stored; docs/formats/token-files.md has each of them.
enum class IdFormat {
  kIds,       ///< A line of decimal ids for each document.
  kPieces,    ///< A line of pieces as text for each document.
  kJsonl,     ///< A JSON object {"ids": […]} for each document.
  kNpy,       ///< NAME.npy, all ids in a row, and NAME.offsets.npy.
  kMegatron,  ///< PREFIX.bin and PREFIX.idx.
};

/// "ids", "pieces", "jsonl", "npy", "megatron". kInvalidArgument otherwise.
absl::StatusOr<IdFormat> ParseIdFormat(std::string_view name);
std::string_view IdFormatName(IdFormat format);

/// Whether it is a pair of files with ids of a fixed width.
inline bool IsFilePair(IdFormat format) {
  return format == IdFormat::kNpy || format == IdFormat::kMegatron;
}

/// How ids of a fixed width are stored, little-endian.
enum class IdType { kU16, kU32 };

inline constexpr size_t IdBytes(IdType type) { return type == IdType::kU16 ? 2 : 4; }

/// "u16", "u32", and "auto", which is nullopt. kInvalidArgument otherwise.
absl::StatusOr<std::optional<IdType>> ParseIdType(std::string_view name);

/// Vocabularies below this size are stored as u16: Megatron's reader takes u16 for
/// granted just there.
inline constexpr uint32_t kU16VocabularyLimit = 65'500;

/// What `asked` (nullopt = auto) is for a vocabulary. kInvalidArgument when ids of it do
/// not fit, or the format has no such type for it.
absl::StatusOr<IdType> ChooseIdType(std::optional<IdType> asked, IdFormat format,
                                    uint32_t vocab_size);

/// "a.npy" → {"a.npy", "a.offsets.npy"}; for kMegatron "a", "a.bin" or "a.idx" →
/// {"a.bin", "a.idx"}. kInvalidArgument for standard output and for other names.
/// REQUIRES: IsFilePair(format).
absl::StatusOr<FilePairPaths> PathsOfPair(IdFormat format, const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_ID_FORMAT_H_
