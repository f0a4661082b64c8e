#include "pipelines/shards/output_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file_calls.h"
#include "pipelines/shards/manifest.h"

namespace corpusmill {
namespace {

/// Marks `PATH.part` as ours while it has no manifest; locked by its writer.
constexpr std::string_view kMark = ".corpusmill-part";
constexpr std::string_view kPart = ".part";

enum class Kind { kMissing, kEmpty, kOurs, kForeign };

struct Content {
  Kind kind = Kind::kMissing;
  std::string foreign;  ///< What makes it foreign: a name in it, or "" for the path itself.
};

std::string Child(const std::string& folder, std::string_view name) {
  return absl::StrFormat("%s/%s", folder, name);
}

bool IsOurName(std::string_view name) {
  if (name == kMark) return true;
  if (name.ends_with(kPart)) name.remove_suffix(kPart.size());
  return name == kManifestFile || IsShardFileName(name);
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder) {
  DIR* const dir = opendir(folder.c_str());
  if (dir == nullptr) return IoError(folder, "cannot list", errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* const entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int error = errno;
  closedir(dir);
  if (error != 0) return IoError(folder, "cannot list", error);
  std::sort(names.begin(), names.end());
  return names;
}

/// What stands under `path`, by name, type and manifest.
absl::StatusOr<Content> Look(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Content{};
    return IoError(path, "cannot look at it", errno);
  }
  if (!S_ISDIR(info.st_mode)) return Content{Kind::kForeign, ""};
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(path));
  if (names.empty()) return Content{Kind::kEmpty, ""};
  bool marked = false;
  bool manifest = false;
  for (const std::string& name : names) {
    if (!IsOurName(name) || lstat(Child(path, name).c_str(), &info) != 0 ||
        !S_ISREG(info.st_mode)) {
      return Content{Kind::kForeign, name};
    }
    marked = marked || name == kMark;
    manifest = manifest || name == kManifestFile;
  }
  if (marked) return Content{Kind::kOurs, ""};
  if (!manifest) return Content{Kind::kForeign, names.front()};
  const std::string file = Child(path, kManifestFile);
  const absl::StatusOr<std::string> json = ReadFileToString(file);
  if (!json.ok() || !ParseManifest(*json, file).ok()) {
    return Content{Kind::kForeign, std::string(kManifestFile)};
  }
  return Content{Kind::kOurs, ""};
}

absl::Status ForeignError(const std::string& path, const Content& content) {
  if (content.foreign.empty()) {
    return UsageError(absl::StrFormat("%s: exists and is not a folder; try another name", path));
  }
  return UsageError(absl::StrFormat(
      "%s: holds %s, which is not of a folder of shards; it stays as it is, try another name", path,
      content.foreign));
}

/// Removes the files of a folder that Look found to be ours, and the folder if
/// it is then empty. The mark goes last: until then the rest is known as ours.
void RemoveFiles(const std::string& path, bool keep_mark) {
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(path);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (IsOurName(name) && name != kMark && name != kManifestFile)
      Files().Unlink(Child(path, name).c_str());
  }
  Files().Unlink(Child(path, kManifestFile).c_str());
  if (keep_mark) return;
  Files().Unlink(Child(path, kMark).c_str());
  rmdir(path.c_str());
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// `path` without slashes at its end; kInvalidArgument if it cannot be renamed to.
absl::StatusOr<std::string> PlainPath(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == ".." || path == kStandardStream) {
    return UsageError(absl::StrFormat("'%s' cannot be the output; name a new folder", path));
  }
  return path;
}

absl::StatusOr<int> LockMark(const std::string& part, const std::string& path) {
  const std::string mark = Child(part, kMark);
  const int fd = Files().Open(mark.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return IoError(mark, "cannot create", errno);
  const int result = flock(fd, LOCK_EX | LOCK_NB);
  const int error = errno;
  struct stat ours {};
  struct stat named {};
  // Its owner may have removed or renamed it between our open and our lock.
  if (result == 0 && fstat(fd, &ours) == 0 && lstat(mark.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
    return fd;
  }
  Files().Close(fd);
  if (result != 0 && error != EWOULDBLOCK) return IoError(mark, "cannot lock", error);
  return IoError(path, "another process is writing it");
}

}  // namespace

absl::Status OutputFolder::Check(const std::string& path, const OutputOptions& options) {
  CM_ASSIGN_OR_RETURN(const std::string plain, PlainPath(path));
  struct stat info {};
  if (stat(ParentOf(plain).c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return UsageError(absl::StrFormat("%s: folder %s does not exist", plain, ParentOf(plain)));
  }
  CM_ASSIGN_OR_RETURN(const Content old, Look(plain));
  if (old.kind == Kind::kForeign) return ForeignError(plain, old);
  if (old.kind == Kind::kOurs && !options.overwrite) {
    return UsageError(absl::StrFormat("%s: exists; use --force to replace it", plain));
  }
  const std::string part = absl::StrFormat("%s%s", plain, kPart);
  CM_ASSIGN_OR_RETURN(const Content left, Look(part));
  return left.kind == Kind::kForeign ? ForeignError(part, left) : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OutputFolder>> OutputFolder::Create(const std::string& path,
                                                                   const OutputOptions& options) {
  CM_RETURN_IF_ERROR(Check(path, options));
  CM_ASSIGN_OR_RETURN(std::string plain, PlainPath(path));
  std::string part = absl::StrFormat("%s%s", plain, kPart);
  if (mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) {
    return IoError(part, "cannot create folder", errno);
  }
  CM_ASSIGN_OR_RETURN(const int lock, LockMark(part, plain));
  RemoveFiles(part, /*keep_mark=*/true);
  return std::unique_ptr<OutputFolder>(
      new OutputFolder(std::move(plain), std::move(part), lock, options));
}

OutputFolder::OutputFolder(std::string path, std::string part, int lock,
                           const OutputOptions& options)
    : path_(std::move(path)), part_(std::move(part)), options_(options), lock_(lock) {}

OutputFolder::~OutputFolder() {
  if (!committed_) RemoveFiles(part_, /*keep_mark=*/false);
  Files().Close(lock_);
}

absl::Status OutputFolder::Commit() {
  // Once more: the run may have taken days.
  CM_RETURN_IF_ERROR(Check(path_, options_));
  CM_RETURN_IF_ERROR(SyncFolder(part_));
  CM_ASSIGN_OR_RETURN(const Content old, Look(path_));
  bool exchanged = false;
  if (old.kind == Kind::kOurs) {
    exchanged = renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0;
    // Not every file system can exchange: the old folder goes first then.
    if (!exchanged) RemoveFiles(path_, /*keep_mark=*/false);
  }
  if (!exchanged && Files().Rename(part_.c_str(), path_.c_str()) != 0) {
    return IoError(path_, "rename failed", errno);
  }
  committed_ = true;
  // The mark and its lock went along, so that no other process took the part
  // folder for one that is left over.
  Files().Unlink(Child(path_, kMark).c_str());
  if (exchanged) RemoveFiles(part_, /*keep_mark=*/false);
  CM_RETURN_IF_ERROR(SyncFolder(path_));
  return SyncFolder(ParentOf(path_));
}

}  // namespace corpusmill
