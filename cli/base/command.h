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

/// The context of one run.
struct Session {
  Context& context;
  Summary& summary;   ///< Figures of the run, printed at the end and written to --report.
  std::ostream& out;  ///< Text answers (info, head). Data goes through CreateFile.
  bool overwrite;     ///< --force
};

/// The name and the help of a command.
struct CommandInfo {
  std::string_view path;      ///< "tokenizer train"
  std::string_view group;     ///< Heading in the list of commands.
  std::string_view summary;   ///< One line, no full stop.
  std::string_view examples;  ///< Lines of "command  # comment", shown first in the help.
  std::string_view details;   ///< Paragraphs, wrapped by hand at 80 columns.
  bool common_flags = true;   ///< True if it has --memory, --threads, ….
};

/// One command: defines its flags and calls the libraries. CONTRIBUTING.md has an example.
class Command {
 public:
  virtual ~Command() = default;
  virtual const CommandInfo& info() const = 0;
  /// Adds flags and arguments. Called once, before parsing.
  virtual void Define(CLI::App& app) = 0;
  /// The files and folders to write. Two equal outputs are an error before Run.
  virtual std::vector<std::string> OutputPaths() const { return {}; }
  /// The INPUT arguments. An output inside an input folder is an error before Run.
  virtual std::vector<std::string> InputArguments() const { return {}; }
  /// The folder of the job that an interrupted run can resume; "" if there is none.
  virtual std::string JobFolder() const { return ""; }
  /// Runs the command. Called once, after parsing.
  virtual absl::Status Run(Session& session) = 0;
};

/// Makes a command. Called once per command line.
using CommandFactory = std::unique_ptr<Command> (*)();

/// A word that groups commands: "shards" of "shards info".
struct CommandFamily {
  std::string_view path;     ///< "tokenizer count"
  std::string_view summary;  ///< One line, no full stop.
};

/// The commands of a program, in the order of its help.
struct CommandTable {
  std::span<const CommandFamily> families;  ///< Every family in the commands' paths.
  std::span<const CommandFactory> commands;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_COMMAND_H_
