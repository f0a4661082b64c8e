#ifndef CORPUSMILL_TOKENIZER_MODEL_TEXT_NORMALIZER_H_
#define CORPUSMILL_TOKENIZER_MODEL_TEXT_NORMALIZER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tokenizer/model/charsmap.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Does to text what a vocabulary's TextRules say, but for cutting it at newlines.
///
///   CM_ASSIGN_OR_RETURN(TextNormalizer normalizer, TextNormalizer::Create(vocabulary));
///   std::string out;
///   std::vector<size_t> origins;
///   normalizer.Normalize(text, &out, &origins);
///   // out.substr(a, b - a) comes from text.substr(origins[a], origins[b] - origins[a]).
///
/// Bytes that are not UTF-8 pass through, and text on both sides is normalised
/// alone, unless the rules replace them. Immutable, hence thread-safe; movable.
class TextNormalizer {
 public:
  /// kDataLoss when the charsmap is broken.
  static absl::StatusOr<TextNormalizer> Create(const TextRules& rules);

  /// Create(vocabulary.rules()); where these ask for it (find_user_defined),
  /// user-defined symbols in text stay as they are.
  static absl::StatusOr<TextNormalizer> Create(const Vocabulary& vocabulary);

  /// Create(rules), which are the vocabulary's but for the normalization.
  static absl::StatusOr<TextNormalizer> Create(const TextRules& rules,
                                               const Vocabulary& vocabulary);

  /// True when there is more to do than a Unicode normalization form.
  bool HasReplacements() const { return has_replacements_; }

  /// True when every text stays as it is.
  bool IsIdentity() const { return !has_replacements_ && form_ == Normalization::kNone; }

  /// Replaces *out by the text's normal form. `text` must not lie in *out.
  void Normalize(std::string_view text, std::string* out) const;

  /// Also where each byte of it comes from: (*origins)[i] is where the part of `text`
  /// begins that became byte i, and (*origins)[out->size()] where the rest begins that
  /// became nothing (text.size() when there is none). They never decrease, and lie at
  /// boundaries of characters.
  void Normalize(std::string_view text, std::string* out, std::vector<size_t>* origins) const;

 private:
  TextNormalizer() = default;

  /// One step of SentencePiece's normalisation: what the beginning of the text becomes.
  struct Part {
    std::string_view out;
    size_t length;  ///< Of the text that is consumed.
  };
  Part Next(std::string_view text) const;
  void Replace(std::string_view text, std::string* out, std::vector<size_t>* origins) const;

  TextRules rules_;  ///< Its charsmap is taken out.
  Normalization form_ = Normalization::kNone;
  bool has_replacements_ = false;  ///< Any of the rules after `normalization`.
  Charsmap charsmap_;
  std::vector<std::string> verbatim_;  ///< Strings that stay as they are; sorted.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_TEXT_NORMALIZER_H_
