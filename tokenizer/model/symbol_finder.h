#ifndef CORPUSMILL_TOKENIZER_MODEL_SYMBOL_FINDER_H_
#define CORPUSMILL_TOKENIZER_MODEL_SYMBOL_FINDER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Finds the names of a vocabulary's control and user-defined symbols in text, from left to right,
/// the longest name first.
///
///   finder.Split("a<sep>b", encode, add);   // encode("a"), add(id of <sep>), encode("b")
///
/// Immutable, hence thread-safe.
class SymbolFinder {
 public:
  SymbolFinder() = default;
  explicit SymbolFinder(const Vocabulary& vocabulary);

  void Split(std::string_view text, const std::function<void(std::string_view)>& between,
             const std::function<void(uint32_t)>& symbol) const;

 private:
  /// Indexed by the first byte, longest names first.
  std::array<std::vector<std::pair<std::string, uint32_t>>, 256> names_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_SYMBOL_FINDER_H_
