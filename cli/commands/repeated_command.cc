#include "cli/commands/repeated_command.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

absl::Status RunRepeated(std::unique_ptr<Command> command, const std::string& folder,
                         std::vector<std::string> arguments, Session& session) {
  CLI::App app;
  command->Define(app);
  arguments.insert(arguments.begin(), {"--job-dir=" + folder, "--resume"});
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return UsageError(absl::StrFormat(
        "%s/plan.json: this version does not accept its flags: %s; repeat the inputs and flags "
        "with --resume",
        folder, error.what()));
  }
  return command->Run(session);
}

}  // namespace corpusmill
