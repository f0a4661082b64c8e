#ifndef CORPUSMILL_CORPUS_CODECS_READ_FILE_H_
#define CORPUSMILL_CORPUS_CODECS_READ_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace corpusmill {

/// The whole content of a small file (a model, a manifest) up to 4 GiB, decoded
/// if it is compressed.
absl::StatusOr<std::string> ReadFileToString(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_READ_FILE_H_
