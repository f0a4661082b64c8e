#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "cli/commands/count_command.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/train/trainer.h"

namespace corpusmill {
namespace {

class CountPiecesCommand final : public CountCommand {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer count pieces",
        .group = "Tokenizer",
        .summary = "count the pieces of a part of a corpus (training pass 2)",
        .examples =
            "corpusmill tokenizer count pieces --ngrams all.ngrams -o 1.pieces part1/\n"
            "corpusmill tokenizer merge-counts -o all.pieces 1.pieces 2.pieces",
        .details =
            "The second pass of `tokenizer train`. --ngrams should hold the merged n-gram\n"
            "counts of all parts; --order, --normalize and --isolate-digits are taken from\n"
            "it. A training from the merged piece counts of all parts makes, byte for byte, the\n"
            "models of `tokenizer train --fast` on the whole corpus. Training from the merged\n"
            "n-gram counts and the corpus refines too."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineCounting(app);
    app.add_option("--ngrams", ngrams_,
                   "Counts file of `tokenizer count ngrams` or `tokenizer merge-counts`")
        ->type_name("FILE")
        ->required();
    counting_.DefinePieces(app);
  }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(output_.Check(session.overwrite));
    CM_ASSIGN_OR_RETURN(const auto ngrams, CountsFile::Open(ngrams_, session.context));
    if (ngrams->info().kind != CountsInfo::Kind::kNgrams) {
      return UsageError(absl::StrFormat(
          "--ngrams: %s holds piece counts; an n-gram counts file is needed", ngrams_));
    }
    CM_RETURN_IF_ERROR(counting_.Use(*ngrams));
    CM_RETURN_IF_ERROR(ValidateCountOptions(counting_.options));
    CM_RETURN_IF_ERROR(documents_.Resolve(output_.path, session, &counting_.options));
    CM_RETURN_IF_ERROR(CountPiecesToFile(documents_.Corpus(session), *ngrams, counting_.options,
                                         output_.path, session.overwrite, session.context)
                           .status());
    CM_RETURN_IF_ERROR(documents_.Close(session));
    return output_.Summarize(session);
  }

 private:
  std::string ngrams_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerCountPiecesCommand() {
  return std::make_unique<CountPiecesCommand>();
}

}  // namespace corpusmill
