#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/base/command.h"
#include "cli/base/summary.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/re_estimation_run.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/reporter.h"
#include "tokenizer/model/model_counts.h"

namespace corpusmill {
namespace {

class MergeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer merge",
        .group = "Tokenizer",
        .summary = "merge the vocabularies of several models",
        .examples =
            "corpusmill tokenizer merge zh.model en.model --on corpus/ -o both.model\n"
            "corpusmill tokenizer merge zh.model en.model --on corpus/ --drop-unused -o all.model\n"
            "corpusmill tokenizer prune all.model --vocab-size 64000 -o both.model",
        .details =
            "The result has every piece of every model. The initial probability of a piece is\n"
            "the mean of its probabilities in the models, 0 where it is missing. Its count is\n"
            "then re-estimated on the documents, as `tokenizer re-estimate` does. The order\n"
            "of the models does not matter; naming a model twice doubles its initial weight.\n"
            "\n"
            "Initial counts are integers that add up to about 2^58: each of n models shares\n"
            "2^58/n among its pieces by probability, rounded to the nearest integer."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("A", first_, "BytePiece model file")->type_name("")->required();
    app.add_option("B", others_, "More BytePiece model files")->type_name("")->required();
    re_estimation_.Define(app);
  }

  std::vector<std::string> OutputPaths() const override { return re_estimation_.OutputPaths(); }
  std::vector<std::string> InputArguments() const override { return re_estimation_.inputs(); }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(re_estimation_.Check(session));
    CM_ASSIGN_OR_RETURN(const Model merged, Merge(session));
    return re_estimation_.Run(merged, session);
  }

 private:
  /// The models themselves are needed no longer.
  absl::StatusOr<Model> Merge(Session& session) const {
    std::vector<std::string> paths = {first_};
    paths.insert(paths.end(), others_.begin(), others_.end());
    std::vector<Model> models;
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels(paths, session.context));
    for (const std::string& path : paths) {
      CM_ASSIGN_OR_RETURN(Model model, LoadBytePieceModel(path));
      models.push_back(std::move(model));
    }
    CM_ASSIGN_OR_RETURN(Model merged, MergeModels(models));
    std::string sizes;
    for (const Model& model : models) {
      sizes += (sizes.empty() ? "" : " + ") + WithCommas(model.pieces().size());
    }
    session.context.reporter().Log(
        LogLevel::kInfo,
        absl::StrFormat("%s pieces, %s distinct", sizes, WithCommas(merged.pieces().size())));
    return merged;
  }

  std::string first_;
  std::vector<std::string> others_;
  ReEstimationRun re_estimation_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerMergeCommand() { return std::make_unique<MergeCommand>(); }

}  // namespace corpusmill
