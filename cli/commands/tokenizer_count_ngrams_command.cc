#include <memory>

#include "cli/commands/count_command.h"
#include "tokenizer/train/trainer.h"

namespace corpusmill {
namespace {

class CountNgramsCommand final : public CountCommand {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer count ngrams",
        .group = "Tokenizer",
        .summary = "count the n-grams of a part of a corpus (training pass 1)",
        .examples =
            "corpusmill tokenizer count ngrams -o 1.ngrams part1/       # on one machine,\n"
            "corpusmill tokenizer count ngrams -o 2.ngrams part2/       # on another\n"
            "corpusmill tokenizer merge-counts -o all.ngrams 1.ngrams 2.ngrams\n"
            "corpusmill tokenizer count pieces --ngrams all.ngrams -o 1.pieces part1/\n"
            "corpusmill tokenizer count pieces --ngrams all.ngrams -o 2.pieces part2/\n"
            "corpusmill tokenizer merge-counts -o all.pieces 1.pieces 2.pieces\n"
            "corpusmill tokenizer train --from-counts all.pieces --vocab-size 32000 -o m.model",
        .details =
            "The first pass of `tokenizer train`, as a separate command: several machines can\n"
            "count parts of a corpus, and later documents can be added. Counts depend on the\n"
            "documents and the flags only; merged counts of the parts are byte for byte the\n"
            "counts of the whole. Counts that do not fit in memory go to temporary files.\n"
            "\n"
            "docs/formats/counts.md specifies the counts file."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineCounting(app);
    counting_.DefineNgrams(app);
  }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(output_.Check(session.overwrite));
    CM_RETURN_IF_ERROR(ValidateCountOptions(counting_.options));
    CM_RETURN_IF_ERROR(documents_.Resolve(output_.path, session, &counting_.options));
    CM_RETURN_IF_ERROR(CountNgramsToFile(documents_.Corpus(session), counting_.options,
                                         output_.path, session.overwrite, session.context)
                           .status());
    CM_RETURN_IF_ERROR(documents_.Close(session));
    return output_.Summarize(session);
  }
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerCountNgramsCommand() {
  return std::make_unique<CountNgramsCommand>();
}

}  // namespace corpusmill
