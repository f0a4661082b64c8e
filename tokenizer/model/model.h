#ifndef CORPUSMILL_TOKENIZER_MODEL_MODEL_H_
#define CORPUSMILL_TOKENIZER_MODEL_MODEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// One entry of a vocabulary: a byte string and how often it was counted.
struct Piece {
  std::string bytes;
  uint64_t count = 0;
};

/// A BytePiece vocabulary: byte strings with counts, from which a Unigram model
/// takes its probabilities, log p = ln count - ln Σcount.
///
///   CM_ASSIGN_OR_RETURN(Model model, Model::Load("wiki.model"));
///   const Piece& first = model.pieces()[0];   // the byte 0x00, id 3
///   CM_RETURN_IF_ERROR(WriteStringToFile("copy.model", model.Serialize(), {}));
///
/// Always true of a Model: pieces are in order of (length, bytes) without
/// duplicates; all 256 single bytes are there, so every byte string can be
/// encoded, and are ids 3 to 258; every count is in [1, 2^63], their sum below
/// 2^64. Immutable, hence thread-safe.
///
/// The file is BytePiece's (github.com/bojone/bytepiece), byte for byte: JSON
/// `{base64(piece): [id, text, count], …}`, where text is the piece without the
/// bytes that are not UTF-8, there for people to read.
class Model {
 public:
  /// Ids of the implicit symbols, which stand for no bytes.
  static constexpr uint32_t kPadId = 0;
  static constexpr uint32_t kBosId = 1;
  static constexpr uint32_t kEosId = 2;
  /// pieces()[i] has the id i + kFirstPieceId.
  static constexpr uint32_t kFirstPieceId = 3;

  /// Reads a model file's content; `name` is for messages. kDataLoss, saying
  /// which entry is wrong and how, for anything but a whole and valid model.
  /// Accepts any order of the entries as long as the ids are those of the order
  /// above; does not look at the readable text beyond its being a string.
  static absl::StatusOr<Model> Parse(std::string_view json, std::string_view name);

  /// Parse of a file, which may be compressed. "-" is standard input.
  static absl::StatusOr<Model> Load(const std::string& path);

  /// A model of these pieces, in any order. kDataLoss when a piece is empty, a
  /// duplicate or longer than kMaxPieceBytes, a single byte is missing, or a
  /// count or their sum is out of range.
  static absl::StatusOr<Model> FromPieces(std::vector<Piece> pieces);

  /// The longest piece a model may have; far above what training makes.
  static constexpr size_t kMaxPieceBytes = 1 << 16;

  /// The model file: what the reference's json.dump(indent=4,
  /// ensure_ascii=False) writes, with no newline at the end.
  std::string Serialize() const;

  /// In order of (length, bytes).
  const std::vector<Piece>& pieces() const { return pieces_; }

  /// Ids are below this: the pieces and the three implicit symbols.
  uint32_t vocab_size() const { return static_cast<uint32_t>(pieces_.size()) + kFirstPieceId; }

  /// Sum of all counts.
  uint64_t total_count() const { return total_count_; }

  /// Length in bytes of the longest piece.
  size_t max_piece_length_bytes() const { return pieces_.back().bytes.size(); }

  /// True when every piece of several bytes is valid UTF-8, as training with
  /// ensure_unicode makes them: then the tokens of valid text are whole
  /// characters or single bytes. Looks at every piece.
  bool IsUnicode() const;

 private:
  Model(std::vector<Piece> pieces, uint64_t total_count)
      : pieces_(std::move(pieces)), total_count_(total_count) {}

  std::vector<Piece> pieces_;
  uint64_t total_count_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_MODEL_H_
