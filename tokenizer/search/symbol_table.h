#ifndef CORPUSMILL_TOKENIZER_SEARCH_SYMBOL_TABLE_H_
#define CORPUSMILL_TOKENIZER_SEARCH_SYMBOL_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "corpus/text/unicode.h"
#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// Converts text to the symbols of an automaton, and checks whether the text is already normalised,
/// as most is.
///
///   SymbolTable table(automaton, Normalization::kNfc);
///   std::vector<uint16_t> symbols(text.size());
///   size_t count;
///   if (!table.Convert(text, symbols.data(), &count)) …;   // normalise it first
///
/// Has a flat table of 132 KiB with the codes of plain characters of two and three bytes, and a
/// two-level table with all properties of a code point, about 1 KiB per 256 characters in use.
/// Immutable, hence thread-safe.
class SymbolTable {
 public:
  SymbolTable() = default;
  /// Keeps no reference to the automaton. With Normalization::kNone all text is normal.
  SymbolTable(const MatchAutomaton& automaton, Normalization form);

  /// Writes the codes of the text, at most one per byte. With `out_of_vocabulary`, an
  /// out-of-vocabulary character becomes one symbol and is appended to the list (see
  /// out_of_vocabulary.h); otherwise its bytes become symbols. Returns false, with unusable output,
  /// if the text may not be in normal form: if it has characters that the form changes or that may
  /// combine with the previous one, or marks not in the order of their combining classes.
  bool Convert(std::string_view text, uint16_t* symbols, size_t* count,
               std::vector<uint32_t>* out_of_vocabulary = nullptr) const;

  /// As Convert, for text in normal form or invalid UTF-8.
  size_t ConvertNormal(std::string_view text, uint16_t* symbols,
                       std::vector<uint32_t>* out_of_vocabulary = nullptr) const;

 private:
  static constexpr size_t kPageBits = 8;
  static constexpr uint32_t kCodeMask = 0xFFFF;
  static constexpr uint32_t kCheck = 1u << 16;  ///< The text may need normalisation.
  static constexpr int kClassBits = 17;         ///< First bit of the combining class.

  /// Writes the codes. Returns kCheck if a character has it, or if marks are not in the order of
  /// their combining classes.
  uint32_t Run(std::string_view text, uint16_t* symbols, size_t* count,
               std::vector<uint32_t>* out_of_vocabulary) const;
  uint32_t EntryOf(uint32_t code_point) const {
    return entries_[(size_t{pages_[code_point >> kPageBits]} << kPageBits) +
                    (code_point & ((1 << kPageBits) - 1))];
  }
  uint32_t& Entry(uint32_t code_point);
  void FillPlain();

  /// Entry of an out-of-vocabulary character without flags. Other characters without flags have
  /// their code.
  static constexpr uint16_t kPlainBytes = 0xFFFE;
  /// Entry of a character with flags, or of an invalid one.
  static constexpr uint16_t kNotPlain = 0xFFFF;

  bool has_characters_ = false;
  std::array<uint16_t, 256> bytes_{};    ///< Codes of single bytes.
  uint16_t out_of_vocabulary_code_ = 1;  ///< The code of kOutOfVocabulary.
  std::array<uint16_t, (0x110000 >> kPageBits)> pages_{};
  std::vector<uint32_t> entries_;  ///< Pages of codes and flags; the first is empty.
  std::vector<uint16_t> plain_;    ///< By code point: first of three bytes, then of two bytes.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_SYMBOL_TABLE_H_
