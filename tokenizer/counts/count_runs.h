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

/// Counts that did not fit in memory: sorted runs in one temporary file, which has no name.
/// A run has a section for each first byte of its strings, so that threads can read them
/// side by side.
///
///   CountRuns runs(folder, context);
///   CM_RETURN_IF_ERROR(runs.AddRun([&](uint8_t first, CountWriter& writer) { … }));
///   CM_RETURN_IF_ERROR(runs.Finish());
///   CM_ASSIGN_OR_RETURN(std::unique_ptr<CountStream> all, runs.Open('a'));
///
/// AddRun and Finish are for one thread, Open for any.
class CountRuns {
 public:
  /// Takes what writing a run needs from the budget at once, so that a full one can be
  /// spilled; kResourceExhausted if it is not there.
  static absl::StatusOr<std::unique_ptr<CountRuns>> Create(std::string folder, Context& context);

  /// Calls write(first, writer) for all 256 bytes in order, which adds the strings that
  /// begin so.
  absl::Status AddRun(const std::function<absl::Status(uint8_t first, CountWriter& writer)>& write);

  /// After the last AddRun: merges runs until the rest can be read by all threads at once
  /// in a quarter of the memory. Gives back what Create took.
  absl::Status Finish();

  /// The sums of all runs for strings that begin with `first`. REQUIRES: Finish.
  absl::StatusOr<std::unique_ptr<CountStream>> Open(uint8_t first) const;

  bool empty() const { return runs_.empty(); }
  /// Runs that were added, and what they took on disk.
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
