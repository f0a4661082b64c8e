#include "pipelines/stages/fasttext_model.h"

#include <fasttext/fasttext.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <istream>
#include <streambuf>
#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "pipelines/stages/fasttext_file.h"
#include "pipelines/stages/stage_options.h"

namespace corpusmill {
namespace {

constexpr std::string_view kLabelPrefix = "__label__";

/// Reads characters from memory.
class MemoryBuffer final : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string* text) {
    setg(text->data(), text->data(), text->data() + text->size());
  }
};

std::string WithoutPrefix(std::string label) {
  if (label.starts_with(kLabelPrefix)) label.erase(0, kLabelPrefix.size());
  return label;
}

}  // namespace

struct FastTextModel::Impl {
  MemoryLease lease;
  fasttext::FastText model;
};

FastTextModel::FastTextModel(std::string path, std::unique_ptr<Impl> impl)
    : path_(std::move(path)), impl_(std::move(impl)) {}
FastTextModel::~FastTextModel() = default;

absl::StatusOr<std::shared_ptr<const FastTextModel>> FastTextModel::Load(const std::string& path,
                                                                         Context& context) {
  CM_ASSIGN_OR_RETURN(const FastTextFile file, CheckFastTextFile(path));
  auto impl = std::make_unique<Impl>();
  CM_ASSIGN_OR_RETURN(impl->lease,
                      context.memory().Take(file.memory_bytes, "the fastText model " + path));
  try {
    impl->model.loadModel(path);
    const auto dictionary = impl->model.getDictionary();
    std::shared_ptr<FastTextModel> model(new FastTextModel(path, std::move(impl)));
    for (int32_t i = 0; i < dictionary->nlabels(); ++i) {
      model->labels_.push_back(WithoutPrefix(dictionary->getLabel(i)));
    }
    return model;
  } catch (const std::exception& error) {
    return DataError(
        absl::StrFormat("%s: libfasttext cannot load the model: %s", path, error.what()));
  }
}

absl::Status FastTextModel::CheckLabel(std::string_view option, std::string_view label) const {
  if (std::find(labels_.begin(), labels_.end(), label) != labels_.end()) return absl::OkStatus();
  const std::vector<std::string_view> names(labels_.begin(), labels_.end());
  const std::string_view nearest = NearestName(label, names);
  const std::vector<std::string> few(labels_.begin(),
                                     labels_.begin() + std::min<ptrdiff_t>(5, std::ssize(labels_)));
  return UsageError(absl::StrFormat("%s: '%s' is not a label of %s; try %s", option, label, path_,
                                    nearest.empty() ? NameList(few, "or") : std::string(nearest)));
}

absl::Status FastTextModel::Predict(std::string_view text, int count,
                                    std::vector<Prediction>* best) const {
  best->clear();
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  if (line.find_first_not_of(" \t\v\f") == std::string::npos) return absl::OkStatus();
  line += '\n';
  try {
    MemoryBuffer buffer(&line);
    std::istream in(&buffer);
    std::vector<int32_t> words, labels;
    fasttext::Predictions predictions;
    impl_->model.getDictionary()->getLine(in, words, labels);
    if (words.empty()) return absl::OkStatus();
    impl_->model.predict(count, words, predictions, 0);
    for (const auto& [log_probability, label] : predictions) {
      const double score = std::min(1.0, std::exp(static_cast<double>(log_probability)));
      best->push_back({labels_.at(static_cast<size_t>(label)), score});
    }
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return DataError(absl::StrFormat("%s: libfasttext fails: %s", path_, error.what()));
  }
}

absl::StatusOr<FastTextModel::Prediction> FastTextModel::Best(std::string_view text) const {
  std::vector<Prediction> best;
  CM_RETURN_IF_ERROR(Predict(text, 1, &best));
  return best.empty() ? Prediction{} : std::move(best[0]);
}

absl::StatusOr<double> FastTextModel::ScoreText(std::string_view text,
                                                std::string_view label) const {
  std::vector<Prediction> all;
  CM_RETURN_IF_ERROR(Predict(text, static_cast<int>(labels_.size()), &all));
  for (const Prediction& prediction : all) {
    if (prediction.label == label) return prediction.score;
  }
  return 0.0;
}

}  // namespace corpusmill
