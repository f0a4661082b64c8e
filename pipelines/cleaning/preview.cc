#include "pipelines/cleaning/preview.h"

#include <algorithm>
#include <array>
#include <variant>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/cleaning/cleaning_plan.h"
#include "pipelines/cleaning/source_reader.h"
#include "pipelines/stages/stage_document.h"

namespace corpusmill {
namespace {

// The numbers of the tokens of both texts, and the texts before and after a stage.
constexpr uint64_t kDiffMemory = 80;

class Previewer {
 public:
  Previewer(const CleaningPlan& plan, Context& context) : plan_(plan), context_(context) {}

  absl::StatusOr<DocumentPreview> Preview(StageDocument& document) {
    CM_ASSIGN_OR_RETURN(
        const MemoryLease lease,
        context_.memory().Take(
            document.text().size() * (plan_.memory_per_text_byte() + kDiffMemory), "the preview"));
    DocumentPreview preview{.source = std::string(document.identity().source_name),
                            .id = std::string(document.identity().id),
                            .bytes_in = document.text().size()};
    scratch_.NextDocument();
    for (const PlannedStage& stage : plan_.stages) {
      if (document.is_dropped()) break;
      if (stage.local == nullptr) continue;
      if (stage.only_source != SIZE_MAX && stage.only_source != document.identity().source) {
        continue;
      }
      CM_RETURN_IF_ERROR(context_.CheckCancelled());
      CM_RETURN_IF_ERROR(Apply(stage, document, &preview));
    }
    preview.bytes_out = document.text().size();
    return preview;
  }

 private:
  absl::Status Apply(const PlannedStage& stage, StageDocument& document, DocumentPreview* preview) {
    const std::string before(document.text());
    const uint64_t version = document.version();
    const size_t annotations = document.annotations().size();
    if (stage.info->takes_batches) {
      const std::array<StageDocument*, 1> batch = {&document};
      CM_RETURN_IF_ERROR(stage.local->ApplyAll(batch, scratch_));
    } else {
      CM_RETURN_IF_ERROR(stage.local->Apply(document, scratch_));
    }
    PreviewStep step{.stage = stage.label, .hides_input = stage.info->hides_input};
    AddAnnotations(document, annotations, &step);
    if (document.is_dropped()) {
      const StageDocument::Rejection& rejection = *document.rejection();
      step.rejection = {std::string(rejection.reason), rejection.value, rejection.threshold};
      step.pieces.push_back(
          TextStart(TextPiece::Kind::kRemoved, before, TextDiffOptions().change_bytes));
    } else if (document.version() != version) {
      step.pieces = DiffTexts(before, document.text());
    }
    if (step.hides_input) {
      std::erase_if(step.pieces,
                    [](const TextPiece& piece) { return piece.kind == TextPiece::Kind::kRemoved; });
    }
    if (step.rejection || !step.pieces.empty() || !step.annotations.empty()) {
      preview->steps.push_back(std::move(step));
    }
    return absl::OkStatus();
  }

  static void AddAnnotations(const StageDocument& document, size_t first, PreviewStep* step) {
    for (size_t i = first; i < document.annotations().size(); ++i) {
      const StageDocument::Annotation& annotation = document.annotations()[i];
      const double* const number = std::get_if<double>(&annotation.value);
      step->annotations.emplace_back(annotation.name,
                                     number != nullptr ? absl::StrFormat("%g", *number)
                                                       : std::get<std::string>(annotation.value));
    }
  }

  const CleaningPlan& plan_;
  Context& context_;
  StageScratch scratch_;
};

}  // namespace

absl::StatusOr<PreviewReport> PreviewDocuments(
    const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
    const CleanOptions& options, uint64_t count, Context& context,
    const std::function<void(const DocumentPreview&)>& show) {
  CM_ASSIGN_OR_RETURN(const CleaningPlan plan,
                      PlanCleaning(recipe, context.TempDirFor(options.output_path), context));
  PreviewReport report;
  for (const PlannedStage& stage : plan.stages) {
    if (stage.global != nullptr) report.not_applied.push_back(stage.label);
  }
  DocumentOptions documents = options.documents;
  if (documents.on_bad_record.action == BadRecordAction::kQuarantine) {
    documents.on_bad_record = {.action = BadRecordAction::kSkip, .quarantine_path = ""};
  }
  std::vector<std::string> paths;
  for (const std::vector<InputFile>& inputs : sources) {
    for (const InputFile& input : inputs) paths.push_back(input.path);
  }
  SourceReader reader(recipe, sources, documents, plan.members, context);
  Previewer previewer(plan, context);
  while (report.documents < count) {
    Document read;
    CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&read));
    if (!more) break;
    const size_t source = reader.input_sources()[read.input];
    const std::string id = !read.id.empty()
                               ? std::string(read.id)
                               : IdWithoutMember(paths[read.input], read.format, read.record);
    std::vector<StageDocument::Member> members;
    for (size_t i = 0; i < plan.members.size(); ++i) {
      members.emplace_back(plan.members[i],
                           i < read.members.size() ? read.members[i] : std::string_view());
    }
    StageDocument document({.input = read.input,
                            .record = read.record,
                            .source = source,
                            .id = id,
                            .source_name = plan.source_names[source]},
                           read.text, std::move(members));
    CM_ASSIGN_OR_RETURN(DocumentPreview preview, previewer.Preview(document));
    preview.number = ++report.documents;
    if (!preview.is_dropped()) ++report.kept_documents;
    show(preview);
  }
  return report;
}

}  // namespace corpusmill
