#include "pipelines/token_files/id_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file_system.h"
#include "corpus/records/records.h"
#include "pipelines/token_files/id_formats.h"

namespace corpusmill {
namespace {

/// The first bytes of a file.
absl::StatusOr<std::string> ReadHead(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const auto file, OpenRandomAccessFile(path));
  std::string head(std::min<uint64_t>(file->size_bytes(), kMaxMagicBytes), '\0');
  CM_RETURN_IF_ERROR(file->Read(0, head.size(), head.data()));
  return head;
}

/// True if the input has the format's other suffix and the main file beside it has the magic.
absl::StatusOr<bool> HasMainFile(const PairIdFormat& pair, const std::string& path) {
  if (!path.ends_with(pair.other_suffix)) return false;
  const std::string main =
      path.substr(0, path.size() - pair.other_suffix.size()).append(pair.main_suffix);
  if (!IsRegularFile(main)) return false;
  CM_ASSIGN_OR_RETURN(const std::string head, ReadHead(main));
  return head.starts_with(pair.magic);
}

/// Detects the format of two files of an input from its content; nullptr if it has none.
absl::StatusOr<const IdFormat*> DetectPair(const InputFile& input) {
  if (!input.is_regular) return nullptr;
  CM_ASSIGN_OR_RETURN(const std::string head, ReadHead(input.path));
  for (const IdFormat* const format : kIdFormats) {
    if (format->is_pair() && head.starts_with(format->pair.magic)) return format;
  }
  for (const IdFormat* const format : kIdFormats) {
    if (!format->is_pair()) continue;
    CM_ASSIGN_OR_RETURN(const bool found, HasMainFile(format->pair, input.path));
    if (found) return format;
  }
  return nullptr;
}

const IdFormat* FormatOfLines(RecordFormat records) {
  for (const IdFormat* const format : kIdFormats) {
    if (!format->is_pair() && format->lines.found_by_content && format->lines.records == records) {
      return format;
    }
  }
  return kIdFormats[0];
}

absl::StatusOr<std::unique_ptr<IdReader>> OpenLines(const InputFile& input,
                                                    const IdReaderOptions& options,
                                                    const Vocabulary& vocabulary,
                                                    Context& context) {
  const IdFormat* format = options.format;
  CM_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> stream, OpenInput(input, context));
  RecordOptions records;
  if (format != nullptr) records.format = format->lines.records;
  CM_ASSIGN_OR_RETURN(std::unique_ptr<RecordReader> lines,
                      RecordReader::Open(std::move(stream), records, context));
  if (format == nullptr) format = FormatOfLines(lines->format());
  return format->lines.open_reader(options, std::move(lines), vocabulary, context);
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdReader>> OpenIdReader(const InputFile& input,
                                                       const IdReaderOptions& options,
                                                       const Vocabulary& vocabulary,
                                                       Context& context) {
  const IdFormat* format = options.format;
  if (format == nullptr) {
    CM_ASSIGN_OR_RETURN(format, DetectPair(input));
  }
  if (format == nullptr || !format->is_pair()) {
    return OpenLines(input, options, vocabulary, context);
  }
  if (!input.is_regular) {
    return UsageError(
        absl::StrFormat("%s: %s is a pair of files and cannot be read from a pipe; try the path of "
                        "one of its files",
                        input.path, format->name));
  }
  CM_ASSIGN_OR_RETURN(const FilePairPaths paths, format->pair.paths(input.path));
  CM_ASSIGN_OR_RETURN(auto data, OpenRandomAccessFile(paths.data));
  CM_ASSIGN_OR_RETURN(auto index, OpenRandomAccessFile(paths.index));
  return format->pair.open_reader(std::move(data), std::move(index), context);
}

}  // namespace corpusmill
