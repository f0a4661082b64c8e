#ifndef CORPUSMILL_CLI_COMMANDS_COMMAND_TABLE_H_
#define CORPUSMILL_CLI_COMMANDS_COMMAND_TABLE_H_

#include "cli/base/command.h"

namespace corpusmill {

/// The commands of `corpusmill`. To add one, see CONTRIBUTING.md.
const CommandTable& AllCommands();

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_COMMAND_TABLE_H_
