#include <memory>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/commands/counts_output.h"
#include "tokenizer/counts/counts_file.h"

namespace corpusmill {
namespace {

class MergeCountsCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer merge-counts",
        .group = "Tokenizer",
        .summary = "add up the counts of several parts of a corpus",
        .examples = "corpusmill tokenizer merge-counts -o all.ngrams 1.ngrams 2.ngrams 3.ngrams",
        .details =
            "All files must hold n-gram counts, or all piece counts, made with the same flags\n"
            "from different documents. The result is byte for byte what one command that\n"
            "counts all documents gives, and can be merged again. Models of merged piece counts\n"
            "are those of `tokenizer train --fast` on all documents."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("FILE", inputs_, "Counts files")->type_name("")->required();
    output_.Define(app);
  }

  std::vector<std::string> OutputPaths() const override { return {output_.path}; }
  std::vector<std::string> InputArguments() const override { return inputs_; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(output_.Check(session.overwrite));
    CM_RETURN_IF_ERROR(
        CountsFile::Merge(inputs_, output_.path, {.overwrite = session.overwrite}, session.context)
            .status());
    return output_.Summarize(session);
  }

 private:
  std::vector<std::string> inputs_;
  CountsOutput output_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerMergeCountsCommand() {
  return std::make_unique<MergeCountsCommand>();
}

}  // namespace corpusmill
