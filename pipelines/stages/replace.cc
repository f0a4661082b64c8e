#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "pipelines/stages/pattern_set.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    kPatternOption,
    {.name = "with",
     .type = OptionType::kStrings,
     .help =
         "What to write: one for all patterns or one for each; \\0 is the match, \\1 to \\9 are "
         "its groups; by default nothing"},
    {.name = "kind",
     .type = OptionType::kString,
     .default_value = "replacement",
     .help = "Name under which the report counts the replacements"},
    kCaseOption,
    kMultiLineOption,
    kDotOption,
    kLiteralOption,
};

class Replace final : public Stage {
 public:
  Replace(const StageSetup& setup, std::unique_ptr<PatternSet> patterns,
          std::vector<std::string> with)
      : kind_(setup.options.String("kind")),
        patterns_(std::move(patterns)),
        with_(std::move(with)) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    for (size_t i = 0; i < patterns_->size(); ++i) {
      TextEdit edit(document.text());
      document.CountEdits(kind_,
                          ReplaceAll(patterns_->pattern(i), with_[i], document.text(), &edit));
      document.Replace(&edit);
    }
    return absl::OkStatus();
  }

 private:
  static uint64_t ReplaceAll(const RE2& pattern, const std::string& with, std::string_view text,
                             TextEdit* edit) {
    constexpr int kMaxGroups = 10;
    re2::StringPiece groups[kMaxGroups];
    const int group_count = 1 + RE2::MaxSubmatch(with);
    const re2::StringPiece piece(text.data(), text.size());
    std::string written;
    uint64_t count = 0;
    for (size_t at = 0; at <= text.size() &&
                        pattern.Match(piece, at, text.size(), RE2::UNANCHORED, groups, group_count);
         ++count) {
      const size_t begin = static_cast<size_t>(groups[0].data() - text.data());
      const size_t end = begin + groups[0].size();
      written.clear();
      pattern.Rewrite(&written, with, groups, group_count);
      edit->KeepTo(begin);
      edit->ReplaceTo(end, written);
      // Behind an empty match, the search goes on at the next character.
      at = end > begin ? end : begin + CharacterLength(text, begin);
    }
    return count;
  }

  static size_t CharacterLength(std::string_view text, size_t at) {
    if (at >= text.size()) return 1;
    int32_t code = 0;
    return DecodeUtf8(text.substr(at), &code);
  }

  const std::string kind_;
  const std::unique_ptr<PatternSet> patterns_;
  const std::vector<std::string> with_;  // Of each pattern.
};

absl::StatusOr<std::unique_ptr<Stage>> Make(const StageSetup& setup) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<PatternSet> patterns, PatternSet::Create(setup.options));
  std::vector<std::string> with = setup.options.Strings("with");
  if (with.empty()) with.emplace_back();
  if (with.size() == 1) with.resize(patterns->size(), with.front());
  if (with.size() != patterns->size()) {
    return UsageError(absl::StrFormat("with: %d strings for %d patterns; try one for each",
                                      with.size(), patterns->size()));
  }
  for (size_t i = 0; i < with.size(); ++i) {
    std::string error;
    if (!patterns->pattern(i).CheckRewriteString(with[i], &error)) {
      return UsageError(absl::StrFormat("with: '%s': %s", with[i], error));
    }
  }
  return std::make_unique<Replace>(setup, std::move(patterns), std::move(with));
}

}  // namespace

constinit const StageInfo kReplaceStage = {
    .name = "replace",
    .summary = "replace what matches a pattern",
    .details =
        "Each pattern in turn replaces all its matches, from left to right and without overlap, "
        "in\n"
        "the text that the one before has left. An empty match inserts. A backslash is written\n"
        "as \\\\.\n"
        "\n" CM_PATTERN_DETAILS,
    .options = kOptions,
    .main_option = "patterns",
    .make = Make,
    .memory_per_text_byte = 4};

}  // namespace corpusmill
