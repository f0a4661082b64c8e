#include "pipelines/stages/match_rule.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

class MatchRule final : public Stage {
 public:
  MatchRule(const StageSetup& setup, bool keeps_matches, std::unique_ptr<PatternSet> patterns)
      : keeps_matches_(keeps_matches),
        per_line_(setup.options.String("per") == "line"),
        field_(setup.options.String("field")),
        patterns_(std::move(patterns)) {
    const std::string named =
        setup.options.Has("reason") ? setup.options.String("reason") : std::string();
    for (size_t i = 0; i < patterns_->size(); ++i) {
      reasons_.push_back(!named.empty() ? named : absl::StrFormat("pattern-%d", i + 1));
    }
    no_match_ = !named.empty() ? named : "no-match";
    no_line_left_ = !named.empty() ? named : "no-line-left";
  }

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    if (per_line_) {
      RemoveLines(document);
      return absl::OkStatus();
    }
    const auto match =
        patterns_->FirstMatch(field_ == "text" ? document.text() : document.member(field_));
    if (keeps_matches_ && !match) document.Drop(no_match_);
    if (!keeps_matches_ && match) document.Drop(reasons_[*match]);
    return absl::OkStatus();
  }

  std::vector<std::string> members() const override {
    return field_ == "text" ? std::vector<std::string>() : std::vector<std::string>{field_};
  }

 private:
  void RemoveLines(StageDocument& document) const {
    const std::string_view text = document.text();
    TextEdit edit(text);
    uint64_t kept = 0, removed = 0;
    for (size_t begin = 0; begin < text.size();) {
      size_t end = text.find('\n', begin);
      const size_t next = end == std::string_view::npos ? text.size() : end + 1;
      if (end == std::string_view::npos) end = text.size();
      std::string_view line = text.substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (patterns_->FirstMatch(line).has_value() == keeps_matches_) {
        edit.KeepTo(next);
        ++kept;
      } else {
        edit.RemoveTo(next);
        ++removed;
      }
      begin = next;
    }
    if (kept == 0 && removed > 0) {
      document.Drop(no_line_left_);
      return;
    }
    document.CountEdits("line", removed);
    document.Replace(&edit);
  }

  const bool keeps_matches_, per_line_;
  const std::string field_;
  const std::unique_ptr<PatternSet> patterns_;
  std::vector<std::string> reasons_;
  std::string no_match_, no_line_left_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Stage>> MakeMatchRule(const StageSetup& setup, bool keeps_matches) {
  if (setup.options.String("per") == "line" && setup.options.String("field") != "text") {
    return UsageError("field: lines are those of the text; try per: document");
  }
  CM_ASSIGN_OR_RETURN(std::unique_ptr<PatternSet> patterns, PatternSet::Create(setup.options));
  return std::make_unique<MatchRule>(setup, keeps_matches, std::move(patterns));
}

}  // namespace corpusmill
