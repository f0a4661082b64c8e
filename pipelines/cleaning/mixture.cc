#include "pipelines/cleaning/mixture.h"

#include <algorithm>

namespace corpusmill {
namespace {

class Mixture final : public GlobalStage {
 public:
  Mixture(const std::vector<RecipeSource>& sources, const RandomKey& seed) : seed_(seed) {
    for (const RecipeSource& source : sources) {
      states_.push_back({.weight = source.weight,
                         .documents_left = source.max_documents.value_or(UINT64_MAX),
                         .bytes_left = source.max_bytes.value_or(UINT64_MAX)});
    }
  }

  bool waits_for_memory_only() const override { return true; }
  bool may_wait() const override { return false; }

  absl::StatusOr<Verdict> Offer(StageDocument& document) override {
    State& state = states_[document.identity().source];
    if (state.documents_left == 0 || state.bytes_left < document.text().size()) {
      state.documents_left = 0;
      document.Drop("source-limit");
      return Verdict::kDrop;
    }
    if (state.documents_left != UINT64_MAX) --state.documents_left;
    if (state.bytes_left != UINT64_MAX) state.bytes_left -= document.text().size();
    if (Copies(document) > 0) return Verdict::kKeep;
    document.Drop("source-weight");
    return Verdict::kDrop;
  }

  uint64_t Copies(const StageDocument& document) const override {
    const StageDocument::Identity& identity = document.identity();
    const Weight& weight = states_[identity.source].weight;
    const uint64_t draw =
        seed_.At(DrawPurpose::kRepeat, identity.input, identity.record, identity.copy).high;
    return weight.copies + (draw < weight.fraction ? 1 : 0);
  }

 private:
  struct State {
    Weight weight;
    uint64_t documents_left;
    uint64_t bytes_left;
  };

  const RandomKey seed_;
  std::vector<State> states_;  // Of each source.
};

}  // namespace

constinit const StageInfo kMixtureInfo = {
    .name = "mixture",
    .summary = "apply the limits and weights of the sources",
    .details =
        "Added where a source has max-documents, max-bytes or a weight: before the first\n"
        "shuffle, else at the end."};

std::unique_ptr<GlobalStage> MakeMixture(const std::vector<RecipeSource>& sources,
                                         const RandomKey& seed) {
  const bool is_needed =
      std::any_of(sources.begin(), sources.end(), [](const RecipeSource& source) {
        return !source.weight.is_one() || source.max_documents || source.max_bytes;
      });
  if (!is_needed) return nullptr;
  return std::make_unique<Mixture>(sources, seed);
}

}  // namespace corpusmill
