#ifndef CORPUSMILL_TOKENIZER_MODEL_VOCABULARY_H_
#define CORPUSMILL_TOKENIZER_MODEL_VOCABULARY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/text/unicode.h"
#include "tokenizer/model/model.h"

namespace corpusmill {

/// How text is prepared for segmentation.
struct TextRules {
  /// NFC for BytePiece. kNone changes nothing, so decoding returns the original bytes.
  Normalization normalization = Normalization::kNfc;
  /// Segments each line separately, with the newlines after it, so that no piece crosses into the
  /// next line (BytePiece's rule). If false, segments the text as a whole.
  bool cut_at_newlines = true;

  // SentencePiece's rules, applied in this order instead of `normalization`, which is then kNone.
  // All off for BytePiece.
  /// Replaces each invalid UTF-8 byte by U+FFFD.
  bool replace_invalid_utf8 = false;
  /// SentencePiece's precompiled_charsmap: a Darts double array of UTF-8 strings and the
  /// replacement of the longest match at each position. Empty: none.
  std::string charsmap;
  /// Collapses runs of spaces to one and strips them at both ends (remove_extra_whitespaces).
  bool collapse_spaces = false;
  /// Prepends a space unless the text is empty.
  bool add_dummy_prefix = false;
  /// Appends a space unless the text is empty (treat_whitespace_as_suffix).
  bool add_dummy_suffix = false;
  /// Treats U+2581 (▁) in text as a space, as in SentencePiece's pieces.
  bool lower_block_is_space = false;
  /// Matches user-defined symbols in all text, and protects them from the rules above except those
  /// for spaces.
  bool find_user_defined = false;

  bool operator==(const TextRules&) const = default;
};

/// The entries of a tokenizer by id, and its text rules.
///
///   CM_ASSIGN_OR_RETURN(Model model, Model::Load("wiki.model"));
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
///   CM_RETURN_IF_ERROR(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<mask>"));
///   vocabulary[300].bytes;
///
/// Ids are dense from 0. In a BytePiece model, scores are ln count - ln Σcount with the C library's
/// logarithm; <pad>, <bos> and <eos> are 0, 1 and 2, unless ReservedSymbols chose others; and every
/// byte is a piece. Other models store
/// scores without counts. Immutable but for AddSymbol, hence thread-safe.
class Vocabulary {
 public:
  enum class Type : uint8_t {
    kPiece = 0,        ///< A byte string that text is segmented into.
    kControl = 1,      ///< A special token without bytes, never produced from text: <bos>.
    kUserDefined = 2,  ///< A byte string that is matched in text only on request.
    kUnknown = 3,      ///< An out-of-vocabulary character (<unk>).
    kByte = 4,         ///< One byte of an out-of-vocabulary character (byte fallback).
    kUnused = 5,       ///< A gap in the ids: never produced from text.
  };

  struct Entry {
    /// The bytes of the entry; for kControl and kUnknown, its name.
    std::string bytes;
    Type type = Type::kPiece;
    /// Natural logarithm of the probability. kPiece only.
    double score = 0;
    /// The count, at least 1; 0 if only the score is known.
    uint64_t count = 0;

    bool operator==(const Entry&) const = default;
  };

  /// Ids of the special tokens; absent if the vocabulary has none.
  struct Roles {
    std::optional<uint32_t> pad, bos, eos, unknown;
    bool operator==(const Roles&) const = default;
  };

  /// Builds the vocabulary of a BytePiece model.
  static absl::StatusOr<Vocabulary> FromModel(const Model& model);

  /// Builds a vocabulary of any other kind; entries are in order of ids. kDataLoss, naming the
  /// entry, if it is empty, a score is not finite, a piece or byte is a duplicate or too long, or a
  /// role's id does not exist. Also if some text would have no segmentation: a byte is neither a
  /// piece nor kByte, and there is no unknown symbol.
  static absl::StatusOr<Vocabulary> FromEntries(std::vector<Entry> entries, const Roles& roles,
                                                TextRules rules);

  /// Restores a Vocabulary, for instance from a file. Checks what its use needs, but not for
  /// duplicate pieces.
  static absl::StatusOr<Vocabulary> FromParts(std::vector<Entry> entries, const Roles& roles,
                                              TextRules rules, bool has_counts);

  /// Returns the BytePiece model of this vocabulary. kInvalidArgument, with the reason, if it has
  /// other symbols than <pad>, <bos> and <eos> as 0, 1 and 2, unused ids, or scores without counts.
  absl::StatusOr<Model> ToModel() const;

  /// Appends a symbol of type kControl or kUserDefined, with the next id. kInvalidArgument if the
  /// name is empty or taken by another symbol.
  absl::Status AddSymbol(Type type, std::string_view name);

  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  /// REQUIRES: id < size().
  const Entry& operator[](uint32_t id) const { return entries_[id]; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Roles& roles() const { return roles_; }
  /// True if the id is one of roles().
  bool HasRole(uint32_t id) const;
  const TextRules& rules() const { return rules_; }
  /// True if the counts are known: a BytePiece model, possibly with other symbols.
  bool has_counts() const { return has_counts_; }

  /// The decoded bytes of the id: empty for kControl, U+FFFD for kUnknown.
  std::string_view DecodedBytes(uint32_t id) const;
  /// As DecodedBytes, but the name of a kControl.
  std::string_view SpelledBytes(uint32_t id) const;

  /// The id of the control or user-defined symbol with this name. kInvalidArgument, naming symbols
  /// of the vocabulary, if there is none.
  absl::StatusOr<uint32_t> SymbolId(std::string_view name) const;

  bool operator==(const Vocabulary&) const = default;

 private:
  Vocabulary() = default;

  std::vector<Entry> entries_;
  Roles roles_;
  TextRules rules_;
  bool has_counts_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_VOCABULARY_H_
