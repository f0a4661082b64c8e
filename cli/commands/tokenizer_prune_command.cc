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
            "The last step of `tokenizer train --fast`; no text is needed. Keeps the single\n"
            "bytes and the pieces with the highest counts, and moves the counts of dropped\n"
            "pieces to the pieces that replace them. The next pieces take the places of those\n"
            "that are then never used. Each vocabulary is a subset of the next larger one.\n"
            "\n"
            "For a model of `tokenizer train --fast`, the results are byte for byte those that\n"
            "training makes if --vocab-size lists these sizes too. Without --fast, training\n"
            "chooses the pieces of each size on the text, and makes fewer tokens."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, "BytePiece model file; - is standard input")
        ->type_name("")
        ->required();
    models_
        .Define(app,
                "Number of ids, with the special symbols; several sizes separated by commas; at "
                "least 259. A model that is small enough is copied unchanged")
        ->required();
    app.add_flag(
        "--bytepiece-compat", bytepiece_compat_,
        "Prune as BytePiece does, which leaves the places of unused pieces empty, so that a "
        "vocabulary may be a little smaller than its size");
    models_.DefineSymbols(app);
  }

  std::vector<std::string> OutputPaths() const override { return models_.Paths(); }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    CM_ASSIGN_OR_RETURN(const MemoryLease model_memory, ChargeModels({path_}, session.context));
    CM_ASSIGN_OR_RETURN(const Model model, LoadBytePieceModel(path_));
    Reporter& reporter = session.context.reporter();
    const auto prune = [&] {
      const Phase phase(reporter, "pruning", 0);
      return PruneModel(model, models_.model_sizes(), session.context, !bytepiece_compat_);
    };
    CM_ASSIGN_OR_RETURN(const PruningResult pruned, prune());
    CM_RETURN_IF_ERROR(models_.Write(pruned.models, session.overwrite, reporter));
    for (size_t i = 0; i < pruned.models.size(); ++i) {
      Tell(models_.Paths()[i], models_.sizes()[i], model, pruned.models[i], reporter);
    }
    session.summary.Add("vocab_size_before", uint64_t{model.vocab_size()});
    session.summary.Add("vocab_size", models_.IdsOf(pruned.models.front()));
    session.summary.Add("rounds", pruned.rounds);
    return absl::OkStatus();
  }

 private:
  void Tell(const std::string& path, uint64_t size, const Model& before, const Model& after,
            Reporter& reporter) const {
    const uint64_t ids = models_.IdsOf(after);
    if (after.vocab_size() == before.vocab_size()) {
      reporter.Log(
          LogLevel::kInfo,
          absl::StrFormat("%s: unchanged, as the model has %s ids, no more than the %s requested",
                          path, WithCommas(ids), WithCommas(size)));
    } else if (ids < size) {
      reporter.Log(LogLevel::kWarning,
                   absl::StrFormat("%s: %s ids, not %s: the other pieces keep no count", path,
                                   WithCommas(ids), WithCommas(size)));
    } else if (models_.sizes().size() > 1) {
      reporter.Log(LogLevel::kInfo, absl::StrFormat("%s: %s ids", path, WithCommas(ids)));
    }
  }

  std::string path_;
  bool bytepiece_compat_ = false;
  ModelFlags models_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerPruneCommand() { return std::make_unique<PruneCommand>(); }

}  // namespace corpusmill
