#ifndef CORPUSMILL_PIPELINES_STAGES_FASTTEXT_MODEL_H_
#define CORPUSMILL_PIPELINES_STAGES_FASTTEXT_MODEL_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// A fastText classifier that the user brings. Immutable and thread-safe. Must not outlive the
/// context that its memory is taken from.
///
///   CM_ASSIGN_OR_RETURN(auto model, FastTextModel::Load("lid.176.ftz", context));
///   CM_ASSIGN_OR_RETURN(auto best, model->Best("Guten Tag"));   // {"de", 0.99}
///
/// Labels are without the prefix `__label__`. White space other than a space, line breaks too,
/// counts as a space, as the library wants it; bytes that are not UTF-8 are passed on.
class FastTextModel {
 public:
  struct Prediction {
    std::string label;  ///< "" for blank text, and where nothing in the text is known.
    double score = 0;   ///< The probability, 0 to 1.
  };

  /// kDataLoss or kUnavailable, as `path: what`, if the file is no usable model;
  /// kResourceExhausted if the memory budget has too little left.
  static absl::StatusOr<std::shared_ptr<const FastTextModel>> Load(const std::string& path,
                                                                   Context& context);
  ~FastTextModel();

  /// All labels, in the order of the model.
  const std::vector<std::string>& labels() const { return labels_; }
  /// kInvalidArgument, as `option: what; try …`, if the model has no such label.
  absl::Status CheckLabel(std::string_view option, std::string_view label) const;

  /// The most probable label. kDataLoss if the library fails on the text.
  absl::StatusOr<Prediction> Best(std::string_view text) const;
  /// The probability of one label; 0 where Best gives no label.
  absl::StatusOr<double> ScoreText(std::string_view text, std::string_view label) const;

 private:
  struct Impl;
  FastTextModel(std::string path, std::unique_ptr<Impl> impl);
  absl::Status Predict(std::string_view text, int count, std::vector<Prediction>* best) const;

  const std::string path_;
  const std::unique_ptr<Impl> impl_;
  std::vector<std::string> labels_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_FASTTEXT_MODEL_H_
