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

/// How text becomes the bytes that are segmented.
struct TextRules {
  /// BytePiece's is NFC. kNone changes nothing: decoding gives back the text's bytes.
  Normalization normalization = Normalization::kNfc;
  /// No piece crosses from a run of newlines to the next line, and each line is
  /// segmented by itself: BytePiece's rule. Off, the text is segmented as a whole.
  bool cut_at_newlines = true;

  // What SentencePiece models ask for, applied in this order in place of
  // `normalization` (kNone there). All off for BytePiece.
  /// Bytes that are not UTF-8 become U+FFFD.
  bool replace_invalid_utf8 = false;
  /// SentencePiece's precompiled_charsmap: a Darts double array over UTF-8
  /// strings, and what the longest match at each position becomes. Empty = none.
  std::string charsmap;
  /// Runs of spaces become one; those at both ends go.
  bool collapse_spaces = false;
  /// A space is put before the text, unless it is empty.
  bool add_dummy_prefix = false;
  /// A space is put after the text, unless it is empty.
  bool add_dummy_suffix = false;
  /// U+2581 in text counts as a space, which is how it stands in SentencePiece's pieces.
  bool lower_block_is_space = false;
  /// User-defined symbols are found in all text, and stay as they are through the
  /// rules above, spaces aside.
  bool find_user_defined = false;

  bool operator==(const TextRules&) const = default;
};

/// What each id of a tokenizer stands for, and the rules for the text before.
///
///   CM_ASSIGN_OR_RETURN(Model model, Model::Load("wiki.model"));
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
///   CM_RETURN_IF_ERROR(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<mask>"));
///   vocabulary[300].bytes;
///
/// Ids are dense from 0. A BytePiece model is one kind of it: scores are
/// ln count - ln Σcount with the C library's logarithm, <pad>, <bos> and <eos>
/// are 0, 1 and 2, and every byte is a piece. Others have scores of their own.
/// Immutable but for AddSymbol, hence thread-safe.
class Vocabulary {
 public:
  enum class Type : uint8_t {
    kPiece = 0,        ///< A byte string that text is segmented into.
    kControl = 1,      ///< Stands for no bytes, and text never gives it: <bos>.
    kUserDefined = 2,  ///< A byte string that is found in text on request only.
    kUnknown = 3,      ///< Stands for a character that no piece covers.
    kByte = 4,         ///< One byte of a character that no piece covers.
    kUnused = 5,       ///< A hole in the ids: a byte string that text never gives.
  };

  struct Entry {
    /// What it stands for; the name of a symbol of type kControl or kUnknown.
    std::string bytes;
    Type type = Type::kPiece;
    /// Natural logarithm of the probability; of kPiece only.
    double score = 0;
    /// How often it was counted, at least 1; 0 when only the score is known.
    uint64_t count = 0;

    bool operator==(const Entry&) const = default;
  };

  /// What entries mean; absent when there is no such symbol.
  struct Roles {
    std::optional<uint32_t> pad, bos, eos, unknown;
    bool operator==(const Roles&) const = default;
  };

  /// A BytePiece model's.
  static absl::StatusOr<Vocabulary> FromModel(const Model& model);

  /// Any other, by id. kDataLoss, naming the entry, when it is empty, a score is
  /// not finite, a piece or a byte is there twice or too long, a role's id does not
  /// exist, or some text would have no segmentation: bytes that are neither a piece
  /// nor kByte, without an unknown symbol.
  static absl::StatusOr<Vocabulary> FromEntries(std::vector<Entry> entries, const Roles& roles,
                                                TextRules rules);

  /// One that was a Vocabulary before, such as a file holds it: checked as far as its
  /// use needs it, not for pieces that are there twice.
  static absl::StatusOr<Vocabulary> FromParts(std::vector<Entry> entries, const Roles& roles,
                                              TextRules rules, bool has_counts);

  /// The BytePiece model this was made from. kInvalidArgument, saying why, for a
  /// vocabulary with symbols that were added, or with scores of its own.
  absl::StatusOr<Model> ToModel() const;

  /// Appends a symbol of type kControl or kUserDefined; its id is size() before.
  /// kInvalidArgument when the name is empty or another symbol's.
  absl::Status AddSymbol(Type type, std::string_view name);

  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  /// REQUIRES: id < size().
  const Entry& operator[](uint32_t id) const { return entries_[id]; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Roles& roles() const { return roles_; }
  const TextRules& rules() const { return rules_; }
  /// Counts are known: it is a BytePiece model, perhaps with more symbols.
  bool has_counts() const { return has_counts_; }

  /// The bytes that the id adds to decoded text: none for kControl; U+FFFD for kUnknown.
  std::string_view DecodedBytes(uint32_t id) const;

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
