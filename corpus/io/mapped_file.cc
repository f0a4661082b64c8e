#include "corpus/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

absl::StatusOr<MappedFile> MapFile(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const FileHandle file, FileHandle::Open(path, O_RDONLY));
  CM_ASSIGN_OR_RETURN(const struct stat info, file.Stat(path));
  const size_t size = S_ISREG(info.st_mode) ? static_cast<size_t>(info.st_size) : 0;
  void* const memory = size > 0 ? Files().MMap(size, file.get(), MAP_POPULATE) : MAP_FAILED;
  if (memory == MAP_FAILED) return absl::FailedPreconditionError("not a file that can be mapped");
  return MappedFile{.bytes = {static_cast<const char*>(memory), size},
                    .owner = {memory, [size](void* p) { munmap(p, size); }}};
}

}  // namespace corpusmill
