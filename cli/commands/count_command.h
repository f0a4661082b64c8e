#ifndef CORPUSMILL_CLI_COMMANDS_COUNT_COMMAND_H_
#define CORPUSMILL_CLI_COMMANDS_COUNT_COMMAND_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/base/command.h"
#include "cli/commands/counts_output.h"
#include "cli/commands/training_flags.h"

namespace corpusmill {

/// Shared by `tokenizer count ngrams` and `tokenizer count pieces`.
class CountCommand : public Command {
 public:
  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.flags.OutputPaths();
    paths.push_back(output_.path);
    return paths;
  }
  std::vector<std::string> InputArguments() const override {
    return documents_.flags.records.inputs;
  }

 protected:
  void DefineCounting(CLI::App& app) {
    documents_.flags.Define(app);
    output_.Define(app);
  }

  TrainingDocuments documents_;
  CountingFlags counting_;
  CountsOutput output_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_COUNT_COMMAND_H_
