#include "corpus/io/file.h"

#include <memory>

#include "corpus/base/status.h"

namespace corpusmill {

absl::Status CheckOutputPath(const std::string& path, const OutputOptions& options) {
  if (path == kStandardStream || IsSpecialFile(path)) return absl::OkStatus();
  if (path.empty()) return UsageError("the output path is empty");
  if (IsFolder(path)) return UsageError(absl::StrFormat("%s: is a folder; name a file", path));
  if (!options.overwrite && FileExists(path)) {
    return UsageError(absl::StrFormat("%s: exists; use --force to replace it", path));
  }
  const std::string parent = ParentFolder(path);
  if (!parent.empty() && !IsFolder(parent)) {
    return UsageError(absl::StrFormat("%s: folder %s does not exist", path, parent));
  }
  return absl::OkStatus();
}

absl::Status WriteStringToFile(const std::string& path, std::string_view bytes,
                               const OutputOptions& options) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink, CreateFile(path, options));
  CM_RETURN_IF_ERROR(sink->Write(bytes));
  return sink->Close();
}

}  // namespace corpusmill
