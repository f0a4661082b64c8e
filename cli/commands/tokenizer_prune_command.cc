#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/base/command.h"
#include "cli/base/summary.h"
#include "cli/commands/model_memory.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/phase.h"
#include "corpus/base/reporter.h"
#include "tokenizer/prune/pruning.h"

namespace corpusmill {
namespace {

class PruneCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer prune",
        .group = "Tokenizer",
        .summary = "prune a model to smaller vocabularies",
        .examples =
            "corpusmill tokenizer prune big.model --vocab-size 8000 -o small.model\n"
            "corpusmill tokenizer prune big.model --vocab-size 8000,4000 -o m.model\n"
            "                                          # m.model.8000 and m.model.4000",
        .details =
            "The last step of training; no text is needed. Keeps the single bytes and the\n"
            "pieces with the highest counts, moves the counts of dropped pieces to the pieces\n"
            "that replace them, and drops pieces that are then never used. The models are\n"
            "byte for byte those that `tokenizer train` makes if --vocab-size lists these\n"
            "sizes too. Each vocabulary is a subset of the next larger one, and can be\n"
            "slightly smaller than requested."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, "BytePiece model file; - is standard input")
        ->type_name("")
        ->required();
    models_
        .Define(app,
                "Vocabulary size at most, with the 3 control symbols; several sizes separated by "
                "commas; at least 259. A model that is small enough is copied unchanged")
        ->required();
  }

  std::vector<std::string> OutputPaths() const override { return models_.Paths(); }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels({path_}, session.context));
    CM_ASSIGN_OR_RETURN(const Model model, LoadBytePieceModel(path_));
    const std::vector<uint64_t>& sizes = models_.sizes();
    const auto prune = [&] {
      const Phase phase(session.context.reporter(), "pruning", 0);
      return PruneModel(model, sizes, session.context);
    };
    CM_ASSIGN_OR_RETURN(const PruningResult pruned, prune());
    CM_RETURN_IF_ERROR(models_.Write(pruned.models, session.overwrite));
    for (size_t i = 0; i < sizes.size(); ++i) {
      Tell(models_.Paths()[i], sizes[i], model, pruned.models[i], session.context.reporter());
    }
    session.summary.Add("vocab_size_before", uint64_t{model.vocab_size()});
    session.summary.Add("vocab_size", uint64_t{pruned.models.front().vocab_size()});
    session.summary.Add("rounds", pruned.rounds);
    return absl::OkStatus();
  }

 private:
  void Tell(const std::string& path, uint64_t size, const Model& before, const Model& after,
            Reporter& reporter) const {
    if (size >= before.vocab_size()) {
      reporter.Log(
          LogLevel::kInfo,
          absl::StrFormat("%s: unchanged, as the model has %s ids, no more than the %s requested",
                          path, WithCommas(before.vocab_size()), WithCommas(size)));
    } else if (models_.sizes().size() > 1) {
      reporter.Log(LogLevel::kInfo,
                   absl::StrFormat("%s: %s ids", path, WithCommas(after.vocab_size())));
    }
  }

  std::string path_;
  ModelFlags models_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerPruneCommand() { return std::make_unique<PruneCommand>(); }

}  // namespace corpusmill
