#include "cli/commands/plan_text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "cli/base/summary.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/cleaning/document_sink.h"
#include "pipelines/cleaning/estimate.h"
#include "pipelines/cleaning/source_reader.h"

namespace corpusmill {
namespace {

std::string SourceLine(const RecipeSource& source, const std::vector<InputFile>& inputs) {
  const uint64_t bytes = TotalBytes(inputs);
  std::string line = absl::StrFormat("  %s: %s, %s", source.name, Counted(inputs.size(), "inputs"),
                                     bytes > 0 || inputs.empty() ? FormatByteSize(bytes) + " stored"
                                                                 : std::string("size unknown"));
  if (!source.weight.is_one()) {
    line += absl::StrFormat(", weight %g",
                            static_cast<double>(source.weight.copies) +
                                std::ldexp(static_cast<double>(source.weight.fraction), -64));
  }
  if (source.max_documents) {
    line += absl::StrFormat(", at most %s", Counted(*source.max_documents, "documents"));
  }
  if (source.max_bytes) {
    line += absl::StrFormat(", at most %s of text", FormatByteSize(*source.max_bytes));
  }
  return line + "\n";
}

bool AlwaysWaits(const PlannedStage& stage) {
  return stage.global != nullptr && !stage.global->waits_for_memory_only();
}

/// Whether documents may wait at a stage at all: at `mixture` they never do.
bool MayWait(const PlannedStage& stage) {
  return stage.global != nullptr && stage.global->may_wait();
}

std::string StageKind(const PlannedStage& stage) {
  if (stage.global == nullptr) return "local";
  if (!MayWait(stage)) return "global, documents do not wait";
  return AlwaysWaits(stage) ? "global, documents wait in a temporary file"
                            : "global, documents wait in a temporary file if memory runs out";
}

std::string StageLines(const CleaningPlan& plan) {
  if (plan.stages.empty()) return "stages: none\n";
  size_t width = 0;
  for (const PlannedStage& stage : plan.stages) width = std::max(width, stage.label.size());
  std::string lines = "stages\n  pass 1\n";
  int passes = 1;
  bool ends_pass = false;
  for (const PlannedStage& stage : plan.stages) {
    if (std::exchange(ends_pass, false)) lines += absl::StrFormat("  pass %d\n", ++passes);
    lines +=
        absl::StrFormat("    %-*s  %s", static_cast<int>(width), stage.label, StageKind(stage));
    if (stage.only_source != SIZE_MAX) {
      lines += absl::StrFormat(", source %s", plan.source_names[stage.only_source]);
    }
    lines += "\n";
    ends_pass = AlwaysWaits(stage);
  }
  // The documents that waited at the last stage are written in a pass of their own.
  if (ends_pass) lines += absl::StrFormat("  pass %d\n    output\n", ++passes);
  return lines;
}

absl::StatusOr<std::string> MemoryLines(const Recipe& recipe, const CleaningPlan& plan,
                                        const CleanOptions& options, Context& context) {
  SourceReader reader(recipe, {}, options.documents, plan.members, context);
  const BatchOptions batch_options = CleaningBatches(plan, DocumentSink::kMemoryPerTextByte);
  const DocumentBatches batches(reader, batch_options, context);
  // A document is read with the JSON object that holds its text.
  const uint64_t per_byte = batch_options.memory_per_text_byte + batch_options.memory_per_json_byte;
  return absl::StrFormat(
      "memory\n  limit %s; up to %s of %s in flight\n  largest document: about %s of text\n",
      FormatByteSize(context.memory().limit_bytes()), Counted(batches.max_in_flight(), "batches"),
      FormatByteSize(batches.UsualBatchMemory()),
      FormatByteSize(context.memory().available_bytes() / per_byte));
}

std::string TempLines(const CleaningPlan& plan, const std::optional<CleaningEstimate>& estimate) {
  std::string lines;
  uint64_t sum = 0;
  for (const PlannedStage& stage : plan.stages) {
    if (!MayWait(stage)) continue;
    lines += "  " + stage.label;
    if (estimate) {
      const uint64_t bytes = estimate->TempBytes(stage);
      sum += bytes;
      lines += absl::StrFormat(": up to about %s", FormatByteSize(bytes));
    }
    lines += AlwaysWaits(stage) ? "\n" : ", only if memory runs out\n";
  }
  if (lines.empty()) return "temporary space: 0\n";
  if (!estimate) return "temporary space: not estimated\n" + lines;
  return absl::StrFormat("temporary space: up to about %s\n", FormatByteSize(sum)) + lines;
}

std::string TimeLine(const std::optional<CleaningEstimate>& estimate, double plan_seconds,
                     Context& context) {
  if (!estimate) return "time: not estimated, as an input is not a file\n";
  return absl::StrFormat(
      "time: about %.*f s with %s, without writing the output\n"
      "  estimated from %s%s, %s of text\n",
      estimate->seconds + plan_seconds < 10 ? 1 : 0, estimate->seconds + plan_seconds,
      Counted(static_cast<uint64_t>(context.threads()), "threads"),
      estimate->is_whole ? "all " : "the first ", Counted(estimate->sample_documents, "documents"),
      FormatByteSize(estimate->sample_text_bytes));
}

}  // namespace

absl::StatusOr<std::string> CleaningPlanText(const Recipe& recipe,
                                             const std::vector<std::vector<InputFile>>& sources,
                                             const CleanOptions& options, Context& context) {
  std::string text = "sources\n";
  for (size_t i = 0; i < sources.size(); ++i) text += SourceLine(recipe.sources[i], sources[i]);
  const auto begin = std::chrono::steady_clock::now();
  CM_ASSIGN_OR_RETURN(const CleaningPlan plan,
                      PlanCleaning(recipe, context.TempDirFor(options.output_path), context));
  const std::chrono::duration<double> plan_seconds = std::chrono::steady_clock::now() - begin;
  text += StageLines(plan);
  CM_ASSIGN_OR_RETURN(const std::string memory, MemoryLines(recipe, plan, options, context));
  text += memory;
  std::optional<CleaningEstimate> estimate;
  if (CanEstimate(sources)) {
    CM_ASSIGN_OR_RETURN(estimate, EstimateCleaning(recipe, sources, options, context));
  }
  return text + TempLines(plan, estimate) + TimeLine(estimate, plan_seconds.count(), context);
}

}  // namespace corpusmill
