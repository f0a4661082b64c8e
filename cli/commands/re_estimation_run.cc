#include "cli/commands/re_estimation_run.h"

#include "absl/strings/str_format.h"
#include "cli/base/table.h"
#include "cli/commands/tokenizer_flags.h"
#include "corpus/base/reporter.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

double BytesPerToken(const ReEstimationResult& result, const ReEstimationPass& pass) {
  return Ratio(result.documents.text_bytes, pass.tokens);
}

}  // namespace

void ReEstimationRun::Define(CLI::App& app) {
  documents_.DefineOn(app, "")->required()->description(
      "Documents to count on: files, folders or glob patterns; read once per round, and once more "
      "at the end");
  app.add_option("-o,--output", output_, "Model file to write; - is standard output")
      ->type_name("PATH")
      ->required();
  AddNumber(app, "--rounds", &options_.rounds, 1,
            "Number of rounds; each one starts from the model of the round before");
  app.add_flag_callback(
      "--drop-unused", [this] { options_.unused = UncountedPieces::kDrop; },
      "Drop unused pieces, except single bytes, and renumber the ids; by default an unused piece "
      "keeps its id and gets count 1");
  DefineNormalize(app, &options_.tokenizer);
}

std::vector<std::string> ReEstimationRun::OutputPaths() const {
  std::vector<std::string> paths = documents_.OutputPaths();
  paths.push_back(output_);
  return paths;
}
absl::Status ReEstimationRun::Check(const Session& session) {
  CM_RETURN_IF_ERROR(CheckOutputPath(output_, {.overwrite = session.overwrite}));
  CM_ASSIGN_OR_RETURN(inputs_, documents_.records.Resolve(session.context));
  return CheckReadableAgain(inputs_);
}

absl::Status ReEstimationRun::Run(const Model& model, Session& session) {
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

}  // namespace corpusmill
