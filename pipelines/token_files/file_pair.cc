#include "pipelines/token_files/file_pair.h"

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"

namespace corpusmill {

namespace fs = std::filesystem;

absl::StatusOr<std::unique_ptr<FilePair>> FilePair::Create(const FilePairPaths& paths,
                                                           const OutputOptions& options) {
  for (const std::string& path : {paths.data, paths.index}) {
    std::error_code error;
    if (path == kStandardStream || fs::is_other(path, error)) {
      return UsageError(
          absl::StrFormat("%s: this format needs two files, and no pipe or device", path));
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
  // The names behind links, as the sinks have them.
  const std::string& data = data_->name();
  const std::string& index = index_->name();
  if (Uninterrupted([&] { return Files().Unlink(index.c_str()); }) == 0) {
    CM_RETURN_IF_ERROR(SyncFolder(fs::path(index).parent_path().string()));
  } else if (errno != ENOENT) {
    return IoError(index, "cannot remove the index that is replaced", errno);
  }
  CM_RETURN_IF_ERROR(data_->Close());
  const absl::Status status = index_->Close();
  if (!status.ok()) {
    Uninterrupted([&] { return Files().Unlink(index.c_str()); });
    Uninterrupted([&] { return Files().Unlink(data.c_str()); });
  }
  return status;
}

}  // namespace corpusmill
