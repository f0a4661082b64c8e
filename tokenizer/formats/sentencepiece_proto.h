#ifndef CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_PROTO_H_
#define CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_PROTO_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// The fields that Corpusmill uses of a SentencePiece `.model` file, which is the message
/// ModelProto of sentencepiece_model.proto. The field numbers are in the .cc.
///
///   CM_ASSIGN_OR_RETURN(SentencePieceProto proto, SentencePieceProto::Parse(bytes, "t5.model"));
///   proto.pieces[3].piece;   // "▁"
///   WriteStringToFile("copy.model", proto.Serialize(), {});
///
/// Defaults are those of the message. Other fields, which describe the training, are ignored.
struct SentencePieceProto {
  enum Type : uint32_t {
    kNormal = 1,
    kUnknown = 2,
    kControl = 3,
    kUserDefined = 4,
    kUnused = 5,
    kByte = 6,
  };
  struct Piece {
    std::string piece;
    float score = 0;
    uint32_t type = kNormal;
  };
  enum ModelType : uint32_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };

  std::vector<Piece> pieces;

  // trainer_spec
  uint32_t model_type = kUnigram;
  bool byte_fallback = false;
  bool treat_whitespace_as_suffix = false;
  std::string unknown_piece = "<unk>", bos_piece = "<s>", eos_piece = "</s>", pad_piece = "<pad>";
  /// -1 if there is none. The library uses the names; other readers use these ids.
  int32_t unknown_id = 0, bos_id = 1, eos_id = 2, pad_id = -1;

  // normalizer_spec
  std::string normalizer_name;
  std::string charsmap;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;

  /// denormalizer_spec, applied to decoded text.
  std::string denormalizer_charsmap;

  /// Safe for any bytes, with memory below a small multiple of their size. kDataLoss, with the
  /// position, if they are not a ModelProto.
  static absl::StatusOr<SentencePieceProto> Parse(std::string_view bytes, std::string_view name);

  std::string Serialize() const;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_SENTENCEPIECE_PROTO_H_
