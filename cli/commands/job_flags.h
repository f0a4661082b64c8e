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

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_JOB_FLAGS_H_
