#ifndef CORPUSMILL_CORPUS_IO_FILE_HASH_H_
#define CORPUSMILL_CORPUS_IO_FILE_HASH_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"

namespace corpusmill {

/// Reads the first `bytes` bytes of a file and returns their hasher, which can take more bytes.
/// kDataLoss if the file is shorter. With report_progress, advances the context's reporter. Can be
/// cancelled. Thread-safe.
///
///   CM_ASSIGN_OR_RETURN(const StreamHasher hasher, HashFile("a.bin", size, context));
///   Use(hasher.Digest());
absl::StatusOr<StreamHasher> HashFile(const std::string& path, uint64_t bytes, Context& context,
                                      bool report_progress = false);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_HASH_H_
