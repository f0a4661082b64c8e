#include "pipelines/cleaning/cleaning_plan.h"

#include <algorithm>
#include <utility>

#include "corpus/base/random.h"
#include "corpus/base/status.h"
#include "pipelines/cleaning/mixture.h"

namespace corpusmill {
namespace {

// Bytes per byte of text: the text, a changed copy, and the output.
constexpr uint64_t kDocumentMemory = 4;
// The words of a text.
constexpr uint64_t kWordMemory = 12;

class Planner {
 public:
  Planner(const Recipe& recipe, const std::string& temp_dir, Context& context, CleaningPlan* plan)
      : recipe_(recipe), seed_(recipe.seed), temp_dir_(temp_dir), context_(context), plan_(*plan) {}

  absl::Status Plan() {
    CM_ASSIGN_OR_RETURN(words_, MakeWordSplitter(recipe_.words));
    for (size_t source = 0; source < recipe_.sources.size(); ++source) {
      const RecipeSource& from = recipe_.sources[source];
      plan_.source_names.push_back(from.name);
      for (const RecipeStage& stage : from.stages) CM_RETURN_IF_ERROR(Add(stage, source));
    }
    for (const RecipeStage& stage : recipe_.stages) {
      // Copies must be made before the order is random.
      if (stage.info->name == "shuffle") AddMixture();
      CM_RETURN_IF_ERROR(Add(stage, SIZE_MAX));
    }
    AddMixture();
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      if (plan_.stages[i].global != nullptr) plan_.segment_ends.push_back(i);
    }
    plan_.segment_ends.push_back(plan_.stages.size());
    return absl::OkStatus();
  }

 private:
  absl::Status Add(const RecipeStage& from, size_t only_source) {
    PlannedStage stage{.label = from.label, .info = from.info, .only_source = only_source};
    const StageSetup setup{.options = from.options,
                           .words = words_,
                           .seed = seed_,
                           .seed_text = recipe_.seed,
                           .position = plan_.stages.size(),
                           .temp_dir = temp_dir_,
                           .context = context_};
    absl::Status status;
    if (from.info->make != nullptr) {
      absl::StatusOr<std::unique_ptr<Stage>> made = from.info->make(setup);
      status = made.status();
      if (made.ok()) stage.local = *std::move(made);
    } else {
      absl::StatusOr<std::unique_ptr<GlobalStage>> made = from.info->make_global(setup);
      status = made.status();
      if (made.ok()) stage.global = *std::move(made);
    }
    CM_RETURN_IF_ERROR(Annotate(Annotate(status, from.info->name), from.place));
    for (std::string& member :
         stage.local != nullptr ? stage.local->members() : stage.global->members()) {
      if (std::find(plan_.members.begin(), plan_.members.end(), member) == plan_.members.end()) {
        plan_.members.push_back(std::move(member));
      }
    }
    plan_.stages.push_back(std::move(stage));
    return absl::OkStatus();
  }

  void AddMixture() {
    if (std::exchange(has_mixture_, true)) return;
    std::unique_ptr<GlobalStage> mixture = MakeMixture(recipe_.sources, seed_);
    if (mixture == nullptr) return;
    plan_.stages.push_back({.label = std::string(kMixtureInfo.name),
                            .info = &kMixtureInfo,
                            .local = nullptr,
                            .global = std::move(mixture)});
  }

  const Recipe& recipe_;
  const RandomKey seed_;
  const std::string& temp_dir_;
  Context& context_;
  CleaningPlan& plan_;
  std::shared_ptr<const WordSplitter> words_;
  bool has_mixture_ = false;
};

}  // namespace

std::vector<std::string> CleaningPlan::labels() const {
  std::vector<std::string> labels;
  for (const PlannedStage& stage : stages) labels.push_back(stage.label);
  return labels;
}

std::vector<size_t> CleaningPlan::only_sources() const {
  std::vector<size_t> sources;
  for (const PlannedStage& stage : stages) sources.push_back(stage.only_source);
  return sources;
}

uint64_t CleaningPlan::memory_per_text_byte() const {
  uint64_t most = 0;
  bool uses_words = false;
  for (const PlannedStage& stage : stages) {
    most = std::max(most, stage.info->memory_per_text_byte);
    uses_words |= stage.info->uses_words;
  }
  return kDocumentMemory + most + (uses_words ? kWordMemory : 0);
}

absl::StatusOr<CleaningPlan> PlanCleaning(const Recipe& recipe, const std::string& temp_dir,
                                          Context& context) {
  CleaningPlan plan;
  CM_RETURN_IF_ERROR(Planner(recipe, temp_dir, context, &plan).Plan());
  return plan;
}

BatchOptions CleaningBatches(const CleaningPlan& plan, uint64_t sink_memory) {
  return {.keep_empty = true,
          .keep_members = true,
          .keep_json = true,
          .cut_at_lines = false,
          .memory_per_text_byte = plan.memory_per_text_byte() + sink_memory,
          .purpose = "cleaning"};
}

}  // namespace corpusmill
