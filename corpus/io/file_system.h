#ifndef CORPUSMILL_CORPUS_IO_FILE_SYSTEM_H_
#define CORPUSMILL_CORPUS_IO_FILE_SYSTEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

/// Queries and changes of the names of files and folders. All calls go through Files(). Errors are
/// kUnavailable and name the path. Thread-safe.
namespace corpusmill {

enum class FileKind {
  kMissing,
  kRegular,
  kFolder,
  kSpecial,  ///< A pipe, a device or a socket.
};

/// The kind of the file at a path; follows links.
absl::StatusOr<FileKind> KindOf(const std::string& path);

/// The same as yes/no questions; false also if the kind cannot be read.
bool FileExists(const std::string& path);
bool IsFolder(const std::string& path);
bool IsRegularFile(const std::string& path);
bool IsSpecialFile(const std::string& path);

/// Follows a chain of links to its end, whether that exists or not; returns other paths unchanged.
absl::StatusOr<std::string> FollowLinks(const std::string& path);

/// "a/b" → "a", "/b" → "/", "b" → "".
std::string ParentFolder(const std::string& path);

/// The names in a folder, sorted, without "." and "..".
absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path);

/// Creates a folder and its parents; succeeds if the folder exists.
absl::Status CreateFolders(const std::string& path);

/// Removes a file; succeeds if there is none.
absl::Status RemoveFile(const std::string& path);

/// Renames a file; replaces a file at `to`.
absl::Status RenameFile(const std::string& from, const std::string& to);

/// Makes the creation, renaming and removal of names in a folder durable; "" is ".". Succeeds if
/// the folder is unreadable or its file system cannot sync folders.
absl::Status SyncFolder(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_SYSTEM_H_
