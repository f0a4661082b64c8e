#ifndef CORPUSMILL_CLI_COMMANDS_RE_ESTIMATION_RUN_H_
#define CORPUSMILL_CLI_COMMANDS_RE_ESTIMATION_RUN_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/re_estimation.h"
#include "tokenizer/model/model.h"

namespace corpusmill {

/// Shared by `tokenizer re-estimate` and `tokenizer merge`: re-estimates the counts of a model on
/// documents, writes the model and reports the figures before and after.
class ReEstimationRun {
 public:
  void Define(CLI::App& app);
  std::vector<std::string> OutputPaths() const;
  const std::vector<std::string>& inputs() const { return documents_.records.inputs; }

  /// Finds the inputs and checks the output. Call before any work.
  absl::Status Check(const Session& session);
  /// After Check.
  absl::Status Run(const Model& model, Session& session);

 private:
  DocumentFlags documents_;
  ReEstimationOptions options_;
  std::string output_;
  std::vector<InputFile> inputs_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_RE_ESTIMATION_RUN_H_
