#include "tokenizer/symbol_table.h"

#include <cstring>

namespace corpusmill {

SymbolTable::SymbolTable(const MatchAutomaton& automaton, Normalization form)
    : has_characters_(automaton.has_characters()), entries_(size_t{1} << kPageBits) {
  const std::span<const uint32_t> symbols = automaton.symbols();
  for (size_t code = 1; code < symbols.size(); ++code) {
    const uint32_t symbol = symbols[code];
    if (symbol >= MatchAutomaton::kByte) {
      bytes_[(symbol - MatchAutomaton::kByte) & 0xFF] = static_cast<uint16_t>(code);
      continue;
    }
    Entry(symbol) |= static_cast<uint32_t>(code);
    if (symbol < 0x80) bytes_[symbol] = static_cast<uint16_t>(code);
  }
  if (form == Normalization::kNone) return;
  ForEachUnstableRange(form, [&](uint32_t first, uint32_t last, bool is_mark) {
    for (uint32_t c = first; c <= last; ++c) Entry(c) |= is_mark ? kMark : kCheck;
  });
}

uint32_t& SymbolTable::Entry(uint32_t code_point) {
  uint16_t& page = pages_[code_point >> kPageBits];
  if (page == 0) {
    page = static_cast<uint16_t>(entries_.size() >> kPageBits);
    entries_.resize(entries_.size() + (size_t{1} << kPageBits));
  }
  return entries_[(size_t{page} << kPageBits) + (code_point & ((1 << kPageBits) - 1))];
}

bool SymbolTable::Convert(std::string_view text, uint16_t* symbols, size_t* count) const {
  return (Run(text, symbols, count) & kCheck) == 0;
}

size_t SymbolTable::ConvertNormal(std::string_view text, uint16_t* symbols) const {
  size_t count;
  Run(text, symbols, &count);
  return count;
}

uint32_t SymbolTable::Run(std::string_view text, uint16_t* symbols, size_t* count) const {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t size = text.size();
  uint16_t* out = symbols;
  uint32_t flags = 0, before = 0;
  for (size_t i = 0; i < size;) {
    // Eight bytes of ASCII at once.
    uint64_t word;
    if (size - i >= sizeof(word)) {
      std::memcpy(&word, bytes + i, sizeof(word));
      if ((word & 0x8080808080808080) == 0) {
        for (size_t k = 0; k < sizeof(word); ++k) out[k] = bytes_[bytes[i + k]];
        out += sizeof(word);
        i += sizeof(word);
        before = 0;
        continue;
      }
    }
    const uint8_t lead = bytes[i];
    if (lead < 0x80) {
      *out++ = bytes_[lead];
      ++i;
      before = 0;
      continue;
    }
    uint32_t code_point;
    size_t length;
    const auto trail = [&](size_t k) { return static_cast<uint32_t>(bytes[i + k]) ^ 0x80; };
    if (lead >= 0xE0 && lead < 0xF0 && size - i >= 3 && (trail(1) | trail(2)) < 0x40 &&
        (code_point = (lead & 0xFu) << 12 | trail(1) << 6 | trail(2)) >= 0x800 &&
        (code_point < 0xD800 || code_point >= 0xE000)) {
      length = 3;
    } else if (lead >= 0xC2 && lead < 0xE0 && size - i >= 2 && trail(1) < 0x40) {
      code_point = (lead & 0x1Fu) << 6 | trail(1);
      length = 2;
    } else {
      int32_t decoded;
      length = DecodeUtf8(text.substr(i), &decoded);
      if (decoded < 0) {
        for (size_t k = 0; k < length; ++k) *out++ = bytes_[bytes[i + k]];
        i += length;
        before = 0;
        continue;
      }
      code_point = static_cast<uint32_t>(decoded);
    }
    const uint32_t entry = EntryOf(code_point);
    flags |= entry | (entry & before & kMark) << 1;
    before = entry;
    if (has_characters_ && (entry & kCodeMask) != 0) {
      *out++ = static_cast<uint16_t>(entry & kCodeMask);
    } else {
      for (size_t k = 0; k < length; ++k) *out++ = bytes_[bytes[i + k]];
    }
    i += length;
  }
  static_assert(kCheck == kMark << 1);
  *count = static_cast<size_t>(out - symbols);
  return flags;
}

}  // namespace corpusmill
