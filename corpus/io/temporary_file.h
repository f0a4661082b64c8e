#ifndef CORPUSMILL_CORPUS_IO_TEMPORARY_FILE_H_
#define CORPUSMILL_CORPUS_IO_TEMPORARY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

/// Creates a file without a name in `folder`, for reading and writing. It vanishes when the process
/// ends, even by a crash. kUnavailable naming the folder.
absl::StatusOr<FileHandle> CreateTemporaryFile(const std::string& folder);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_TEMPORARY_FILE_H_
