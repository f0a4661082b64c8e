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

/// SentencePiece's precompiled_charsmap: strings and their replacements.
///
///   CM_ASSIGN_OR_RETURN(Charsmap map, Charsmap::Parse(rules.charsmap));
///   std::string_view replacement;
///   const size_t length = map.LongestMatch(text, &replacement);   // 0: no rule
///
/// The blob is a little-endian u32, the size in bytes of a Darts double array
/// (github.com/s-yata/darts-clone), that array of u32 units, and the replacements, each ending with
/// a NUL. The values in the array are offsets into the replacements. Any blob is safe to use: every
/// access is checked. Immutable, hence thread-safe.
class Charsmap {
 public:
  /// No rules.
  Charsmap() = default;

  /// kDataLoss when the sizes do not add up or a replacement is longer than
  /// kMaxReplacementBytes. An empty blob has no rules.
  static absl::StatusOr<Charsmap> Parse(std::string_view blob);

  /// Keeps hostile rules from expanding a short text without limit. Real replacements have at most
  /// 36 bytes.
  static constexpr size_t kMaxReplacementBytes = 1024;

  bool empty() const { return units_.empty(); }

  /// Returns the length of the longest string of the map that is a prefix of `text`, 0 if there is
  /// none. Considers only the 32 shortest prefixes, as SentencePiece does.
  size_t LongestMatch(std::string_view text, std::string_view* replacement) const;

 private:
  std::vector<uint32_t> units_;
  std::string replacements_;
};

/// Serializes the rules. kInvalidArgument if a string is empty, longer than its limit or contains a
/// NUL, or if the double array exceeds 2^21 units (8 MiB).
absl::StatusOr<std::string> BuildCharsmap(const std::map<std::string, std::string>& rules);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_CHARSMAP_H_
