#ifndef CORPUSMILL_TESTS_PIPELINES_STAGES_STAGE_TESTING_H_
#define CORPUSMILL_TESTS_PIPELINES_STAGES_STAGE_TESTING_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipelines/stages/stage_table.h"
#include "pipelines/words/word_rule.h"
#include "tests/testing.h"

namespace corpusmill {

/// A stage of the table, as a recipe makes it: MakeTestStage("length", {{"min-bytes", {"3"}}}).
class TestStage {
 public:
  using Options = std::map<std::string, std::vector<std::string>>;

  explicit TestStage(std::string_view name, const Options& options = {},
                     const WordOptions& words = {})
      : TestStage(**FindStage(name), options, words) {}

  /// A stage that is not in the table.
  explicit TestStage(const StageInfo& info, const Options& options = {},
                     const WordOptions& words = {})
      : info_(info), options_(info_.options) {
    for (const auto& [option, scalars] : options) {
      status_.Update(options_.Set(option, scalars, scalars.size() != 1));
    }
    status_.Update(options_.CheckRequired());
    if (!status_.ok()) return;
    auto splitter = MakeWordSplitter(words);
    status_.Update(splitter.status());
    if (!status_.ok()) return;
    words_ = *std::move(splitter);
    auto made = info_.make(
        {.options = options_, .words = words_, .seed = RandomKey("test"), .context = context_});
    status_.Update(made.status());
    if (made.ok()) stage_ = *std::move(made);
  }

  /// Of making the stage.
  const absl::Status& status() const { return status_; }
  const Stage& stage() const { return *stage_; }

  struct Result {
    std::string text;
    std::string reason;  ///< "" if the document is kept.
    double value = 0;
    double threshold = 0;
    std::map<std::string, uint64_t> edits;
    std::map<std::string, std::string> annotations;  ///< Numbers as absl prints them with %g.
    bool balances = false;                           ///< Bytes in + added = bytes out + removed.
  };

  /// Applies the stage to one document.
  Result Apply(std::string_view text, std::vector<StageDocument::Member> members = {},
               uint64_t record = 0) const {
    StageDocument document({.record = record, .id = "doc", .source_name = "test"}, text,
                           std::move(members));
    StageScratch scratch;
    const absl::Status status = stage_->Apply(document, scratch);
    EXPECT_TRUE(status.ok()) << Message(status);
    Result result{.text = std::string(document.text())};
    if (document.is_dropped()) {
      result.reason = document.rejection()->reason;
      result.value = document.rejection()->value;
      result.threshold = document.rejection()->threshold;
    }
    for (const auto& edit : document.edits()) result.edits[std::string(edit.kind)] = edit.count;
    for (const auto& annotation : document.annotations()) {
      const double* number = std::get_if<double>(&annotation.value);
      result.annotations[std::string(annotation.name)] =
          number != nullptr ? absl::StrFormat("%g", *number)
                            : std::get<std::string>(annotation.value);
    }
    result.balances =
        text.size() + document.added_bytes() == document.text().size() + document.removed_bytes();
    return result;
  }

 private:
  const StageInfo& info_;
  StageOptions options_;
  Context context_;
  std::shared_ptr<const WordSplitter> words_;
  std::unique_ptr<Stage> stage_;
  absl::Status status_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_PIPELINES_STAGES_STAGE_TESTING_H_
