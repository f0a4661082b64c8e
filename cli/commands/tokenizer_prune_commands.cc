#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/counted_words.h"
#include "tokenizer/prune/pruning.h"

namespace corpusmill {
namespace {

class PruneCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer prune",
        .group = "Tokenizer",
        .summary = "make smaller vocabularies of a model",
        .examples =
            "corpusmill tokenizer prune big.model --vocab-size 8000 -o small.model\n"
            "corpusmill tokenizer prune big.model --vocab-size 8000,4000 -o m.model\n"
            "                                          # m.model.8000 and m.model.4000",
        .details =
            "Keeps the single bytes and the pieces with the highest counts, gives the counts of\n"
            "the others to the pieces that they are made of, and drops what is then of no use:\n"
            "the last step of training. The result is byte for byte what `tokenizer train` would\n"
            "have made beside the model, had it been asked for these sizes too, so no text is\n"
            "needed. Each is made of the next larger one, and is part of it; it may come out a\n"
            "little below what was asked for."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("MODEL", path_, "BytePiece model file; - is standard input")
        ->type_name("")
        ->required();
    models_
        .Define(app,
                "Largest size of the vocabulary, its 3 control symbols included; several with "
                "commas; at least 259. A model that is no larger stays as it is")
        ->required();
  }

  std::vector<std::string> OutputPaths() const override { return models_.Paths(); }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    CM_ASSIGN_OR_RETURN(const Model model, LoadBytePieceModel(path_));
    const std::vector<uint64_t>& sizes = models_.sizes();
    session.context.reporter().StartPhase("pruning", 0);
    CM_ASSIGN_OR_RETURN(const PruningResult pruned, PruneModel(model, sizes, session.context));
    session.context.reporter().EndPhase();
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
      reporter.Log(LogLevel::kInfo,
                   absl::StrFormat("%s: the model as it is: it has %s ids, %s were asked for", path,
                                   WithCommas(before.vocab_size()), WithCommas(size)));
    } else if (models_.sizes().size() > 1) {
      reporter.Log(LogLevel::kInfo,
                   absl::StrFormat("%s: %s ids", path, WithCommas(after.vocab_size())));
    }
  }

  std::string path_;
  ModelFlags models_;
};

class FromWordsCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer from-words",
        .group = "Tokenizer",
        .summary = "make a model of words with counts",
        .examples =
            "corpusmill tokenizer from-words dict.tsv -o dict.model\n"
            "corpusmill tokenizer from-words dict.tsv --vocab-size 32000 -o dict.model\n"
            "printf 'the\\t120\\nmill\\t7\\n' | corpusmill tokenizer from-words - -o m.model",
        .details =
            "A line is a word, a tab or spaces, and how often it was counted, a whole number of\n"
            "at least 1; the last tab or spaces separate, so that a word may hold others. Counts\n"
            "of a word that is there twice are added up, a byte that is no word is added with\n"
            "the count 1, and words that others stand for with a higher probability give them\n"
            "their counts: byte for byte what BytePiece's convert_to_bytepiece makes.\n"
            "\n"
            "Words are bytes, not normalized: of one that is not in NFC, or that goes on after a\n"
            "line break, `tokenizer audit` will say that no text gives it."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("LIST", path_, "List of words; - is standard input; may be compressed")
        ->type_name("")
        ->required();
    models_.Define(app,
                   "Largest size of the vocabulary, its 3 control symbols included; several with "
                   "commas; at least 259; by default every word that is of use has its place");
    app.add_flag("--escaped", options_.escaped,
                 "Words are written as `encode --format pieces` does, with \\n, \\t, \\s, \\\\ and "
                 "\\xHH; by default a backslash is a backslash");
  }

  std::vector<std::string> OutputPaths() const override { return models_.Paths(); }
  std::vector<std::string> InputArguments() const override { return {path_}; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({path_}));
    CM_ASSIGN_OR_RETURN(const CountedWords list,
                        ReadCountedWords(inputs, options_, session.context));
    session.context.reporter().StartPhase("pruning", 0);
    CM_ASSIGN_OR_RETURN(const PruningResult pruned,
                        PruneWords(list.words, models_.sizes(), session.context));
    session.context.reporter().EndPhase();
    CM_RETURN_IF_ERROR(models_.Write(pruned.models, session.overwrite));
    const auto longer = std::count_if(list.words.begin(), list.words.end(),
                                      [](const Piece& word) { return word.bytes.size() > 1; });
    session.summary.Add("lines", list.lines);
    session.summary.Add("words", uint64_t{list.words.size()});
    session.summary.Add("dropped_words", static_cast<uint64_t>(longer) + 256 - pruned.pieces_kept);
    session.summary.Add("vocab_size", uint64_t{pruned.models.front().vocab_size()});
    return absl::OkStatus();
  }

 private:
  std::string path_;
  CountedWordsOptions options_;
  ModelFlags models_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerPruneCommand() { return std::make_unique<PruneCommand>(); }
std::unique_ptr<Command> MakeTokenizerFromWordsCommand() {
  return std::make_unique<FromWordsCommand>();
}

}  // namespace corpusmill
