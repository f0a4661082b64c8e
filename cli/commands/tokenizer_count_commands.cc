#include <memory>
#include <string>
#include <vector>

#include "cli/base/command.h"
#include "cli/commands/training_flags.h"
#include "corpus/io/file.h"
#include "tokenizer/train/trainer.h"

namespace corpusmill {
namespace {

CLI::Option* DefineCountsOutput(CLI::App& app, std::string* path) {
  return app.add_option("-o,--output", *path, "File of counts")->type_name("PATH")->required();
}

/// Counts need a file: what is said at its beginning is known last.
absl::Status CheckCountsOutput(const std::string& path, bool overwrite) {
  if (path == kStandardStream)
    return UsageError("counts do not go to standard output; name a file");
  return CheckOutputPath(path, {.overwrite = overwrite});
}

absl::Status AddCounts(const std::string& path, Session& session) {
  CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open(path, session.context));
  const CountsInfo& info = file->info();
  const bool ngrams = info.kind == CountsInfo::Kind::kNgrams;
  session.summary.Add("counted_documents", info.totals.texts);
  session.summary.Add("counted_bytes", info.totals.input_bytes);
  session.summary.Add(ngrams ? "ngrams" : "pieces", file->entries());
  return absl::OkStatus();
}

/// What counting in documents has.
class CountCommand : public Command {
 public:
  std::vector<std::string> OutputPaths() const override {
    std::vector<std::string> paths = documents_.flags.OutputPaths();
    paths.push_back(output_);
    return paths;
  }
  std::vector<std::string> InputArguments() const override {
    return documents_.flags.records.inputs;
  }

 protected:
  void DefineCounting(CLI::App& app) {
    documents_.flags.Define(app);
    DefineCountsOutput(app, &output_);
  }

  TrainingDocuments documents_;
  CountingFlags counting_;
  std::string output_;
};

class CountNgramsCommand final : public CountCommand {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer count ngrams",
        .group = "Tokenizer",
        .summary = "count the n-grams of a part of a corpus, for training",
        .examples =
            "corpusmill tokenizer count ngrams -o 1.ngrams part1/       # on one machine,\n"
            "corpusmill tokenizer count ngrams -o 2.ngrams part2/       # on another\n"
            "corpusmill tokenizer merge-counts -o all.ngrams 1.ngrams 2.ngrams\n"
            "corpusmill tokenizer count pieces --ngrams all.ngrams -o 1.pieces part1/\n"
            "corpusmill tokenizer count pieces --ngrams all.ngrams -o 2.pieces part2/\n"
            "corpusmill tokenizer merge-counts -o all.pieces 1.pieces 2.pieces\n"
            "corpusmill tokenizer train --from-counts all.pieces --vocab-size 32000 -o m.model",
        .details =
            "The first pass of tokenizer train, for machines that share the work, and for a "
            "corpus\n"
            "that grows. Counts depend on the documents and the flags only, and those of parts\n"
            "that are merged are those of the whole, byte for byte. What does not fit in memory\n"
            "goes to temporary files, as in tokenizer train. docs/formats/counts.md has the "
            "format."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineCounting(app);
    counting_.DefineNgrams(app);
  }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(CheckCountsOutput(output_, session.overwrite));
    CM_RETURN_IF_ERROR(ValidateCountOptions(counting_.options));
    CM_RETURN_IF_ERROR(documents_.Resolve(output_, session, &counting_.options));
    CM_RETURN_IF_ERROR(CountNgramsToFile(documents_.Corpus(session), counting_.options, output_,
                                         session.overwrite, session.context)
                           .status());
    CM_RETURN_IF_ERROR(documents_.Close(session));
    return AddCounts(output_, session);
  }
};

class CountPiecesCommand final : public CountCommand {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer count pieces",
        .group = "Tokenizer",
        .summary = "cut a part of a corpus with counted n-grams and count the pieces",
        .examples =
            "corpusmill tokenizer count pieces --ngrams all.ngrams -o 1.pieces part1/\n"
            "corpusmill tokenizer merge-counts -o all.pieces 1.pieces 2.pieces",
        .details =
            "The second pass of tokenizer train. The n-grams should be those of all parts; what\n"
            "they were counted with need not be said again."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    DefineCounting(app);
    app.add_option("--ngrams", ngrams_, "Counts that tokenizer count ngrams or merge-counts made")
        ->type_name("FILE")
        ->required();
    counting_.DefinePieces(app);
  }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(CheckCountsOutput(output_, session.overwrite));
    CM_ASSIGN_OR_RETURN(const auto ngrams, CountsFile::Open(ngrams_, session.context));
    if (ngrams->info().kind != CountsInfo::Kind::kNgrams) {
      return UsageError(
          absl::StrFormat("--ngrams: %s has counts of pieces, not of n-grams", ngrams_));
    }
    CM_RETURN_IF_ERROR(counting_.Use(*ngrams));
    CM_RETURN_IF_ERROR(ValidateCountOptions(counting_.options));
    CM_RETURN_IF_ERROR(documents_.Resolve(output_, session, &counting_.options));
    CM_RETURN_IF_ERROR(CountPiecesToFile(documents_.Corpus(session), *ngrams, counting_.options,
                                         output_, session.overwrite, session.context)
                           .status());
    CM_RETURN_IF_ERROR(documents_.Close(session));
    return AddCounts(output_, session);
  }

 private:
  std::string ngrams_;
};

class MergeCountsCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer merge-counts",
        .group = "Tokenizer",
        .summary = "add up counts of parts of a corpus",
        .examples = "corpusmill tokenizer merge-counts -o all.ngrams 1.ngrams 2.ngrams 3.ngrams",
        .details =
            "The files must be made in the same way, of n-grams or of pieces, and no two of the\n"
            "same documents. The result is what counting all at once would give, byte for byte,\n"
            "and can be merged again."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("FILE", inputs_, "Files of counts")->type_name("")->required();
    DefineCountsOutput(app, &output_);
  }

  std::vector<std::string> OutputPaths() const override { return {output_}; }
  std::vector<std::string> InputArguments() const override { return inputs_; }

  absl::Status Run(Session& session) override {
    CM_RETURN_IF_ERROR(CheckCountsOutput(output_, session.overwrite));
    CM_RETURN_IF_ERROR(
        CountsFile::Merge(inputs_, output_, {.overwrite = session.overwrite}, session.context)
            .status());
    return AddCounts(output_, session);
  }

 private:
  std::vector<std::string> inputs_;
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerCountNgramsCommand() {
  return std::make_unique<CountNgramsCommand>();
}
std::unique_ptr<Command> MakeTokenizerCountPiecesCommand() {
  return std::make_unique<CountPiecesCommand>();
}
std::unique_ptr<Command> MakeTokenizerMergeCountsCommand() {
  return std::make_unique<MergeCountsCommand>();
}

}  // namespace corpusmill
