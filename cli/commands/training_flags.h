#ifndef CORPUSMILL_CLI_COMMANDS_TRAINING_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_TRAINING_FLAGS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "tokenizer/train/trainer.h"

namespace corpusmill {

/// How texts are counted: what files of counts say, and flags need not.
struct CountingFlags {
  TrainOptions options;

  /// --order, --isolate-digits and --normalize, which the first pass needs.
  void DefineNgrams(CLI::App& app);
  /// --ngram-min-count, --ensure-unicode and --bytepiece-compat, which the second needs.
  void DefinePieces(CLI::App& app);

  /// After DefineNgrams and parsing: with --bytepiece-compat, BytePiece's order unless another
  /// is given.
  void UseReferenceDefaults();

  /// Takes the options of a file. kInvalidArgument when a flag was given that says otherwise.
  absl::Status Use(const CountsFile& file);

 private:
  struct Flag {
    CLI::Option* option;
    std::function<std::string(const TrainOptions&)> value;
  };
  std::vector<Flag> flags_;
  CLI::Option* order_ = nullptr;
};

/// The documents of a command that reads them several times, with weights.
class TrainingDocuments {
 public:
  DocumentFlags flags;

  /// Finds the files; `options->unit` and temp_dir get what fits them and `output_path`.
  absl::Status Resolve(const std::string& output_path, Session& session, TrainOptions* options);
  /// kInvalidArgument for a pipe. After Resolve.
  absl::Status CheckReadableAgain() const { return corpusmill::CheckReadableAgain(inputs_); }
  /// What a job's plan says of the documents; see TrainingJobOptions. After Resolve.
  void DescribeTo(TrainingJobOptions* job) const;
  /// Passes over the documents.
  OpenCorpus Corpus(Session& session);
  /// After the last pass: adds what it read to the summary.
  absl::Status Close(Session& session);

 private:
  std::vector<InputFile> inputs_;
  std::vector<uint64_t> weights_;
  std::shared_ptr<DocumentReader> reader_;  // Of the pass under way.
  bool quarantined_ = false;                // By the first pass.
};

/// The command that trains. With `last_task` it ends after that task of its job.
std::unique_ptr<Command> MakeTrainCommand(std::string last_task);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_TRAINING_FLAGS_H_
