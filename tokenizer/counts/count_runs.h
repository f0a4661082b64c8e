#ifndef CORPUSMILL_TOKENIZER_COUNTS_COUNT_RUNS_H_
#define CORPUSMILL_TOKENIZER_COUNTS_COUNT_RUNS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/block_file.h"
#include "tokenizer/counts/counts_stream.h"

namespace corpusmill {

/// Spilled counts: sorted runs in one unnamed temporary file. A run has a section for each first
/// byte of its strings, so threads can read sections in parallel.
///
///   CountRuns runs(folder, context);
///   CM_RETURN_IF_ERROR(runs.AddRun([&](uint8_t first, CountWriter& writer) { … }));
///   CM_RETURN_IF_ERROR(runs.Finish());
///   CM_ASSIGN_OR_RETURN(std::unique_ptr<CountStream> all, runs.Open('a'));
///
/// Call AddRun and Finish on one thread at a time; Open is thread-safe.
class CountRuns {
 public:
  /// Reserves the memory to write a run, so that counts can be spilled when the budget is used up.
  /// kResourceExhausted if the budget is too small.
  static absl::StatusOr<std::unique_ptr<CountRuns>> Create(std::string folder, Context& context);

  /// Calls write(first, writer) for all 256 bytes in order, to add the strings that begin with
  /// `first`.
  absl::Status AddRun(const std::function<absl::Status(uint8_t first, CountWriter& writer)>& write);

  /// Merges runs until all threads together can read the rest in a quarter of the budget. Releases
  /// the reserved memory. Call after the last AddRun.
  absl::Status Finish();

  /// Opens the sums over all runs of the strings that begin with `first`. REQUIRES: Finish.
  absl::StatusOr<std::unique_ptr<CountStream>> Open(uint8_t first) const;

  bool empty() const { return runs_.empty(); }
  /// Number of runs added, and their size on disk.
  uint64_t added() const { return added_; }
  uint64_t written_bytes() const { return written_bytes_; }

 private:
  struct Run {
    /// Section of first byte b: [begins[b], begins[b + 1]) of the file.
    std::array<uint64_t, 257> begins;
  };

  CountRuns(std::string folder, Context& context) : folder_(std::move(folder)), context_(context) {}
  absl::StatusOr<std::unique_ptr<CountStream>> Merge(const std::vector<Run>& runs, uint8_t first,
                                                     size_t buffer_bytes) const;
  absl::StatusOr<Run> WriteRun(
      const std::function<absl::Status(uint8_t first, CountWriter& writer)>& write);

  const std::string folder_;
  Context& context_;
  MemoryLease writing_;
  std::unique_ptr<BlockFile> file_;
  std::vector<Run> runs_;
  uint64_t end_ = 0;  // Of the file.
  size_t buffer_bytes_ = 0;
  uint64_t added_ = 0, written_bytes_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_COUNTS_COUNT_RUNS_H_
