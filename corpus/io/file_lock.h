#ifndef CORPUSMILL_CORPUS_IO_FILE_LOCK_H_
#define CORPUSMILL_CORPUS_IO_FILE_LOCK_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

/// Excludes other processes, and other FileLocks of this one, by an advisory lock (flock) on a
/// file. The lock ends with the object or the process, even by a crash.
///
///   CM_ASSIGN_OR_RETURN(const FileLock lock, FileLock::Wait("job/scatter.3.lock", context));
///
/// The file stays. The holder of the lock may rename or remove it: Wait and Try always lock the
/// file that has the name at that moment. Does not follow a link. Movable.
class FileLock {
 public:
  /// Creates the file if it is absent and waits for the lock. kCancelled if the context is
  /// cancelled meanwhile; kUnavailable naming the file.
  static absl::StatusOr<FileLock> Wait(const std::string& path, const Context& context);

  enum class IfAbsent { kCreate, kFail };
  /// Does not wait: nullopt if the lock is held elsewhere. kUnavailable naming the file.
  static absl::StatusOr<std::optional<FileLock>> Try(const std::string& path,
                                                     IfAbsent if_absent = IfAbsent::kCreate);

  /// The locked file, open for reading and writing.
  int fd() const { return file_.get(); }
  /// Releases the lock and closes the file.
  void Release() { file_.Close(); }

 private:
  explicit FileLock(FileHandle file) : file_(std::move(file)) {}

  FileHandle file_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_LOCK_H_
