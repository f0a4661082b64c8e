#include "corpus/io/file_pair.h"

#include <string>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<std::unique_ptr<FilePair>> FilePair::Create(const FilePairPaths& paths,
                                                           const OutputOptions& options) {
  for (const std::string& path : {paths.data, paths.index}) {
    if (path == kStandardStream || IsSpecialFile(path)) {
      return UsageError(absl::StrFormat(
          "%s: this format writes two files, not a pipe or device; name a file", path));
    }
    CM_RETURN_IF_ERROR(CheckOutputPath(path, options));
  }
  CM_ASSIGN_OR_RETURN(auto data, CreateFile(paths.data, options));
  CM_ASSIGN_OR_RETURN(auto index, CreateFile(paths.index, options));
  return std::unique_ptr<FilePair>(new FilePair(std::move(data), std::move(index)));
}

absl::Status FilePair::Commit() {
  CM_RETURN_IF_ERROR(data_->Sync());
  CM_RETURN_IF_ERROR(index_->Sync());
  // Follows links, as the sinks do.
  const std::string& data = data_->name();
  const std::string& index = index_->name();
  CM_RETURN_IF_ERROR(RemoveFile(index));
  CM_RETURN_IF_ERROR(SyncFolder(ParentFolder(index)));
  CM_RETURN_IF_ERROR(data_->Close());
  const absl::Status status = index_->Close();
  if (!status.ok()) {
    RemoveFile(index).IgnoreError();
    RemoveFile(data).IgnoreError();
  }
  return status;
}

}  // namespace corpusmill
