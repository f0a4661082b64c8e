#ifndef CORPUSMILL_TOKENIZER_MODEL_CHARSMAP_H_
#define CORPUSMILL_TOKENIZER_MODEL_CHARSMAP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// SentencePiece's precompiled_charsmap: strings of text, and what each becomes.
///
///   CM_ASSIGN_OR_RETURN(Charsmap map, Charsmap::Parse(rules.charsmap));
///   std::string_view replacement;
///   const size_t length = map.LongestMatch(text, &replacement);   // 0: no rule
///
/// The blob is a little-endian u32, the size in bytes of a Darts double array
/// (github.com/s-yata/darts-clone), that array of u32 units, and the replacements,
/// each ending with a NUL; the values in the array are offsets among them. Any
/// blob is safe to use: every access is checked. Immutable, hence thread-safe.
class Charsmap {
 public:
  /// No rules.
  Charsmap() = default;

  /// kDataLoss when the sizes do not add up or a replacement is longer than
  /// kMaxReplacementBytes. An empty blob has no rules.
  static absl::StatusOr<Charsmap> Parse(std::string_view blob);

  /// So that hostile rules cannot make much of little text; real ones have 36 at most.
  static constexpr size_t kMaxReplacementBytes = 1024;

  bool empty() const { return units_.empty(); }

  /// Length of the longest string of the map that `text` begins with, 0 when there is
  /// none. As in SentencePiece, of more than 32 such strings the shortest 32 count.
  size_t LongestMatch(std::string_view text, std::string_view* replacement) const;

 private:
  std::vector<uint32_t> units_;
  std::string replacements_;
};

/// The blob for these rules. kInvalidArgument when one is empty, longer than its
/// limit or holds a NUL, or when they need more than 2^21 units (8 MiB).
absl::StatusOr<std::string> BuildCharsmap(const std::map<std::string, std::string>& rules);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_CHARSMAP_H_
