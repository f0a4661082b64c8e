#include "pipelines/token_files/id_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file_system.h"
#include "pipelines/token_files/megatron.h"
#include "pipelines/token_files/npy.h"

namespace corpusmill {
namespace {

/// The first bytes of a file.
absl::StatusOr<std::string> Head(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const auto file, OpenRandomAccessFile(path));
  std::string head(std::min<uint64_t>(file->size_bytes(), kMegatronMagic.size()), '\0');
  CM_RETURN_IF_ERROR(file->Read(0, head.size(), head.data()));
  return head;
}

/// What a file is by its content: npy, megatron, or nullopt for lines.
absl::StatusOr<std::optional<IdFormat>> DetectPair(const InputFile& input) {
  if (!input.is_regular) return std::optional<IdFormat>();
  CM_ASSIGN_OR_RETURN(std::string head, Head(input.path));
  if (head.starts_with(kNpyMagic)) return std::optional(IdFormat::kNpy);
  if (head == kMegatronMagic) return std::optional(IdFormat::kMegatron);
  if (!input.path.ends_with(".bin")) return std::optional<IdFormat>();
  // A .bin file is nothing but ids; its index tells.
  const std::string index = input.path.substr(0, input.path.size() - 4) + ".idx";
  if (!IsRegularFile(index)) return std::optional<IdFormat>();
  CM_ASSIGN_OR_RETURN(head, Head(index));
  return head == kMegatronMagic ? std::optional(IdFormat::kMegatron) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdReader>> OpenIdReader(const InputFile& input,
                                                       std::optional<IdFormat> format,
                                                       const Vocabulary& vocabulary,
                                                       Context& context) {
  std::optional<IdFormat> known = format;
  if (!known.has_value()) {
    CM_ASSIGN_OR_RETURN(known, DetectPair(input));
  }
  if (!known.has_value() || !IsFilePair(*known)) {
    return OpenIdLines(input, format, vocabulary, context);
  }
  if (!input.is_regular) {
    return UsageError(absl::StrFormat("%s: %s is two files, and cannot be read from a pipe",
                                      input.path, IdFormatName(*known)));
  }
  CM_ASSIGN_OR_RETURN(const FilePairPaths paths, PathsOfPair(*known, input.path));
  CM_ASSIGN_OR_RETURN(auto data, OpenRandomAccessFile(paths.data));
  CM_ASSIGN_OR_RETURN(auto index, OpenRandomAccessFile(paths.index));
  return *known == IdFormat::kNpy ? OpenNpyIds(std::move(data), std::move(index), context)
                                  : OpenMegatronIds(std::move(data), std::move(index), context);
}

}  // namespace corpusmill
