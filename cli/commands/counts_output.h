#ifndef CORPUSMILL_CLI_COMMANDS_COUNTS_OUTPUT_H_
#define CORPUSMILL_CLI_COMMANDS_COUNTS_OUTPUT_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/base/command.h"

namespace corpusmill {

/// -o of commands that write a counts file.
struct CountsOutput {
  std::string path;

  void Define(CLI::App& app);
  /// kInvalidArgument for standard output, which cannot be rewound to write the header last.
  absl::Status Check(bool overwrite) const;
  /// Adds the figures of the written file to the summary.
  absl::Status Summarize(Session& session) const;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_COUNTS_OUTPUT_H_
