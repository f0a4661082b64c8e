#include "tokenizer/formats/sentencepiece_lite.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "tokenizer/formats/sentencepiece.h"
#include "tokenizer/formats/sentencepiece_proto.h"

namespace corpusmill {
namespace {

using Proto = SentencePieceProto;

constexpr size_t kMaxPieceBytes = 4096;
constexpr size_t kBytes = 256;

std::string Quoted(std::string_view name) {
  std::string text;
  AppendJsonString(name, &text);
  return text;
}

/// Changes the file of VocabularyToSentencePiece.
class Writer {
 public:
  Writer(const Vocabulary& vocabulary, ConvertedModel model, Proto proto)
      : vocabulary_(vocabulary), model_(std::move(model)), proto_(std::move(proto)) {}

  absl::StatusOr<ConvertedModel> Write() {
    KeepUserDefinedBest();
    CM_RETURN_IF_ERROR(CheckPieces());
    RenameSymbols();
    std::vector<uint32_t> old_ids(proto_.pieces.size());
    std::iota(old_ids.begin(), old_ids.end(), 0);
    if (proto_.byte_fallback) PutBytesTogether(&old_ids);
    std::string map = "[";
    for (const uint32_t old_id : old_ids) {
      const std::optional<uint32_t> id = SourceId(old_id);
      model_.source_ids.push_back(id);
      map +=
          absl::StrFormat("%s%d", map.size() == 1 ? "" : ",", id.has_value() ? int64_t{*id} : -1);
    }
    model_.companions = {map + "]\n"};
    model_.bytes = proto_.Serialize();
    return std::move(model_);
  }

 private:
  /// Lite gives a user-defined symbol the score 0.1 · (bytes − 1), which is the best only if the
  /// scores of pieces are logarithms of probabilities, without a bonus per byte.
  void KeepUserDefinedBest() {
    const bool has_user_defined =
        std::any_of(proto_.pieces.begin(), proto_.pieces.end(),
                    [](const Proto::Piece& piece) { return piece.type == Proto::kUserDefined; });
    if (!has_user_defined || !vocabulary_.has_counts()) return;
    for (uint32_t id = 0; id < vocabulary_.size(); ++id) {
      if (vocabulary_[id].type != Vocabulary::Type::kPiece) continue;
      proto_.pieces[id].score = static_cast<float>(vocabulary_[id].score);
    }
  }

  static bool IsSymbol(const Proto::Piece& piece) {
    return piece.type == Proto::kControl || piece.type == Proto::kUnknown;
  }

  /// Byte symbols keep their names before pieces, and pieces before other symbols.
  absl::Status CheckPieces() {
    for (const Proto::Piece& piece : proto_.pieces) {
      if (piece.type == Proto::kByte) taken_.insert(piece.piece);
    }
    const std::unordered_set<std::string> bytes = taken_;
    for (size_t id = 0; id < proto_.pieces.size(); ++id) {
      Proto::Piece& piece = proto_.pieces[id];
      if (piece.piece.size() > kMaxPieceBytes) {
        return UsageError(absl::StrFormat("the piece %d has %d bytes; SentencePiece Lite takes %d",
                                          id, piece.piece.size(), kMaxPieceBytes));
      }
      if (piece.type == Proto::kByte || IsSymbol(piece)) continue;
      if (bytes.contains(piece.piece)) {
        model_.Note("pieces are spelled like byte symbols, and are never found in text there",
                    Quoted(piece.piece));
        piece = {absl::StrFormat("<unusable %d>", id), 0, Proto::kUnused};
      }
      taken_.insert(piece.piece);
    }
    return absl::OkStatus();
  }

  void RenameSymbols() {
    for (Proto::Piece& piece : proto_.pieces) {
      if (!IsSymbol(piece)) continue;
      const std::string name = piece.piece;
      while (!taken_.insert(piece.piece).second) piece.piece += '_';
      if (piece.piece == name) continue;
      model_.Note("symbols have a _ after their names there, which are pieces", Quoted(name));
      for (std::string* const role :
           {&proto_.pad_piece, &proto_.bos_piece, &proto_.eos_piece, &proto_.unknown_piece}) {
        if (*role == name) *role = piece.piece;
      }
    }
  }

  /// Swaps entries until the byte symbols have consecutive ids, from that of 0x00 on if possible.
  /// (*old_ids)[id] becomes the former id.
  void PutBytesTogether(std::vector<uint32_t>* old_ids) {
    std::array<size_t, kBytes> ids{};
    for (size_t id = 0; id < proto_.pieces.size(); ++id) {
      if (proto_.pieces[id].type == Proto::kByte) ids[ByteOf(proto_.pieces[id])] = id;
    }
    const size_t first = std::min(ids[0], proto_.pieces.size() - kBytes);
    for (size_t byte = 0; byte < kBytes; ++byte) {
      const size_t from = ids[byte], to = first + byte;
      if (proto_.pieces[to].type == Proto::kByte) ids[ByteOf(proto_.pieces[to])] = from;
      std::swap(proto_.pieces[from], proto_.pieces[to]);
      std::swap((*old_ids)[from], (*old_ids)[to]);
    }
    std::vector<int32_t> new_ids(old_ids->size());
    for (size_t id = 0; id < old_ids->size(); ++id) {
      new_ids[(*old_ids)[id]] = static_cast<int32_t>(id);
    }
    for (int32_t* const role :
         {&proto_.unknown_id, &proto_.bos_id, &proto_.eos_id, &proto_.pad_id}) {
      if (*role >= 0) *role = new_ids[static_cast<size_t>(*role)];
    }
  }

  /// The byte of a byte symbol, such as "<0x0A>".
  static size_t ByteOf(const Proto::Piece& piece) {
    return std::stoul(piece.piece.substr(3, 2), nullptr, 16);
  }

  /// The vocabulary's id of an id of VocabularyToSentencePiece. After the vocabulary come the byte
  /// symbols of 0x01 to 0x7F, which stand for the vocabulary's bytes, and the unknown symbol.
  std::optional<uint32_t> SourceId(uint32_t id) const {
    if (id < vocabulary_.size()) return id;
    const uint32_t byte = id - vocabulary_.size() + 1;
    if (byte < 0x80) return Model::kFirstPieceId + byte;
    return std::nullopt;
  }

  const Vocabulary& vocabulary_;
  ConvertedModel model_;
  Proto proto_;
  std::unordered_set<std::string> taken_;
};

}  // namespace

absl::StatusOr<ConvertedModel> VocabularyToSentencePieceLite(const Vocabulary& vocabulary) {
  CM_ASSIGN_OR_RETURN(ConvertedModel model, VocabularyToSentencePiece(vocabulary));
  CM_ASSIGN_OR_RETURN(Proto proto, Proto::Parse(model.bytes, "model"));
  return Writer(vocabulary, std::move(model), std::move(proto)).Write();
}

}  // namespace corpusmill
