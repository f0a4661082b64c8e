#ifndef CORPUSMILL_PIPELINES_STAGES_FASTTEXT_FILE_H_
#define CORPUSMILL_PIPELINES_STAGES_FASTTEXT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace corpusmill {

/// What the file of a fastText model says about the model.
struct FastTextFile {
  uint64_t bytes = 0;         ///< Of the file.
  uint64_t memory_bytes = 0;  ///< An upper bound of what libfasttext allocates for it.
};

/// Reads the header, the dictionary and the sizes of the matrices of a fastText model (format
/// versions 11 and 12, .bin and .ftz), so that libfasttext can load it without surprises: it trusts
/// every number of a file. kDataLoss, as `path: what`, if the file is cut, has impossible sizes or
/// holds no classifier; kUnavailable if it cannot be read.
absl::StatusOr<FastTextFile> CheckFastTextFile(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_FASTTEXT_FILE_H_
