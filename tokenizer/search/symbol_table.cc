#include "tokenizer/search/symbol_table.h"

#include <bit>
#include <cstring>

namespace corpusmill {
namespace {

/// Code points below these have at most two or three bytes of UTF-8.
constexpr uint32_t kTwoBytes = 0x800, kThreeBytes = 0x10000;

static_assert(std::endian::native == std::endian::little);

uint64_t LoadEight(const uint8_t* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

/// Packs the bytes of a character as out_of_vocabulary.h expects.
uint32_t Packed(const uint8_t* bytes, size_t length) {
  uint32_t packed = 0;
  std::memcpy(&packed, bytes, length);
  return packed;
}

}  // namespace

SymbolTable::SymbolTable(const MatchAutomaton& automaton, Normalization form)
    : has_characters_(automaton.has_characters()), entries_(size_t{1} << kPageBits) {
  bytes_.fill(1);  // A corrupt automaton may lack some; 0 is no code.
  const std::span<const uint32_t> symbols = automaton.symbols();
  for (size_t code = 1; code < symbols.size(); ++code) {
    const uint32_t symbol = symbols[code];
    if (symbol == MatchAutomaton::kOutOfVocabulary) {
      out_of_vocabulary_code_ = static_cast<uint16_t>(code);
      continue;
    }
    if (symbol >= MatchAutomaton::kByte) {
      bytes_[(symbol - MatchAutomaton::kByte) & 0xFF] = static_cast<uint16_t>(code);
      continue;
    }
    Entry(symbol) |= static_cast<uint32_t>(code);
    if (symbol < 0x80) bytes_[symbol] = static_cast<uint16_t>(code);
  }
  if (form != Normalization::kNone) {
    ForEachUnstableRange(form, [&](uint32_t first, uint32_t last, uint8_t combining_class) {
      const uint32_t flags =
          combining_class == 0 ? kCheck : uint32_t{combining_class} << kClassBits;
      for (uint32_t c = first; c <= last; ++c) Entry(c) |= flags;
    });
  }
  FillPlain();
}

void SymbolTable::FillPlain() {
  plain_.assign(kThreeBytes + kTwoBytes, kNotPlain);
  if (!has_characters_) return;
  const auto plain = [this](uint32_t code_point) {
    const uint32_t entry = EntryOf(code_point);
    if (entry == 0) return kPlainBytes;
    return entry < kPlainBytes ? static_cast<uint16_t>(entry) : kNotPlain;
  };
  for (uint32_t c = 0x80; c < kTwoBytes; ++c) plain_[kThreeBytes + c] = plain(c);
  for (uint32_t c = 0x800; c < kThreeBytes; ++c) {
    if (c < 0xD800 || c >= 0xE000) plain_[c] = plain(c);
  }
}

uint32_t& SymbolTable::Entry(uint32_t code_point) {
  uint16_t& page = pages_[code_point >> kPageBits];
  if (page == 0) {
    page = static_cast<uint16_t>(entries_.size() >> kPageBits);
    entries_.resize(entries_.size() + (size_t{1} << kPageBits));
  }
  return entries_[(size_t{page} << kPageBits) + (code_point & ((1 << kPageBits) - 1))];
}

bool SymbolTable::Convert(std::string_view text, uint16_t* symbols, size_t* count,
                          std::vector<uint32_t>* out_of_vocabulary) const {
  return (Run(text, symbols, count, out_of_vocabulary) & kCheck) == 0;
}

size_t SymbolTable::ConvertNormal(std::string_view text, uint16_t* symbols,
                                  std::vector<uint32_t>* out_of_vocabulary) const {
  size_t count;
  Run(text, symbols, &count, out_of_vocabulary);
  return count;
}

uint32_t SymbolTable::Run(std::string_view text, uint16_t* symbols, size_t* count,
                          std::vector<uint32_t>* out_of_vocabulary) const {
  if (out_of_vocabulary != nullptr) out_of_vocabulary->clear();
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t size = text.size();
  uint16_t* out = symbols;
  uint32_t flags = 0, before = 0;  // Combining class of the previous character.
  const uint16_t* const plain = plain_.data();
  for (size_t i = 0; i < size;) {
    // Fast path: eight bytes of ASCII at once, and plain characters of three and two bytes.
    for (; size - i >= 8; before = 0) {
      const uint64_t word = LoadEight(bytes + i);
      if ((word & 0x80) == 0) {
        if ((word & 0x8080808080808080) == 0) {
#pragma GCC unroll 8
          for (size_t k = 0; k < 8; ++k) *out++ = bytes_[bytes[i + k]];
          i += 8;
        } else {
          *out++ = bytes_[bytes[i++]];
        }
        continue;
      }
      uint16_t code = kNotPlain;
      size_t length = 3;
      if ((word & 0xC0C0F0) == 0x8080E0) {
        code = plain[(word & 0xF) << 12 | (word >> 2 & 0xFC0) | (word >> 16 & 0x3F)];
      } else if ((word & 0xC0E0) == 0x80C0) {
        code = plain[kThreeBytes + ((word & 0x1F) << 6 | (word >> 8 & 0x3F))];
        length = 2;
      }
      if (code < kPlainBytes) {
        *out++ = code;
      } else if (code == kPlainBytes && out_of_vocabulary != nullptr) {
        *out++ = out_of_vocabulary_code_;
        out_of_vocabulary->push_back(Packed(bytes + i, length));
      } else if (code == kPlainBytes) {
        for (size_t k = 0; k < length; ++k) *out++ = bytes_[bytes[i + k]];
      } else {
        break;
      }
      i += length;
    }
    if (i == size) break;
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
    const uint32_t combining_class = entry >> kClassBits;
    flags |= entry;
    if (combining_class != 0 && before > combining_class) flags |= kCheck;
    before = combining_class;
    if (has_characters_ && (entry & kCodeMask) != 0) {
      *out++ = static_cast<uint16_t>(entry & kCodeMask);
    } else if (has_characters_ && out_of_vocabulary != nullptr) {
      *out++ = out_of_vocabulary_code_;
      out_of_vocabulary->push_back(Packed(bytes + i, length));
    } else {
      for (size_t k = 0; k < length; ++k) *out++ = bytes_[bytes[i + k]];
    }
    i += length;
  }
  *count = static_cast<size_t>(out - symbols);
  return flags;
}

}  // namespace corpusmill
