#ifndef CORPUSMILL_CLI_COMMANDS_REPEATED_COMMAND_H_
#define CORPUSMILL_CLI_COMMANDS_REPEATED_COMMAND_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/base/command.h"

namespace corpusmill {

/// Runs `command` with the arguments that planned the job in `folder`, which resumes the job. See
/// GivenArguments. kInvalidArgument if this version of the command does not take them.
absl::Status RunRepeated(std::unique_ptr<Command> command, const std::string& folder,
                         std::vector<std::string> arguments, Session& session);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_REPEATED_COMMAND_H_
