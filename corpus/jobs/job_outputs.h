#ifndef CORPUSMILL_CORPUS_JOBS_JOB_OUTPUTS_H_
#define CORPUSMILL_CORPUS_JOBS_JOB_OUTPUTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"

namespace corpusmill {

/// A file that a job has published, by which the job recognises it later.
///
///   CM_ASSIGN_OR_RETURN(const JobOutput output, DescribeOutput(path, bytes, hash));
///   … in another run …
///   CM_ASSIGN_OR_RETURN(const OutputState state, StateOf(output, context));
struct JobOutput {
  std::string path;         ///< Absolute.
  uint64_t bytes = 0;       ///< Size of the file.
  int64_t modified_ns = 0;  ///< Time of change, since 1970.
  Hash128 hash;             ///< Of the bytes of the file.
};

enum class OutputState {
  kIntact,   ///< The file that the job wrote; also a pipe or a device.
  kMissing,  ///< There is no file.
  kOther,    ///< A file with other bytes, or not a regular file.
};

/// Describes the file at `path`, which was written with these bytes. kDataLoss if it has another
/// size. Thread-safe.
absl::StatusOr<JobOutput> DescribeOutput(const std::string& path, uint64_t bytes,
                                         const Hash128& hash);

/// Reads and describes the file at `path`; a pipe or a device has no bytes. Thread-safe.
absl::StatusOr<JobOutput> ReadOutput(const std::string& path, Context& context);

/// Compares the size and the time of change; reads the file only if the time differs. Thread-safe.
absl::StatusOr<OutputState> StateOf(const JobOutput& output, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_OUTPUTS_H_
