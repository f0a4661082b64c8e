#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/phase.h"
#include "corpus/base/reporter.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/counted_words.h"
#include "tokenizer/prune/pruning.h"

namespace corpusmill {
namespace {

class FromWordsCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer from-words",
        .group = "Tokenizer",
        .summary = "make a model from a list of words with counts",
        .examples =
            "corpusmill tokenizer from-words dict.tsv -o dict.model\n"
            "corpusmill tokenizer from-words dict.tsv --vocab-size 32000 -o dict.model\n"
            "printf 'the\\t120\\nmill\\t7\\n' | corpusmill tokenizer from-words - -o m.model",
        .details =
            "Each line holds a word, a tab or spaces, and its count, an integer of at least\n"
            "1. The last tab or spaces on the line separate the two, so a word can hold\n"
            "spaces. Counts of repeated words are added up. Each missing single byte is added\n"
            "with count 1. A word is dropped if other words make up its bytes with a higher\n"
            "probability; they get its count. The model is byte for byte that of BytePiece's\n"
            "convert_to_bytepiece.\n"
            "\n"
            "Words are not normalized. `tokenizer audit` lists the ones that no text can\n"
            "produce, such as words that are not in NFC or that continue after a line break."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("LIST", path_, "Word list, possibly compressed; - is standard input")
        ->type_name("")
        ->required();
    models_.Define(app,
                   "Vocabulary size at most, with the 3 control symbols; several sizes separated "
                   "by commas; at least 259; by default as large as the words need");
    app.add_flag("--escaped", options_.escaped,
                 "Read the escapes \\n, \\t, \\s (space), \\\\ and \\xHH in words, as `encode "
                 "--format pieces` writes them");
  }

  std::vector<std::string> OutputPaths() const override { return models_.Paths(); }
  std::vector<std::string> InputArguments() const override { return {path_}; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(models_.Check(session.overwrite));
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({path_}));
    CM_ASSIGN_OR_RETURN(const CountedWords list,
                        ReadCountedWords(inputs, options_, session.context));
    const auto prune = [&] {
      const Phase phase(session.context.reporter(), "pruning", 0);
      return PruneWords(list.words, models_.sizes(), session.context);
    };
    CM_ASSIGN_OR_RETURN(const PruningResult pruned, prune());
    CM_RETURN_IF_ERROR(models_.Write(pruned.models, session.overwrite, session.context.reporter()));
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

std::unique_ptr<Command> MakeTokenizerFromWordsCommand() {
  return std::make_unique<FromWordsCommand>();
}

}  // namespace corpusmill
