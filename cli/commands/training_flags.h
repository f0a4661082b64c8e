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

/// Flags of the two counting passes; a counts file replaces them.
struct CountingFlags {
  TrainOptions options;

  /// --order, --isolate-digits and --normalize: flags of the first pass.
  void DefineNgrams(CLI::App& app);
  /// --ngram-min-count, --ensure-unicode and --bytepiece-compat: flags of the second.
  void DefinePieces(CLI::App& app);

  /// With --bytepiece-compat and without --order: sets BytePiece's order. Call after parsing.
  void UseReferenceDefaults();

  /// Sets the options that the file was counted with. kInvalidArgument if a flag contradicts them.
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

  /// Finds the input files; sets `options->unit` from their weights and `options->temp_dir`.
  absl::Status Resolve(const std::string& output_path, Session& session, TrainOptions* options);
  /// kInvalidArgument for a pipe. After Resolve.
  absl::Status CheckReadableAgain() const { return corpusmill::CheckReadableAgain(inputs_); }
  /// Describes the documents for the plan of a job; see TrainingJobOptions. After Resolve.
  void DescribeTo(TrainingJobOptions* job) const;
  /// Opens a pass over the documents; may be called again for the next pass.
  OpenCorpus Corpus(Session& session);
  /// Call after the last pass: adds its document counts to the summary.
  absl::Status Close(Session& session);

 private:
  std::vector<InputFile> inputs_;
  std::vector<uint64_t> weights_;
  std::shared_ptr<DocumentReader> reader_;  // Of the current pass.
  bool quarantined_ = false;                // By the first pass.
};

/// The command that trains. With `last_task` it ends after that task of its job.
std::unique_ptr<Command> MakeTrainCommand(std::string last_task);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_TRAINING_FLAGS_H_
