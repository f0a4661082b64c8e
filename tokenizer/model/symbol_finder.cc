#include "tokenizer/model/symbol_finder.h"

#include <algorithm>
#include <cstring>

namespace corpusmill {
namespace {

using Type = Vocabulary::Type;

size_t Pair(char first, char second) {
  return size_t{static_cast<uint8_t>(first)} << 8 | static_cast<uint8_t>(second);
}

}  // namespace

SymbolFinder::SymbolFinder(const Vocabulary& vocabulary) {
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type != Type::kControl && entry.type != Type::kUserDefined) continue;
    names_.push_back({.bytes = entry.bytes, .id = id, .parent = kNone});
  }
  // Of equal names, the first id counts.
  std::stable_sort(names_.begin(), names_.end(),
                   [](const Name& a, const Name& b) { return a.bytes < b.bytes; });
  names_.erase(std::unique(names_.begin(), names_.end(),
                           [](const Name& a, const Name& b) { return a.bytes == b.bytes; }),
               names_.end());
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::string& bytes = names_[i].bytes;
    size_t parent = i == 0 ? kNone : i - 1;
    while (parent != kNone && !bytes.starts_with(names_[parent].bytes)) {
      parent = names_[parent].parent;
    }
    names_[i].parent = parent;
    is_first_[static_cast<uint8_t>(bytes[0])] = 1;
    for (int second = 0; second < 256; ++second) {
      const auto byte = static_cast<char>(second);
      if (bytes.size() == 1 || bytes[1] == byte) is_pair_.set(Pair(bytes[0], byte));
    }
    crosses_lines_ = crosses_lines_ || bytes.find('\n') != std::string::npos;
  }
  has_only_first_ = std::count(is_first_.begin(), is_first_.end(), 1) == 1;
  if (has_only_first_) only_first_ = names_[0].bytes[0];
}

size_t SymbolFinder::NextStart(std::string_view text, size_t at) const {
  if (names_.empty()) return text.size();
  while (at < text.size()) {
    if (has_only_first_) {
      const void* const found = std::memchr(text.data() + at, only_first_, text.size() - at);
      if (found == nullptr) break;
      at = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    } else {
      const auto first = [&](size_t i) { return is_first_[static_cast<uint8_t>(text[i])]; };
      constexpr size_t kBlock = 8;
      while (at + kBlock <= text.size() &&
             (first(at) | first(at + 1) | first(at + 2) | first(at + 3) | first(at + 4) |
              first(at + 5) | first(at + 6) | first(at + 7)) == 0) {
        at += kBlock;
      }
      while (at < text.size() && first(at) == 0) ++at;
      if (at == text.size()) break;
    }
    if (at + 1 == text.size() || is_pair_.test(Pair(text[at], text[at + 1]))) return at;
    ++at;
  }
  return text.size();
}

const SymbolFinder::Name* SymbolFinder::LongestPrefix(std::string_view text) const {
  // Every name that is a prefix of the text is a prefix of the last name up to the text, or that
  // name itself.
  const auto after =
      std::upper_bound(names_.begin(), names_.end(), text,
                       [](std::string_view value, const Name& name) { return value < name.bytes; });
  if (after == names_.begin()) return nullptr;
  auto at = static_cast<size_t>(after - names_.begin()) - 1;
  while (at != kNone && !text.starts_with(names_[at].bytes)) at = names_[at].parent;
  return at == kNone ? nullptr : &names_[at];
}

void SymbolFinder::ForEach(std::string_view text, const Use& symbol) const {
  for (size_t at = NextStart(text, 0); at < text.size();) {
    const Name* const name = LongestPrefix(text.substr(at));
    if (name != nullptr) symbol(name->id, text.substr(at, name->bytes.size()));
    at = NextStart(text, at + (name == nullptr ? 1 : name->bytes.size()));
  }
}

void SymbolFinder::Split(std::string_view text,
                         const std::function<void(std::string_view)>& between,
                         const Use& symbol) const {
  size_t begin = 0;
  ForEach(text, [&](uint32_t id, std::string_view name) {
    const auto at = static_cast<size_t>(name.data() - text.data());
    if (at > begin) between(text.substr(begin, at - begin));
    symbol(id, name);
    begin = at + name.size();
  });
  if (begin < text.size()) between(text.substr(begin));
}

}  // namespace corpusmill
