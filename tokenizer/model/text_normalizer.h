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

/// Applies a vocabulary's TextRules to text, except for the cuts at newlines.
///
///   CM_ASSIGN_OR_RETURN(TextNormalizer normalizer, TextNormalizer::Create(vocabulary));
///   std::string out;
///   std::vector<size_t> origins;
///   normalizer.Normalize(text, &out, &origins);
///   // out.substr(a, b - a) comes from text.substr(origins[a], origins[b] - origins[a]).
///
/// Invalid UTF-8 passes through unless the rules replace it; the text on each side is normalised
/// separately. Immutable, hence thread-safe; movable.
class TextNormalizer {
 public:
  /// kDataLoss if the charsmap is malformed.
  static absl::StatusOr<TextNormalizer> Create(const TextRules& rules);

  /// As Create(vocabulary.rules()). With find_user_defined, user-defined symbols in text stay
  /// unchanged.
  static absl::StatusOr<TextNormalizer> Create(const Vocabulary& vocabulary);

  /// As Create(vocabulary), with `rules`, which may differ from the vocabulary's in
  /// `normalization`.
  static absl::StatusOr<TextNormalizer> Create(const TextRules& rules,
                                               const Vocabulary& vocabulary);

  /// True if the rules do more than apply a Unicode normalization form.
  bool HasReplacements() const { return has_replacements_; }

  /// True if the rules change no text.
  bool IsIdentity() const { return !has_replacements_ && form_ == Normalization::kNone; }

  /// Sets *out to the normalised text. `text` must not alias *out.
  void Normalize(std::string_view text, std::string* out) const;

  /// Also sets (*origins)[i] to the offset in `text` of the source of byte i.
  /// (*origins)[out->size()] is the offset of the trailing text that was removed, or text.size().
  /// Offsets are nondecreasing and lie at character boundaries.
  void Normalize(std::string_view text, std::string* out, std::vector<size_t>* origins) const;

 private:
  TextNormalizer() = default;

  /// One step of SentencePiece's normalisation: the replacement of a prefix of the text.
  struct Part {
    std::string_view out;
    size_t length;  ///< Bytes of text consumed.
  };
  Part Next(std::string_view text) const;
  void Replace(std::string_view text, std::string* out, std::vector<size_t>* origins) const;

  TextRules rules_;  ///< Without the charsmap, which is in charsmap_.
  Normalization form_ = Normalization::kNone;
  bool has_replacements_ = false;  ///< Any of SentencePiece's rules is set.
  Charsmap charsmap_;
  std::vector<std::string> verbatim_;  ///< User-defined symbols to keep, sorted.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_TEXT_NORMALIZER_H_
