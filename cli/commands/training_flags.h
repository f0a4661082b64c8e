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

/// Flags of the two counting passes. A counts file replaces these flags.
struct CountingFlags {
  TrainOptions options;

  /// Adds the flags of the first pass: --order, --isolate-digits and --normalize.
  void DefineNgrams(CLI::App& app);
  /// Adds the flags of the second pass: --ngram-min-count, --ensure-unicode, --bytepiece-compat.
  void DefinePieces(CLI::App& app);

  /// Sets BytePiece's order if --bytepiece-compat is given without --order. Call after parsing.
  void UseReferenceDefaults();

  /// Sets the options of a counts file. kInvalidArgument if a flag contradicts them.
  absl::Status Use(const CountsFile& file);

 private:
  struct Flag {
    CLI::Option* option;
    std::function<std::string(const TrainOptions&)> value;
  };
  std::vector<Flag> flags_;
  CLI::Option* order_ = nullptr;
};

/// Weighted documents for a command that reads them several times.
class TrainingDocuments {
 public:
  DocumentFlags flags;

  /// Finds the input files; sets `options->unit` from their weights and `options->temp_dir`.
  absl::Status Resolve(const std::string& output_path, Session& session, TrainOptions* options);
  /// kInvalidArgument for a pipe. Call after Resolve.
  absl::Status CheckReadableAgain() const { return corpusmill::CheckReadableAgain(inputs_); }
  /// Describes the documents for the plan of a job; see TrainingJobOptions. Call after Resolve.
  void DescribeTo(TrainingJobOptions* job) const;
  /// Opens a pass over the documents. Call once per pass.
  OpenCorpus Corpus(Session& session);
  /// Call after the last pass: adds its document counts to the summary.
  absl::Status Close(Session& session);

 private:
  std::vector<InputFile> inputs_;
  std::vector<uint64_t> weights_;
  std::shared_ptr<DocumentReader> reader_;  // Reader of the current pass.
  bool quarantined_ = false;                // The first pass wrote the quarantine.
};

/// Makes the training command. With `last_task`, it ends after that task of its job.
std::unique_ptr<Command> MakeTrainCommand(std::string last_task);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_TRAINING_FLAGS_H_
