#include <memory>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/re_estimation_run.h"
#include "cli/commands/tokenizer_flags.h"

namespace corpusmill {
namespace {

class ReEstimateCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer re-estimate",
        .group = "Tokenizer",
        .summary = "re-estimate a model's piece counts on a corpus",
        .examples =
            "corpusmill tokenizer re-estimate m.model --on corpus/ -o fitted.model\n"
            "corpusmill tokenizer re-estimate m.model --on docs.jsonl --rounds 3 --drop-unused \\\n"
            "    -o small.model",
        .details =
            "Encodes the documents with the model and sets the count of each piece to the\n"
            "number of times it was used (hard EM). An unused piece gets count 1, so that ids\n"
            "do not change. --rounds N gives the result of N such commands. The final model\n"
            "is measured too: the summary has tokens and bytes per token before and after.\n"
            "The documents get more probable, which does not always mean fewer tokens.\n"
            "\n"
            "The result depends on the documents and the flags only, not on threads, memory\n"
            "or the order of the documents."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, "BytePiece model file; - is standard input")
        ->type_name("")
        ->required();
    re_estimation_.Define(app);
  }

  std::vector<std::string> OutputPaths() const override { return re_estimation_.OutputPaths(); }
  std::vector<std::string> InputArguments() const override { return re_estimation_.inputs(); }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(re_estimation_.Check(session));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels({path_}, session.context));
    CM_ASSIGN_OR_RETURN(const Model model, LoadBytePieceModel(path_));
    return re_estimation_.Run(model, session);
  }

 private:
  std::string path_;
  ReEstimationRun re_estimation_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerReEstimateCommand() {
  return std::make_unique<ReEstimateCommand>();
}

}  // namespace corpusmill
