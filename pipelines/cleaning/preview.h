#ifndef CORPUSMILL_PIPELINES_CLEANING_PREVIEW_H_
#define CORPUSMILL_PIPELINES_CLEANING_PREVIEW_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/cleaning/text_diff.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

/// What one stage did to a document.
struct PreviewStep {
  std::string stage;              ///< The label.
  std::vector<TextPiece> pieces;  ///< Around the changes; of a dropped document its beginning.
  /// What the stage removed is private: `pieces` have no removed text.
  bool hides_input = false;
  std::vector<std::pair<std::string, std::string>> annotations;  ///< Names and values, added.

  struct Rejection {
    std::string reason;
    double value = 0;
    double threshold = 0;
  };
  std::optional<Rejection> rejection;
};

/// A document on its way through the stages.
struct DocumentPreview {
  uint64_t number = 0;  ///< From 1.
  std::string source;
  std::string id;
  uint64_t bytes_in = 0;  ///< Of the text.
  uint64_t bytes_out = 0;
  std::vector<PreviewStep> steps;  ///< Of the stages that changed, annotated or dropped it.

  /// The last step has dropped it.
  bool is_dropped() const { return !steps.empty() && steps.back().rejection.has_value(); }
};

struct PreviewReport {
  uint64_t documents = 0;
  uint64_t kept_documents = 0;
  std::vector<std::string> not_applied;  ///< Labels of global stages.
};

/// Passes the first `count` documents of the sources, in order, through the local stages of a
/// recipe, and calls `show` for each. Global stages are left out, since they decide by all
/// documents. Writes nothing.
absl::StatusOr<PreviewReport> PreviewDocuments(
    const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
    const CleanOptions& options, uint64_t count, Context& context,
    const std::function<void(const DocumentPreview&)>& show);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_PREVIEW_H_
