#ifndef CORPUSMILL_CLI_BASE_COMMAND_H_
#define CORPUSMILL_CLI_BASE_COMMAND_H_

#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/base/summary.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// The surroundings of one run.
struct Session {
  Context& context;
  Summary& summary;   ///< Figures of the run: printed at the end, and written by --report.
  std::ostream& out;  ///< Text answers (info, head); data goes through CreateFile.
  bool overwrite;     ///< --force
};

/// How a command presents itself.
struct CommandInfo {
  std::string_view path;      ///< "tokenizer train"
  std::string_view group;     ///< Heading in the list of commands.
  std::string_view summary;   ///< One line, no full stop.
  std::string_view examples;  ///< Lines of "command  # what it does"; shown first in the help.
  std::string_view details;   ///< A paragraph or more, wrapped by hand at 80 columns.
  bool common_flags = true;   ///< Whether it has --memory, --threads and so on.
};

/// One command: defines its flags, and works through the libraries. CONTRIBUTING.md has an
/// example.
class Command {
 public:
  virtual ~Command() = default;
  virtual const CommandInfo& info() const = 0;
  /// Adds flags and arguments; called once, before parsing.
  virtual void Define(CLI::App& app) = 0;
  /// Files and folders to be written; Run refuses two equal ones before any work.
  virtual std::vector<std::string> OutputPaths() const { return {}; }
  /// The INPUT arguments; Run refuses an output inside an input folder.
  virtual std::vector<std::string> InputArguments() const { return {}; }
  /// Called once, after parsing.
  virtual absl::Status Run(Session& session) = 0;
};

/// Makes a command; called once for each command line.
using CommandFactory = std::unique_ptr<Command> (*)();

/// A word that only groups commands: "shards" of "shards info".
struct CommandFamily {
  std::string_view path;     ///< "tokenizer count"
  std::string_view summary;  ///< One line, no full stop.
};

/// The commands of a program, in the order of its help.
struct CommandTable {
  std::span<const CommandFamily> families;  ///< Every family that a command's path names.
  std::span<const CommandFactory> commands;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_COMMAND_H_
