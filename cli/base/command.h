#ifndef CORPUSMILL_CLI_BASE_COMMAND_H_
#define CORPUSMILL_CLI_BASE_COMMAND_H_

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/base/summary.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// What a command runs with.
struct Session {
  Context& context;
  Summary& summary;   ///< What it did: printed at the end, and written by --report.
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
};

/// One command: it defines its flags, and does its work through the libraries.
class Command {
 public:
  virtual ~Command() = default;
  virtual const CommandInfo& info() const = 0;
  /// Adds flags and arguments; called once, before parsing.
  virtual void Define(CLI::App& app) = 0;
  /// What it will write, to see before any work that no two are the same file.
  virtual std::vector<std::string> OutputPaths() const { return {}; }
  /// The INPUT arguments, to see that no output lies in a folder of them.
  virtual std::vector<std::string> InputArguments() const { return {}; }
  /// Called once, after parsing.
  virtual absl::Status Run(Session& session) = 0;
};

/// All commands in the order of the help.
std::unique_ptr<Command> MakeJsonlCommand();
std::unique_ptr<Command> MakeShuffleCommand();
std::unique_ptr<Command> MakeJobPlanCommand();
std::unique_ptr<Command> MakeJobCountCommand();
std::unique_ptr<Command> MakeJobScatterCommand();
std::unique_ptr<Command> MakeJobFinalizeCommand();
std::unique_ptr<Command> MakeJobGatherCommand();
std::unique_ptr<Command> MakeJobVerifyCommand();
std::unique_ptr<Command> MakeJobStatusCommand();
std::unique_ptr<Command> MakeJobRunCommand();
std::unique_ptr<Command> MakeTokenizerTrainCommand();
std::unique_ptr<Command> MakeTokenizerCountNgramsCommand();
std::unique_ptr<Command> MakeTokenizerCountPiecesCommand();
std::unique_ptr<Command> MakeTokenizerMergeCountsCommand();
std::unique_ptr<Command> MakeTokenizerFromWordsCommand();
std::unique_ptr<Command> MakeTokenizerPruneCommand();
std::unique_ptr<Command> MakeTokenizerReEstimateCommand();
std::unique_ptr<Command> MakeTokenizerMergeCommand();
std::unique_ptr<Command> MakeTokenizerEncodeCommand();
std::unique_ptr<Command> MakeTokenizerDecodeCommand();
std::unique_ptr<Command> MakeTokenizerInfoCommand();
std::unique_ptr<Command> MakeTokenizerCompareCommand();
std::unique_ptr<Command> MakeTokenizerAuditCommand();
std::unique_ptr<Command> MakeTokenizerConvertCommand();
std::unique_ptr<Command> MakePrepareCommand();
std::unique_ptr<Command> MakeShardsInfoCommand();
std::unique_ptr<Command> MakeShardsHeadCommand();
std::unique_ptr<Command> MakeShardsVerifyCommand();

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_COMMAND_H_
