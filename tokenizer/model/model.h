#ifndef CORPUSMILL_TOKENIZER_MODEL_MODEL_H_
#define CORPUSMILL_TOKENIZER_MODEL_MODEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// A vocabulary entry: a byte string and its count.
struct Piece {
  std::string bytes;
  uint64_t count = 0;
};

/// A BytePiece vocabulary: byte strings with counts. The Unigram probabilities are log p = ln count
/// - ln Σcount.
///
///   CM_ASSIGN_OR_RETURN(Model model, Model::Load("wiki.model"));
///   const Piece& first = model.pieces()[0];   // the byte 0x00, id 3
///   CM_RETURN_IF_ERROR(WriteStringToFile("copy.model", model.Serialize(), {}));
///
/// Invariants: pieces are distinct and sorted by (length, bytes). All 256 single bytes are present
/// as ids 3 to 258, so every byte string can be encoded. Every count is in [1, 2^63], and their sum
/// is below 2^64. Immutable, hence thread-safe.
///
/// The file is BytePiece's (github.com/bojone/bytepiece), byte for byte: JSON `{base64(piece): [id,
/// text, count], …}`, where text is the piece without invalid UTF-8, for people to read.
class Model {
 public:
  /// Ids of the implicit special tokens, which decode to nothing.
  static constexpr uint32_t kPadId = 0;
  static constexpr uint32_t kBosId = 1;
  static constexpr uint32_t kEosId = 2;
  /// pieces()[i] has the id i + kFirstPieceId.
  static constexpr uint32_t kFirstPieceId = 3;

  /// Parses a model file's content; `name` appears in messages. kDataLoss, naming the entry and its
  /// fault, unless the model is complete and valid. Entries may be in any order if their ids follow
  /// the order above. The readable text may be any string.
  static absl::StatusOr<Model> Parse(std::string_view json, std::string_view name);

  /// Parses a file, which may be compressed. "-" is standard input.
  static absl::StatusOr<Model> Load(const std::string& path);

  /// Builds a model of pieces in any order. kDataLoss if a piece is empty, a duplicate or longer
  /// than kMaxPieceBytes, if a single byte is missing, or if a count or the sum of counts is out of
  /// range.
  static absl::StatusOr<Model> FromPieces(std::vector<Piece> pieces);

  /// Maximum length of a piece, far above what training produces.
  static constexpr size_t kMaxPieceBytes = 1 << 16;

  /// Returns the model file: the output of BytePiece's json.dump(indent=4, ensure_ascii=False),
  /// without a final newline.
  std::string Serialize() const;

  /// In order of (length, bytes).
  const std::vector<Piece>& pieces() const { return pieces_; }

  /// Number of ids: the pieces and the three implicit special tokens.
  uint32_t vocab_size() const { return static_cast<uint32_t>(pieces_.size()) + kFirstPieceId; }

  /// Sum of all counts.
  uint64_t total_count() const { return total_count_; }

  /// Length in bytes of the longest piece.
  size_t max_piece_length_bytes() const { return pieces_.back().bytes.size(); }

  /// True if every piece of several bytes is valid UTF-8, as after training with ensure_unicode.
  /// Tokens of valid text are then whole characters or single bytes. Linear in the vocabulary.
  bool IsUnicode() const;

 private:
  Model(std::vector<Piece> pieces, uint64_t total_count)
      : pieces_(std::move(pieces)), total_count_(total_count) {}

  std::vector<Piece> pieces_;
  uint64_t total_count_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_MODEL_H_
