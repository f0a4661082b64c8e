#ifndef CORPUSMILL_CLI_RUN_H_
#define CORPUSMILL_CLI_RUN_H_

#include <atomic>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/base/command.h"

namespace corpusmill {

/// The whole command line: parses `args` (without the program's name), runs the
/// command, writes answers to `out` and everything else to `err`, and returns the
/// exit code: 0 success, 1 data or IO, 2 usage, 130 interrupted. `cancelled` set
/// to true from anywhere ends the command cleanly; nullptr = never. Data for "-"
/// goes to the process's own standard output.
int Run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err,
        const std::atomic<bool>* cancelled = nullptr);

/// The same with other commands.
int Run(const CommandTable& table, const std::vector<std::string>& args, std::ostream& out,
        std::ostream& err, const std::atomic<bool>* cancelled = nullptr);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_RUN_H_
