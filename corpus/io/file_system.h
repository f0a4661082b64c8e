#ifndef CORPUSMILL_CORPUS_IO_FILE_SYSTEM_H_
#define CORPUSMILL_CORPUS_IO_FILE_SYSTEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

/// Names of files and folders: what stands under them, and how they change. All calls go
/// through Files(). Errors are kUnavailable and name the path. Thread-safe.
namespace corpusmill {

/// What stands under a path, links followed: false also if that cannot be known.
bool FileExists(const std::string& path);
bool IsFolder(const std::string& path);
bool IsRegularFile(const std::string& path);
/// A pipe, a device or a socket.
bool IsSpecialFile(const std::string& path);

/// The path that a chain of links leads to, whether it exists or not; other paths as they are.
std::string FollowLinks(const std::string& path);

/// "a/b" → "a", "/b" → "/", "b" → "".
std::string ParentFolder(const std::string& path);

/// The names in a folder, sorted, without "." and "..".
absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path);

/// Creates a folder and its parents; a folder that exists is fine.
absl::Status CreateFolders(const std::string& path);

/// Removes a file; one that does not exist is fine.
absl::Status RemoveFile(const std::string& path);

/// Renames a file; one that has the name `to` is replaced.
absl::Status RenameFile(const std::string& from, const std::string& to);

/// Makes names that were created, renamed or removed in a folder durable; "" is ".".
/// A folder that may not be read, or that its file system cannot sync, is fine.
absl::Status SyncFolder(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_SYSTEM_H_
