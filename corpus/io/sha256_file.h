#ifndef CORPUSMILL_CORPUS_IO_SHA256_FILE_H_
#define CORPUSMILL_CORPUS_IO_SHA256_FILE_H_

#include <string>

#include "absl/status/status.h"

/// The file PATH.sha256 beside a file whose format has no room for a hash, as `sha256sum` makes and
/// checks it:
///
///   $ sha256sum m.model > m.model.sha256
///   $ sha256sum -c m.model.sha256
///
/// Thread-safe.
namespace corpusmill {

/// Writes PATH.sha256 for the file at `path` if `wanted`, or if there is one, which would no longer
/// be true. Does nothing for "-", pipes and devices.
absl::Status WriteSha256(const std::string& path, bool wanted);

/// kDataLoss if PATH.sha256 exists and is not that of the file at `path`.
absl::Status CheckSha256(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_SHA256_FILE_H_
