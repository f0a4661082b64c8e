#include "pipelines/stages/stage.h"

#include "corpus/base/status.h"

namespace corpusmill {

const std::vector<Word>& StageScratch::Words(const StageDocument& document,
                                             const WordSplitter& splitter) {
  if (words_of_ != &splitter || words_version_ != document.version()) {
    splitter.Split(document.text(), &words_);
    words_of_ = &splitter;
    words_version_ = document.version();
  }
  return words_;
}

absl::Status Stage::ApplyAll(std::span<StageDocument* const> documents,
                             StageScratch& scratch) const {
  for (StageDocument* const document : documents) {
    scratch.NextDocument();
    CM_RETURN_IF_ERROR(Apply(*document, scratch));
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
