#ifndef CORPUSMILL_TOKENIZER_ENCODE_SYMBOL_NAMES_H_
#define CORPUSMILL_TOKENIZER_ENCODE_SYMBOL_NAMES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "corpus/base/reporter.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

/// Counts the names of symbols in text that is encoded without matching symbols: a chat corpus
/// whose <|im_start|> becomes several pieces deserves a warning.
///
///   SymbolNames names;
///   names.Count(tokenizer, text);
///   names.Warn(tokenizer.vocabulary(), reporter);
///
/// Does not count user-defined symbols that the vocabulary's rules find in all text. Takes little
/// time beside the encoding. Not thread-safe: use one per thread, and Add them up.
class SymbolNames {
 public:
  void Count(const Tokenizer& tokenizer, std::string_view text);
  void Add(const SymbolNames& other);

  /// The number of names, by the symbols' ids.
  const std::map<uint32_t, uint64_t>& counts() const { return counts_; }

  /// A warning with the count and the most frequent names; empty if there are none.
  std::string Warning(const Vocabulary& vocabulary) const;

  /// Logs the warning, if there is one.
  void Warn(const Vocabulary& vocabulary, Reporter& reporter) const;

 private:
  std::map<uint32_t, uint64_t> counts_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_SYMBOL_NAMES_H_
