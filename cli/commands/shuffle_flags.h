#ifndef CORPUSMILL_CLI_COMMANDS_SHUFFLE_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_SHUFFLE_FLAGS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/records/inputs.h"
#include "shuffle/job/shuffle_job.h"
#include "shuffle/shuffle.h"

namespace corpusmill {

/// The size of a shard: above 0. kInvalidArgument otherwise.
absl::StatusOr<uint64_t> ParseShardSize(std::string_view text);

/// Flags shared by `shuffle` and `job plan`.
struct ShuffleFlags {
  RecordFlags records;
  OutputFlags output;
  ShuffleOptions options;
  ShuffleFiles files;

  void Define(CLI::App& app);

  /// Finds the inputs and sets the options that depend on several flags. Call once, after
  /// parsing. Without --seed the seed stays empty.
  absl::StatusOr<std::vector<InputFile>> Resolve(const Session& session);

  /// Plans a job in `dir` for the inputs of Resolve, or opens the job that is there. `arguments`
  /// are those that repeat the command; see GivenArguments.
  absl::StatusOr<std::unique_ptr<ShuffleJob>> PlanJob(const std::string& dir,
                                                      std::vector<InputFile> inputs,
                                                      ShuffleJobSizes sizes,
                                                      std::vector<std::string> arguments,
                                                      bool resume, Session& session);

 private:
  /// Sets the number of shards of each split from split_shards_.
  absl::Status ResolveShards();

  uint64_t take_records_ = 0;
  std::vector<std::pair<std::string, uint64_t>> split_shards_;
  CLI::Option* seed_ = nullptr;
  CLI::Option* take_ = nullptr;
};

/// Runs one task of a job and says so.
absl::Status RunShuffleTask(ShuffleJob& job, const std::string& key, Session& session);
/// Runs all remaining tasks of a job, verifies the outputs on request, removes the temporary files
/// and adds the figures of the job to the summary.
absl::Status RunShuffleJob(ShuffleJob& job, bool verify, Session& session);
absl::Status AddShuffleJobReport(const ShuffleJob& job, Session& session);

/// Adds the figures of a shuffle to the summary. Warns of outputs without records.
void AddShuffleReport(const ShuffleReport& report, const ShuffleOptions& options, uint64_t inputs,
                      uint64_t outputs, Session& session);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_SHUFFLE_FLAGS_H_
