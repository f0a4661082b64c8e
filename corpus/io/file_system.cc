#include "corpus/io/file_system.h"

#include <fcntl.h>
#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {
absl::StatusOr<FileKind> KindOf(const std::string& path) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return FileKind::kMissing;
    return IoError(path, "cannot read its type", errno);
  }
  if (S_ISREG(info.st_mode)) return FileKind::kRegular;
  return S_ISDIR(info.st_mode) ? FileKind::kFolder : FileKind::kSpecial;
}

bool FileExists(const std::string& path) {
  return KindOf(path).value_or(FileKind::kMissing) != FileKind::kMissing;
}

bool IsFolder(const std::string& path) {
  return KindOf(path).value_or(FileKind::kMissing) == FileKind::kFolder;
}

bool IsRegularFile(const std::string& path) {
  return KindOf(path).value_or(FileKind::kMissing) == FileKind::kRegular;
}

bool IsSpecialFile(const std::string& path) {
  return KindOf(path).value_or(FileKind::kMissing) == FileKind::kSpecial;
}

absl::StatusOr<std::string> FollowLinks(const std::string& path) {
  constexpr int kMaxLinks = 40;  // Same as in the kernel.
  std::string target = path;
  for (int i = 0; i < kMaxLinks; ++i) {
    char buffer[PATH_MAX];
    const ssize_t size =
        Uninterrupted([&] { return Files().ReadLink(target.c_str(), buffer, sizeof(buffer)); });
    if (size < 0) {
      if (errno == EINVAL || errno == ENOENT || errno == ENOTDIR) break;  // Not a link.
      return IoError(target, "cannot read link", errno);
    }
    const std::string_view link(buffer, static_cast<size_t>(size));
    const size_t slash = link.starts_with('/') ? std::string::npos : target.rfind('/');
    target.resize(slash == std::string::npos ? 0 : slash + 1);
    target += link;
  }
  return target;
}

std::string ParentFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path) {
  DIR* const folder = Files().OpenDir(path.c_str());
  if (folder == nullptr) return IoError(path, "cannot list folder", errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* const entry = Files().ReadDir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int error = errno;
  Files().CloseDir(folder);
  if (error != 0) return IoError(path, "cannot list folder", error);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status CreateFolders(const std::string& path) {
  if (IsFolder(path)) return absl::OkStatus();
  if (const std::string parent = ParentFolder(path); !parent.empty() && parent != path) {
    CM_RETURN_IF_ERROR(CreateFolders(parent));
  }
  if (Uninterrupted([&] { return Files().MkDir(path.c_str(), 0777); }) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  if (error == EEXIST && IsFolder(path)) return absl::OkStatus();
  return IoError(path, "cannot create folder", error);
}

absl::Status RemoveFile(const std::string& path) {
  if (Uninterrupted([&] { return Files().Unlink(path.c_str()); }) == 0 || errno == ENOENT) {
    return absl::OkStatus();
  }
  return IoError(path, "cannot remove", errno);
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  if (Uninterrupted([&] { return Files().Rename(from.c_str(), to.c_str()); }) == 0) {
    return absl::OkStatus();
  }
  return IoError(to, "rename failed", errno);
}

absl::Status SyncFolder(const std::string& path) {
  const std::string folder = path.empty() ? "." : path;
  const FileHandle handle(Uninterrupted(
      [&] { return Files().Open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); }));
  if (!handle.is_open()) {
    // The folder is writable but not readable.
    if (errno == EACCES) return absl::OkStatus();
    return IoError(folder, "cannot open the folder", errno);
  }
  if (Uninterrupted([&] { return Files().FSync(handle.get()); }) == 0 || errno == EINVAL) {
    return absl::OkStatus();  // Some file systems cannot sync a folder.
  }
  return IoError(folder, "fsync of the folder failed", errno);
}

}  // namespace corpusmill
