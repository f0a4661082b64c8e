#include "pipelines/stages/pattern_set.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr int64_t kMaxPatternBytes = 16 << 20;  // Of RE2's automata, per pattern and for the set.

RE2::Options ReadOptions(const StageOptions& options) {
  RE2::Options result;
  result.set_log_errors(false);
  result.set_max_mem(kMaxPatternBytes);
  result.set_case_sensitive(options.Boolean("case-sensitive"));
  result.set_dot_nl(options.Boolean("dot-newline"));
  result.set_literal(options.Boolean("literal"));
  return result;
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

absl::Status PatternError(size_t i, std::string_view pattern, std::string_view error) {
  return UsageError(absl::StrFormat("patterns: number %d, '%s': %s", i + 1, pattern, error));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PatternSet>> PatternSet::Create(const StageOptions& options) {
  const RE2::Options re2_options = ReadOptions(options);
  auto result = std::make_unique<PatternSet>();
  const std::vector<std::string>& patterns = options.Strings("patterns");
  if (patterns.size() > 1) {
    result->set_ = std::make_unique<RE2::Set>(re2_options, RE2::UNANCHORED);
  }
  const std::string flags =
      options.Boolean("multi-line") && !options.Boolean("literal") ? "(?m)" : "";
  for (size_t i = 0; i < patterns.size(); ++i) {
    const std::string pattern = flags + patterns[i];
    auto compiled = std::make_unique<RE2>(pattern, re2_options);
    if (!compiled->ok()) return PatternError(i, patterns[i], compiled->error());
    std::string error;
    if (result->set_ != nullptr && result->set_->Add(pattern, &error) < 0) {
      return PatternError(i, patterns[i], error);
    }
    result->patterns_.push_back(std::move(compiled));
  }
  // Too many or too large patterns for a set are searched one by one.
  if (result->set_ != nullptr && !result->set_->Compile()) result->set_ = nullptr;
  return result;
}

std::optional<size_t> PatternSet::FirstMatch(std::string_view text) const {
  if (set_ != nullptr) {
    std::vector<int> matches;
    RE2::Set::ErrorInfo error{};
    if (set_->Match(Piece(text), &matches, &error)) {
      return static_cast<size_t>(*std::min_element(matches.begin(), matches.end()));
    }
    if (error.kind == RE2::Set::kNoError) return std::nullopt;
  }
  for (size_t i = 0; i < patterns_.size(); ++i) {
    if (RE2::PartialMatch(Piece(text), *patterns_[i])) return i;
  }
  return std::nullopt;
}

}  // namespace corpusmill
