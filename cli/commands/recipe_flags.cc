#include "cli/commands/recipe_flags.h"

#include "cli/base/summary.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "pipelines/cleaning/report_html.h"
#include "pipelines/cleaning/report_json.h"

namespace corpusmill {

void RecipeFlags::Define(CLI::App& app, RecordFormat auto_fallback,
                         const std::string& default_invalid_utf8) {
  app_ = &app;
  documents.Define(app, auto_fallback, default_invalid_utf8);
  app.add_option("--rejects", rejects_path,
                 "Write dropped documents to this file as JSONL: id, source, stage, reason, value, "
                 "threshold, and the text as it was read")
      ->type_name("FILE");
  app.add_option("--seed", seed_, "Seed of everything that is random, instead of the recipe's")
      ->type_name("SEED");
}

std::vector<std::string> RecipeFlags::OutputPaths() const {
  std::vector<std::string> paths = documents.OutputPaths();
  if (!rejects_path.empty()) paths.push_back(rejects_path);
  return paths;
}

absl::StatusOr<Recipe> RecipeFlags::Read() const {
  CM_ASSIGN_OR_RETURN(Recipe recipe, ReadRecipe(recipe_path));
  if (!seed_.empty()) recipe.seed = seed_;
  if (!documents.records.inputs.empty() || recipe.sources.empty()) {
    RecipeSource source{.name = "input",
                        .paths = documents.records.inputs,
                        .fields = {"text"},
                        .record = documents.records.record};
    if (source.paths.empty()) source.paths = {std::string(kStandardStream)};
    recipe.sources = {std::move(source)};
  }
  for (RecipeSource& source : recipe.sources) {
    if (app_->count("--field") > 0) {
      source.fields = {documents.options.field};
      source.fields.insert(source.fields.end(), documents.options.joined_fields.begin(),
                           documents.options.joined_fields.end());
    }
    if (app_->count("--record") > 0) source.record = documents.records.record;
  }
  if (recipe.sources.size() > 1 &&
      documents.options.on_bad_record.action == BadRecordAction::kQuarantine) {
    return UsageError("--on-bad-record quarantine takes one source; try skip");
  }
  return recipe;
}

CleanOptions RecipeFlags::Options(const Session& session) const {
  CleanOptions options{.documents = documents.Options(session.overwrite)};
  options.rejects_path = rejects_path;
  options.overwrite = session.overwrite;
  return options;
}

void LogLedger(const CleanReport& report, Session& session) {
  if (!report.stages.empty()) {
    session.context.reporter().Log(LogLevel::kInfo, LedgerTable(report));
  }
  session.summary.AddJson("stages", StagesJson(report));
  session.summary.AddJson("annotations", AnnotationsJson(report));
}

std::string RecipeReportHtml(const CleanReport& report, const Recipe& recipe,
                             const std::string& title, std::chrono::steady_clock::time_point begin,
                             Context& context) {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return ReportHtml(report, recipe,
                    {.title = title == kStandardStream ? recipe.path : title,
                     .seconds = seconds.count(),
                     .peak_memory_bytes = PeakRssBytes(),
                     .threads = context.threads()});
}

void AddCleanReport(const CleanReport& report, Session& session) {
  LogLedger(report, session);
  Summary& summary = session.summary;
  AddDocumentCounts(report.read, report.inputs, &summary);
  summary.Add("kept_documents", report.kept_documents);
  summary.Add("kept_text_bytes", report.kept_bytes);
  if (report.waiting_bytes > 0) summary.Add("temp_bytes", report.waiting_bytes);
  if (report.passes > 1) summary.Add("passes", static_cast<uint64_t>(report.passes));
}

}  // namespace corpusmill
