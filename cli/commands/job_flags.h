#ifndef CORPUSMILL_CLI_COMMANDS_JOB_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_JOB_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"

namespace corpusmill {

/// Adds --job-dir, for commands on a planned job.
inline void AddJobDir(CLI::App& app, std::string* folder) {
  app.add_option("--job-dir", *folder, "Folder of the job, shared by all machines")
      ->type_name("DIR")
      ->required();
}

/// What a command says if all tasks of a job were done before.
inline std::string JobWasDone(const std::string& folder) {
  return folder + ": the job is done, and its outputs are as it wrote them";
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_JOB_FLAGS_H_
