#include "tokenizer/model/symbol_finder.h"

#include <algorithm>

namespace corpusmill {

SymbolFinder::SymbolFinder(const Vocabulary& vocabulary) {
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type != Vocabulary::Type::kControl && entry.type != Vocabulary::Type::kUserDefined) {
      continue;
    }
    names_[static_cast<uint8_t>(entry.bytes[0])].emplace_back(entry.bytes, id);
  }
  for (auto& names : names_) {
    std::stable_sort(names.begin(), names.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  }
}

void SymbolFinder::Split(std::string_view text,
                         const std::function<void(std::string_view)>& between,
                         const std::function<void(uint32_t)>& symbol) const {
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const auto& names = names_[static_cast<uint8_t>(text[at])];
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& name) {
      return text.substr(at).starts_with(name.first);
    });
    if (found == names.end()) {
      ++at;
      continue;
    }
    if (at > begin) between(text.substr(begin, at - begin));
    symbol(found->second);
    at += found->first.size();
    begin = at;
  }
  if (begin < text.size()) between(text.substr(begin));
}

}  // namespace corpusmill
