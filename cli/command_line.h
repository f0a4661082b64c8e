#ifndef CORPUSMILL_CLI_COMMAND_LINE_H_
#define CORPUSMILL_CLI_COMMAND_LINE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/base/command.h"
#include "cli/base/common_flags.h"

namespace corpusmill {

/// The CLI11 definition of a table of commands: flags, help texts, and after parsing the command
/// that was chosen.
class CommandLine {
 public:
  explicit CommandLine(const CommandTable& table);

  CLI::App& root() { return root_; }
  const CommonFlags& common() const { return common_; }

  /// The innermost command or family that parsing came to.
  const CLI::App& Reached() const;
  /// The command that parsing came to; nullptr before parsing and for a family.
  Command* Chosen() const;

 private:
  void Add(const CommandTable& table, std::unique_ptr<Command> command);
  /// The family `name` below `parent`, made when its first command is added.
  CLI::App* Family(const CommandTable& table, CLI::App& parent, const std::string& name,
                   const std::string& group);

  CLI::App root_;
  CommonFlags common_;
  std::vector<std::pair<const CLI::App*, std::unique_ptr<Command>>> commands_;
};

/// One line that explains what CLI11 refused; `app` is the command that parsing came to.
std::string UsageMessage(const CLI::ParseError& error, const CLI::App& app,
                         const std::vector<std::string>& args);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMAND_LINE_H_
