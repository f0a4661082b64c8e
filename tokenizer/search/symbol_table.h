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

/// Turns text into the symbols of an automaton, and sees on the way whether the text
/// is normalised already, as most is.
///
///   SymbolTable table(automaton, Normalization::kNfc);
///   std::vector<uint16_t> symbols(text.size());
///   size_t count;
///   if (!table.Convert(text, symbols.data(), &count)) …;   // normalise it first
///
/// Two tables: the codes of what characters of two and three bytes say plainly, flat, 132 KiB;
/// and all that is to be known of a code point, in two levels, about 1 KiB for each 256
/// characters in use. Immutable, hence thread-safe.
class SymbolTable {
 public:
  SymbolTable() = default;
  /// Copies what it needs of the automaton. With Normalization::kNone all text is normal.
  SymbolTable(const MatchAutomaton& automaton, Normalization form);

  /// Writes the codes of all of the text, at most one for each byte. With `strangers`,
  /// characters that no piece has are symbols, too, and it becomes the list of them, as
  /// out_of_vocabulary.h says; else their bytes are. False, with nothing of use written, when the
  /// text may not be in normal form: when it has characters that the form changes or that may join
  /// the one before, or marks in another order than that of their classes.
  bool Convert(std::string_view text, uint16_t* symbols, size_t* count,
               std::vector<uint32_t>* out_of_vocabulary = nullptr) const;

  /// Convert of text that is in normal form, or not UTF-8.
  size_t ConvertNormal(std::string_view text, uint16_t* symbols,
                       std::vector<uint32_t>* out_of_vocabulary = nullptr) const;

 private:
  static constexpr size_t kPageBits = 8;
  static constexpr uint32_t kCodeMask = 0xFFFF;
  static constexpr uint32_t kCheck = 1u << 16;  ///< Ask the normaliser.
  static constexpr int kClassBits = 17;         ///< Its combining class, from this bit on.

  /// The codes, and kCheck if it was met or marks are not in the order of their classes.
  uint32_t Run(std::string_view text, uint16_t* symbols, size_t* count,
               std::vector<uint32_t>* out_of_vocabulary) const;
  uint32_t EntryOf(uint32_t code_point) const {
    return entries_[(size_t{pages_[code_point >> kPageBits]} << kPageBits) +
                    (code_point & ((1 << kPageBits) - 1))];
  }
  uint32_t& Entry(uint32_t code_point);
  void FillPlain();

  /// Of a character with no flags: its code, or this if its bytes are symbols.
  static constexpr uint16_t kPlainBytes = 0xFFFE;
  /// Of what has flags, or is no character of so many bytes.
  static constexpr uint16_t kNotPlain = 0xFFFF;

  bool has_characters_ = false;
  std::array<uint16_t, 256> bytes_{};    ///< The codes of bytes that are symbols.
  uint16_t out_of_vocabulary_code_ = 1;  ///< The code of kOutOfVocabulary.
  std::array<uint16_t, (0x110000 >> kPageBits)> pages_{};
  std::vector<uint32_t> entries_;  ///< Pages of codes and flags; the first is empty.
  std::vector<uint16_t> plain_;    ///< By code point, of three bytes; then of two bytes.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_SYMBOL_TABLE_H_
