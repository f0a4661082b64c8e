#include "corpus/io/output_folder.h"

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"

namespace corpusmill {
namespace {

/// Marks `PATH.part` as ours while it has no manifest; locked by its writer.
constexpr std::string_view kMark = ".corpusmill-part";
constexpr std::string_view kPart = ".part";

enum class State { kMissing, kEmpty, kOurs, kForeign };

struct Content {
  State state = State::kMissing;
  std::string foreign;  ///< Why it is foreign: a name in it, or "" for the path itself.
};

std::string Child(const std::string& folder, std::string_view name) {
  return absl::StrFormat("%s/%s", folder, name);
}

bool IsName(const FolderKind& kind, std::string_view name) {
  if (name == kMark) return true;
  if (name.ends_with(kPart)) name.remove_suffix(kPart.size());
  return name == kind.manifest_name || kind.is_data_name(name);
}

int LStat(const std::string& path, struct stat* info) {
  return Uninterrupted([&] { return Files().LStat(path.c_str(), info); });
}

/// Classifies the folder at `path` by names, types and the manifest.
absl::StatusOr<Content> Look(const std::string& path, const FolderKind& kind) {
  struct stat info;
  if (LStat(path, &info) != 0) {
    if (errno == ENOENT) return Content{};
    return IoError(path, "cannot read its type", errno);
  }
  if (!S_ISDIR(info.st_mode)) return Content{State::kForeign, ""};
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFolder(path));
  if (names.empty()) return Content{State::kEmpty, ""};
  bool marked = false;
  bool manifest = false;
  for (const std::string& name : names) {
    if (!IsName(kind, name)) return Content{State::kForeign, name};
    if (LStat(Child(path, name), &info) != 0) {
      return IoError(Child(path, name), "cannot read its type", errno);
    }
    if (!S_ISREG(info.st_mode)) return Content{State::kForeign, name};
    marked = marked || name == kMark;
    manifest = manifest || name == kind.manifest_name;
  }
  if (marked) return Content{State::kOurs, ""};
  if (!manifest) return Content{State::kForeign, names.front()};
  if (!kind.is_manifest(Child(path, kind.manifest_name))) {
    return Content{State::kForeign, std::string(kind.manifest_name)};
  }
  return Content{State::kOurs, ""};
}

absl::Status ForeignError(const std::string& path, const FolderKind& kind, const Content& content) {
  if (content.foreign.empty()) {
    return UsageError(absl::StrFormat("%s: exists and is not a folder; try another name", path));
  }
  return UsageError(absl::StrFormat(
      "%s: holds %s, which does not belong to %s; it was left unchanged; try another name", path,
      content.foreign, kind.name));
}

/// Removes the files of a folder of State::kOurs, and the folder if it is then empty. The manifest
/// and the mark go last, and stay if any file does, so that the folder is still recognised as ours.
void RemoveFiles(const std::string& path, const FolderKind& kind, bool keep_mark) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(path);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (IsName(kind, name) && name != kMark && name != kind.manifest_name) {
      if (!RemoveFile(Child(path, name)).ok()) return;
    }
  }
  RemoveFile(Child(path, kind.manifest_name)).IgnoreError();
  if (keep_mark) return;
  RemoveFile(Child(path, kMark)).IgnoreError();
  Files().RmDir(path.c_str());
}

std::string FolderAbove(const std::string& path) {
  const std::string parent = ParentFolder(path);
  return parent.empty() ? "." : parent;
}

/// `path` without trailing slashes; kInvalidArgument if it cannot be the target of a rename.
absl::StatusOr<std::string> PlainPath(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == ".." || path == kStandardStream) {
    return UsageError(absl::StrFormat("'%s' cannot be the output; name a new folder", path));
  }
  return path;
}

}  // namespace

absl::Status OutputFolder::Check(const std::string& path, const FolderKind& kind,
                                 const OutputOptions& options) {
  CM_ASSIGN_OR_RETURN(const std::string plain, PlainPath(path));
  CM_ASSIGN_OR_RETURN(const FileKind above, KindOf(FolderAbove(plain)));
  if (above != FileKind::kFolder) {
    return UsageError(absl::StrFormat("%s: folder %s does not exist", plain, FolderAbove(plain)));
  }
  CM_ASSIGN_OR_RETURN(const Content old, Look(plain, kind));
  if (old.state == State::kForeign) return ForeignError(plain, kind, old);
  if (old.state == State::kOurs && !options.overwrite) {
    return UsageError(absl::StrFormat("%s: exists; use --force to replace it", plain));
  }
  const std::string part = absl::StrFormat("%s%s", plain, kPart);
  CM_ASSIGN_OR_RETURN(const Content left, Look(part, kind));
  return left.state == State::kForeign ? ForeignError(part, kind, left) : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OutputFolder>> OutputFolder::Create(const std::string& path,
                                                                   const FolderKind& kind,
                                                                   const OutputOptions& options) {
  CM_RETURN_IF_ERROR(Check(path, kind, options));
  CM_ASSIGN_OR_RETURN(std::string plain, PlainPath(path));
  std::string part = absl::StrFormat("%s%s", plain, kPart);
  CM_RETURN_IF_ERROR(CreateFolders(part));
  CM_ASSIGN_OR_RETURN(std::optional<FileLock> lock, FileLock::Try(Child(part, kMark)));
  if (!lock.has_value()) return IoError(plain, "another process is writing it");
  RemoveFiles(part, kind, /*keep_mark=*/true);
  return std::unique_ptr<OutputFolder>(
      new OutputFolder(std::move(plain), std::move(part), kind, *std::move(lock), options));
}

OutputFolder::OutputFolder(std::string path, std::string part, const FolderKind& kind,
                           FileLock lock, const OutputOptions& options)
    : path_(std::move(path)),
      part_(std::move(part)),
      kind_(kind),
      options_(options),
      unfinished_(std::make_unique<Unfinished>(
          [part = part_, kind] { RemoveFiles(part, kind, /*keep_mark=*/false); })),
      lock_(std::move(lock)) {}

OutputFolder::~OutputFolder() {
  if (!committed_) RemoveFiles(part_, kind_, /*keep_mark=*/false);
}

absl::Status OutputFolder::Commit() {
  // Checks again: the run may have taken days.
  CM_RETURN_IF_ERROR(Check(path_, kind_, options_));
  CM_RETURN_IF_ERROR(SyncFolder(part_));
  CM_ASSIGN_OR_RETURN(const Content old, Look(path_, kind_));
  bool exchanged = false;
  if (old.state == State::kOurs) {
    exchanged = Uninterrupted([&] { return Files().Exchange(part_.c_str(), path_.c_str()); }) == 0;
    // Not every file system can exchange: then the old folder goes first.
    if (!exchanged) RemoveFiles(path_, kind_, /*keep_mark=*/false);
  }
  if (!exchanged) CM_RETURN_IF_ERROR(RenameFile(part_, path_));
  committed_ = true;
  unfinished_.reset();
  // The mark and its lock moved along, so that no other process took the part folder for an
  // abandoned one.
  RemoveFile(Child(path_, kMark)).IgnoreError();
  if (exchanged) RemoveFiles(part_, kind_, /*keep_mark=*/false);
  CM_RETURN_IF_ERROR(SyncFolder(path_));
  return SyncFolder(FolderAbove(path_));
}

}  // namespace corpusmill
