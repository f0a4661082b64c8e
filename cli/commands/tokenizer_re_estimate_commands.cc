#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/table.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/io/file.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/re_estimation.h"
#include "tokenizer/model/model_counts.h"

namespace corpusmill {
namespace {

/// What both commands do with a model: count on documents, write it, say what that changed.
class ReEstimation {
 public:
  void Define(CLI::App& app) {
    documents_.DefineOn(app, "")->required()->description(
        "Documents to count on, read once more than --rounds says: files, folders or patterns");
    app.add_option("-o,--output", output_, "Model file; - is standard output")
        ->type_name("PATH")
        ->required();
    AddNumber(app, "--rounds", &options_.rounds, 1,
              "How often to count, each time with the model that the time before gave");
    app.add_flag_callback(
        "--drop-unused", [this] { options_.unused = UncountedPieces::kDrop; },
        "Drop pieces that are not used, single bytes aside, and give other ids to those behind "
        "them; by default they get the count 1, and ids stay");
    DefineNormalize(app, &options_.tokenizer);
  }

  std::vector<std::string> OutputPaths() const {
    std::vector<std::string> paths = documents_.OutputPaths();
    paths.push_back(output_);
    return paths;
  }
  const std::vector<std::string>& inputs() const { return documents_.records.inputs; }

  /// To be called before any work.
  absl::Status Check(const Session& session) {
    CM_RETURN_IF_ERROR(CheckOutputPath(output_, {.overwrite = session.overwrite}));
    CM_ASSIGN_OR_RETURN(inputs_, ResolveInputs(documents_.records.inputs));
    return CheckReadableAgain(inputs_);
  }

  absl::Status Run(const Model& model, Session& session) {
    options_.documents = documents_.Options(session.overwrite);
    CM_ASSIGN_OR_RETURN(const ReEstimationResult result,
                        ReEstimate(model, inputs_, options_, session.context));
    CM_RETURN_IF_ERROR(
        WriteStringToFile(output_, result.model.Serialize(), {.overwrite = session.overwrite}));
    for (size_t i = 0; i < result.passes.size(); ++i) {
      const ReEstimationPass& pass = result.passes[i];
      session.context.reporter().Log(
          LogLevel::kInfo,
          absl::StrFormat("%s: %s tokens, %s bytes/token, %s of %s pieces used",
                          i == 0 ? "before" : absl::StrFormat("after round %d", i),
                          WithCommas(pass.tokens), Decimal(BytesPerToken(result, pass)),
                          WithCommas(pass.used_pieces), WithCommas(pass.pieces)));
    }
    const ReEstimationPass& before = result.passes.front();
    const ReEstimationPass& after = result.passes.back();
    AddDocumentCounts(result.documents, result.inputs, &session.summary);
    session.summary.Add("tokens_before", before.tokens);
    session.summary.Add("tokens_after", after.tokens);
    session.summary.Add("bytes_per_token_before", BytesPerToken(result, before));
    session.summary.Add("bytes_per_token_after", BytesPerToken(result, after));
    session.summary.Add("dropped_pieces", before.pieces - after.pieces);
    session.summary.Add("used_pieces", after.used_pieces);
    session.summary.Add("unused_pieces", after.pieces - after.used_pieces);
    session.summary.Add("vocab_size", uint64_t{result.model.vocab_size()});
    return absl::OkStatus();
  }

 private:
  static double BytesPerToken(const ReEstimationResult& result, const ReEstimationPass& pass) {
    return Ratio(result.documents.text_bytes, pass.tokens);
  }

  DocumentFlags documents_;
  ReEstimationOptions options_;
  std::string output_;
  std::vector<InputFile> inputs_;
};

class ReEstimateCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer re-estimate",
        .group = "Tokenizer",
        .summary = "count the pieces of a model anew on a corpus",
        .examples =
            "corpusmill tokenizer re-estimate m.model --on corpus/ -o fitted.model\n"
            "corpusmill tokenizer re-estimate m.model --on docs.jsonl --rounds 3 --drop-unused \\\n"
            "    -o small.model",
        .details =
            "Encodes the documents with the model; the count of a piece becomes how often it\n"
            "was used. A piece that was not used gets the count 1, so that all ids stay as they\n"
            "are. --rounds N does it again with the result, as N commands would. The last model\n"
            "is measured on the documents too, so that there are figures from before and after:\n"
            "the documents get more probable, which is not always fewer tokens.\n"
            "\n"
            "The result depends on the documents and the flags only, not on the threads, the\n"
            "memory or the order of the documents."};
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
    CM_ASSIGN_OR_RETURN(const Model model, LoadBytePieceModel(path_));
    return re_estimation_.Run(model, session);
  }

 private:
  std::string path_;
  ReEstimation re_estimation_;
};

class MergeCommand final : public Command {
 public:
  const CommandInfo& info() const override {
    static constexpr CommandInfo kInfo = {
        .path = "tokenizer merge",
        .group = "Tokenizer",
        .summary = "make one model of the pieces of several",
        .examples =
            "corpusmill tokenizer merge zh.model en.model --on corpus/ -o both.model\n"
            "corpusmill tokenizer merge zh.model en.model --on corpus/ --drop-unused -o all.model\n"
            "corpusmill tokenizer prune all.model --vocab-size 64000 -o both.model",
        .details =
            "Takes every piece that a model has. The probability of a piece is first the mean of\n"
            "those that it has in the models, 0 where it is missing; then the pieces are counted\n"
            "on the documents, as `tokenizer re-estimate` does. The order of the models does not\n"
            "matter; one that is named twice has twice the weight to begin with.\n"
            "\n"
            "Counts to begin with are whole numbers that add up to about 2^58: of n models each\n"
            "has a share of 2^58/n, of which a piece gets its part, rounded to the nearest."};
    return kInfo;
  }

  void Define(CLI::App& app) override {
    app.add_option("A", first_, "BytePiece model file")->type_name("")->required();
    app.add_option("B", others_, "Other model files")->type_name("")->required();
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
        absl::StrFormat("%s pieces make %s", sizes, WithCommas(merged.pieces().size())));
    return merged;
  }

  std::string first_;
  std::vector<std::string> others_;
  ReEstimation re_estimation_;
};

}  // namespace

std::unique_ptr<Command> MakeTokenizerReEstimateCommand() {
  return std::make_unique<ReEstimateCommand>();
}
std::unique_ptr<Command> MakeTokenizerMergeCommand() { return std::make_unique<MergeCommand>(); }

}  // namespace corpusmill
