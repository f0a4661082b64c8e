#include "pipelines/words/english_strings.h"

#include <cassert>

namespace corpusmill {
namespace {

constexpr int kSlotBits = 13;

}  // namespace

uint32_t EnglishStrings::FindExactly(std::string_view text, uint64_t hash) const {
  for (size_t slot = hash >> (64 - kSlotBits);; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot] == 0) return kNone;
    if (strings_[slots_[slot] - 1] == text) return slots_[slot] - 1;
  }
}

uint32_t EnglishStrings::Add(std::string_view text) {
  assert(!text.empty() && text.size() <= kMaxBytes);
  if (slots_.empty()) slots_.resize(size_t{1} << kSlotBits);
  assert(strings_.size() < slots_.size() / 2);
  const uint64_t hash = Hash(text.data(), text.size(), text.data() + text.size());
  if (const uint32_t found = FindExactly(text, hash); found != kNone) return found;
  strings_.emplace_back(text);
  const auto number = static_cast<uint32_t>(strings_.size());
  size_t slot = hash >> (64 - kSlotBits);
  while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = number;
  filter_[hash >> (64 - kFilterBits + 6)] |= uint64_t{1} << (hash >> (64 - kFilterBits) & 63);
  return number - 1;
}

}  // namespace corpusmill
