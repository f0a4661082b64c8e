#include "corpus/io/file.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_tuning.h"

namespace corpusmill {

namespace fs = std::filesystem;

FileTuning& Tuning() {
  static FileTuning tuning;
  return tuning;
}

absl::Status CheckOutputPath(const std::string& path, const OutputOptions& options) {
  std::error_code error;
  if (path == kStandardStream || fs::is_other(path, error)) return absl::OkStatus();
  if (path.empty()) return UsageError("the output path is empty");
  if (fs::is_directory(path, error)) {
    return UsageError(absl::StrFormat("%s: is a folder; name a file", path));
  }
  if (!options.overwrite && fs::exists(path, error)) {
    return UsageError(absl::StrFormat("%s: exists; use --force to replace it", path));
  }
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, error)) {
    return UsageError(absl::StrFormat("%s: folder %s does not exist", path, parent.string()));
  }
  return absl::OkStatus();
}

absl::Status CreateFolders(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return IoError(path, "cannot create folder", error.value());
  return absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  const std::string folder = path.empty() ? "." : path;
  const int fd = Uninterrupted(
      [&] { return Files().Open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
  if (fd < 0 && errno == EACCES) return absl::OkStatus();  // One may write there, but not read.
  if (fd < 0) return IoError(folder, "cannot open the folder", errno);
  const int result = Uninterrupted([&] { return Files().FSync(fd); });
  const int error = errno;
  Files().Close(fd);
  // Some file systems cannot sync a folder.
  if (result != 0 && error != EINVAL) return IoError(folder, "fsync of the folder failed", error);
  return absl::OkStatus();
}

absl::Status WriteStringToFile(const std::string& path, std::string_view bytes,
                               const OutputOptions& options) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink, CreateFile(path, options));
  CM_RETURN_IF_ERROR(sink->Write(bytes));
  return sink->Close();
}

}  // namespace corpusmill
