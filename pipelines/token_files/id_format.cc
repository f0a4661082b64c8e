#include "pipelines/token_files/id_format.h"

#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

constexpr std::pair<IdFormat, std::string_view> kFormats[] = {{IdFormat::kIds, "ids"},
                                                              {IdFormat::kPieces, "pieces"},
                                                              {IdFormat::kJsonl, "jsonl"},
                                                              {IdFormat::kNpy, "npy"},
                                                              {IdFormat::kMegatron, "megatron"}};

}  // namespace

absl::StatusOr<IdFormat> ParseIdFormat(std::string_view name) {
  for (const auto& [format, format_name] : kFormats) {
    if (name == format_name) return format;
  }
  return UsageError(
      absl::StrFormat("'%s' is no format of ids; try ids, pieces, jsonl, npy or megatron", name));
}

std::string_view IdFormatName(IdFormat format) {
  return kFormats[static_cast<size_t>(format)].second;
}

absl::StatusOr<std::optional<IdType>> ParseIdType(std::string_view name) {
  if (name == "auto") return std::optional<IdType>();
  if (name == "u16") return std::optional<IdType>(IdType::kU16);
  if (name == "u32") return std::optional<IdType>(IdType::kU32);
  return UsageError(absl::StrFormat("'%s' is no type of ids; try u16, u32 or auto", name));
}

absl::StatusOr<IdType> ChooseIdType(std::optional<IdType> asked, IdFormat format,
                                    uint32_t vocab_size) {
  const bool small = vocab_size < kU16VocabularyLimit;
  if (!asked.has_value()) return small ? IdType::kU16 : IdType::kU32;
  if (*asked == IdType::kU32 || small) return *asked;
  if (format == IdFormat::kMegatron) {
    return UsageError(absl::StrFormat(
        "megatron stores vocabularies of %d ids or more as u32, and this one has %d; try "
        "--dtype u32",
        kU16VocabularyLimit, vocab_size));
  }
  if (vocab_size <= 0x10000) return *asked;
  return UsageError(absl::StrFormat(
      "ids of a vocabulary of %d do not fit into u16; try --dtype u32", vocab_size));
}

absl::StatusOr<FilePairPaths> PathsOfPair(IdFormat format, const std::string& path) {
  const auto stem = [&path](std::string_view suffix) {
    return path.substr(0, path.size() - suffix.size());
  };
  if (format == IdFormat::kNpy) {
    if (path == kStandardStream) {
      return UsageError("npy is two files, and is not written to standard output; try -o NAME.npy");
    }
    if (!path.ends_with(".npy") || path.ends_with("/.npy") || path == ".npy") {
      return UsageError(
          absl::StrFormat("%s: the name of an npy file ends with .npy, and nothing "
                          "compresses it; try -o NAME.npy",
                          path));
    }
    if (path.ends_with(".offsets.npy")) {
      return UsageError(absl::StrFormat("%s: the name of the offsets of another file; try %s.npy",
                                        path, stem(".offsets.npy")));
    }
    return FilePairPaths{path, stem(".npy") + ".offsets.npy"};
  }
  if (path == kStandardStream) {
    return UsageError(
        "megatron is two files, and is not written to standard output; try -o PREFIX");
  }
  const bool named = path.ends_with(".bin") || path.ends_with(".idx");
  const std::string prefix = named ? stem(".bin") : path;
  if (prefix.empty() || prefix.ends_with("/")) {
    return UsageError(absl::StrFormat("%s: is no prefix of files; try -o PREFIX", path));
  }
  return FilePairPaths{prefix + ".bin", prefix + ".idx"};
}

}  // namespace corpusmill
