#ifndef CORPUSMILL_CORPUS_IO_MAPPED_FILE_H_
#define CORPUSMILL_CORPUS_IO_MAPPED_FILE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace corpusmill {

/// A file mapped into memory and read on demand. If the file shrinks while it is mapped, the
/// process crashes: map only files that are replaced whole.
struct MappedFile {
  std::string_view bytes;  ///< Valid as long as the owner lives.
  std::shared_ptr<const void> owner;
};

/// kUnavailable when the file cannot be opened, kFailedPrecondition when it cannot be
/// mapped: a pipe, an empty file.
absl::StatusOr<MappedFile> MapFile(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_MAPPED_FILE_H_
