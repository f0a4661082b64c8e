#include "tokenizer/encode/symbol_names.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"

namespace corpusmill {

void SymbolNames::Count(const Tokenizer& tokenizer, std::string_view text) {
  const bool found_anyway = tokenizer.rules().find_user_defined;
  tokenizer.symbols().ForEach(text, [&](uint32_t id, std::string_view) {
    const bool user_defined = tokenizer.vocabulary()[id].type == Vocabulary::Type::kUserDefined;
    if (!(user_defined && found_anyway)) ++counts_[id];
  });
}

void SymbolNames::Add(const SymbolNames& other) {
  for (const auto& [id, count] : other.counts_) counts_[id] += count;
}

std::string SymbolNames::Warning(const Vocabulary& vocabulary) const {
  if (counts_.empty()) return "";
  constexpr size_t kMostNames = 3;
  uint64_t total = 0;
  std::vector<std::pair<uint64_t, uint32_t>> by_count;
  for (const auto& [id, count] : counts_) {
    total += count;
    by_count.emplace_back(count, id);
  }
  std::stable_sort(by_count.begin(), by_count.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string names;
  for (size_t i = 0; i < std::min(kMostNames, by_count.size()); ++i) {
    const auto& [count, id] = by_count[i];
    names += absl::StrFormat("%s%s %s", i == 0 ? "" : ", ", vocabulary[id].bytes,
                             count == 1 ? "once" : absl::StrFormat("%d times", count));
  }
  if (by_count.size() > kMostNames) names += ", …";
  return absl::StrFormat(
      "%d %s in the text %s encoded as ordinary text (%s); --match-symbols encodes %s", total,
      total == 1 ? "name of a symbol" : "names of symbols", total == 1 ? "was" : "were", names,
      total == 1 ? "it as the symbol" : "them as the symbols");
}

void SymbolNames::Warn(const Vocabulary& vocabulary, Reporter& reporter) const {
  const std::string warning = Warning(vocabulary);
  if (!warning.empty()) reporter.Log(LogLevel::kWarning, warning);
}

}  // namespace corpusmill
