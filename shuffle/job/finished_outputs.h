#ifndef CORPUSMILL_SHUFFLE_JOB_FINISHED_OUTPUTS_H_
#define CORPUSMILL_SHUFFLE_JOB_FINISHED_OUTPUTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/hash.h"
#include "corpus/jobs/job_outputs.h"

namespace corpusmill {

/// The outputs that a gather task has finished, in a file that only grows: gather.G.outputs. The
/// journal holds their number and hash; what the file has beyond them does not count.
///
///   FinishedOutputs finished(path);
///   CM_RETURN_IF_ERROR(finished.Load(count, hash, path_of));   // to resume
///   finished.Add(output);
///   CM_RETURN_IF_ERROR(finished.Save());
///   WriteJournal(finished.all().size(), finished.hash());
///
/// Not thread-safe.
class FinishedOutputs {
 public:
  explicit FinishedOutputs(std::string path) : path_(std::move(path)) {}

  /// Reads the first `count` outputs; path_of returns the path of one. kDataLoss if their hash is
  /// not `hash`.
  absl::Status Load(uint64_t count, const Hash128& hash,
                    const std::function<std::string(size_t index)>& path_of);
  void Add(JobOutput output);
  /// Makes all outputs durable.
  absl::Status Save();

  const std::vector<JobOutput>& all() const { return outputs_; }
  /// The hash of what Save has written.
  Hash128 hash() const { return hasher_.Digest(); }

 private:
  const std::string path_;
  std::vector<JobOutput> outputs_;
  std::string unsaved_;
  uint64_t saved_bytes_ = 0;
  StreamHasher hasher_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_FINISHED_OUTPUTS_H_
