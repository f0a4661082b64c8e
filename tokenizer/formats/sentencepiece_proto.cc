#include "tokenizer/formats/sentencepiece_proto.h"

#include <bit>
#include <functional>
#include <limits>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace corpusmill {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// Field numbers of ModelProto and its submessages.
constexpr uint32_t kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3, kDenormalizerSpec = 5;
constexpr uint32_t kPiece = 1, kScore = 2, kType = 3;
constexpr uint32_t kModelType = 3, kVocabSize = 4, kSplitByUnicodeScript = 21,
                   kWhitespaceAsSuffix = 24, kByteFallback = 35, kUnknownId = 40, kBosId = 41,
                   kEosId = 42, kPadId = 43, kUnknownPiece = 45, kBosPiece = 46, kEosPiece = 47,
                   kPadPiece = 48;
constexpr uint32_t kName = 1, kCharsmap = 2, kAddDummyPrefix = 3, kRemoveExtraWhitespaces = 4,
                   kEscapeWhitespaces = 5;

/// The value of a field.
struct Value {
  WireType type;
  uint64_t number = 0;     ///< For kVarint, kFixed32 and kFixed64.
  std::string_view bytes;  ///< For kLengthDelimited.
};

/// Calls `use` for each field of a message until it returns false. Returns false if the message is
/// malformed or `use` returned false.
bool ForEachField(std::string_view message,
                  const std::function<bool(uint32_t, const Value&)>& use) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()),
                      static_cast<int>(message.size()));
  while (static_cast<size_t>(in.CurrentPosition()) < message.size()) {
    uint32_t tag, length;
    if (!in.ReadVarint32(&tag) || tag >> 3 == 0) return false;
    Value value{.type = static_cast<WireType>(tag & 7)};
    switch (value.type) {
      case kVarint:
        if (!in.ReadVarint64(&value.number)) return false;
        break;
      case kFixed64:
        if (!in.ReadLittleEndian64(&value.number)) return false;
        break;
      case kFixed32:
        if (!in.ReadLittleEndian32(&length)) return false;
        value.number = length;
        break;
      case kLengthDelimited: {
        if (!in.ReadVarint32(&length)) return false;
        const size_t at = static_cast<size_t>(in.CurrentPosition());
        if (length > message.size() - at) return false;
        value.bytes = message.substr(at, length);
        if (!in.Skip(static_cast<int>(length))) return false;
        break;
      }
      default:  // ModelProto has no groups.
        return false;
    }
    if (!use(tag >> 3, value)) return false;
  }
  return true;
}

// Setters. Return false if the field has another wire type.
bool Set(const Value& value, std::string* target) {
  target->assign(value.bytes);
  return value.type == kLengthDelimited;
}
bool Set(const Value& value, bool* target) {
  *target = value.number != 0;
  return value.type == kVarint;
}
bool Set(const Value& value, uint32_t* target) {
  *target = static_cast<uint32_t>(value.number);
  return value.type == kVarint;
}
bool Set(const Value& value, int32_t* target) {
  *target = static_cast<int32_t>(value.number);
  return value.type == kVarint;
}
bool Set(const Value& value, float* target) {
  *target = std::bit_cast<float>(static_cast<uint32_t>(value.number));
  return value.type == kFixed32;
}

bool ParsePiece(std::string_view bytes, SentencePieceProto::Piece* piece) {
  return ForEachField(bytes, [piece](uint32_t field, const Value& value) {
    switch (field) {
      case kPiece:
        return Set(value, &piece->piece);
      case kScore:
        return Set(value, &piece->score);
      case kType:
        return Set(value, &piece->type);
      default:
        return true;
    }
  });
}

bool ParseTrainerSpec(std::string_view bytes, SentencePieceProto* proto) {
  return ForEachField(bytes, [proto](uint32_t field, const Value& value) {
    switch (field) {
      case kModelType:
        return Set(value, &proto->model_type);
      case kWhitespaceAsSuffix:
        return Set(value, &proto->treat_whitespace_as_suffix);
      case kByteFallback:
        return Set(value, &proto->byte_fallback);
      case kUnknownId:
        return Set(value, &proto->unknown_id);
      case kBosId:
        return Set(value, &proto->bos_id);
      case kEosId:
        return Set(value, &proto->eos_id);
      case kPadId:
        return Set(value, &proto->pad_id);
      case kUnknownPiece:
        return Set(value, &proto->unknown_piece);
      case kBosPiece:
        return Set(value, &proto->bos_piece);
      case kEosPiece:
        return Set(value, &proto->eos_piece);
      case kPadPiece:
        return Set(value, &proto->pad_piece);
      default:
        return true;
    }
  });
}

bool ParseNormalizerSpec(std::string_view bytes, SentencePieceProto* proto) {
  return ForEachField(bytes, [proto](uint32_t field, const Value& value) {
    switch (field) {
      case kName:
        return Set(value, &proto->normalizer_name);
      case kCharsmap:
        return Set(value, &proto->charsmap);
      case kAddDummyPrefix:
        return Set(value, &proto->add_dummy_prefix);
      case kRemoveExtraWhitespaces:
        return Set(value, &proto->remove_extra_whitespaces);
      case kEscapeWhitespaces:
        return Set(value, &proto->escape_whitespaces);
      default:
        return true;
    }
  });
}

bool ParseDenormalizerSpec(std::string_view bytes, SentencePieceProto* proto) {
  return ForEachField(bytes, [proto](uint32_t field, const Value& value) {
    return field != kCharsmap || Set(value, &proto->denormalizer_charsmap);
  });
}

/// Writes one message, field by field.
class MessageWriter {
 public:
  explicit MessageWriter(std::string* out) : stream_(out), out_(&stream_) {}

  void Bytes(uint32_t field, std::string_view bytes) {
    out_.WriteTag(field << 3 | kLengthDelimited);
    out_.WriteVarint32(static_cast<uint32_t>(bytes.size()));
    out_.WriteRaw(bytes.data(), static_cast<int>(bytes.size()));
  }
  /// Also writes booleans, and int32 with negative numbers in ten bytes.
  void Number(uint32_t field, int64_t number) {
    out_.WriteTag(field << 3 | kVarint);
    out_.WriteVarint64(static_cast<uint64_t>(number));
  }
  void Float(uint32_t field, float number) {
    out_.WriteTag(field << 3 | kFixed32);
    out_.WriteLittleEndian32(std::bit_cast<uint32_t>(number));
  }

 private:
  google::protobuf::io::StringOutputStream stream_;
  CodedOutputStream out_;
};

}  // namespace

absl::StatusOr<SentencePieceProto> SentencePieceProto::Parse(std::string_view bytes,
                                                             std::string_view name) {
  if (bytes.size() > std::numeric_limits<int32_t>::max()) {
    return DataError(absl::StrFormat("%s: not a SentencePiece model: larger than 2 GiB", name));
  }
  // A file of 2 GiB with the shortest pieces would take 40 GiB of memory.
  constexpr size_t kMaxPieces = size_t{1} << 24;
  SentencePieceProto proto;
  uint32_t wrong_field = 0;
  const bool whole = ForEachField(bytes, [&](uint32_t field, const Value& value) {
    bool good = true;
    const auto message = [&](auto parse, auto* target) {
      good = value.type == kLengthDelimited && parse(value.bytes, target);
    };
    if (field == kPieces && proto.pieces.size() == kMaxPieces) return false;
    if (field == kPieces) message(ParsePiece, &proto.pieces.emplace_back());
    if (field == kTrainerSpec) message(ParseTrainerSpec, &proto);
    if (field == kNormalizerSpec) message(ParseNormalizerSpec, &proto);
    if (field == kDenormalizerSpec) message(ParseDenormalizerSpec, &proto);
    if (!good) wrong_field = field;
    return good;
  });
  if (wrong_field == kPieces) {
    return DataError(absl::StrFormat("%s: not a SentencePiece model: piece %d is broken", name,
                                     proto.pieces.size() - 1));
  }
  if (!whole) {
    return DataError(
        absl::StrFormat("%s: not a SentencePiece model, or cut short: broken after %d pieces", name,
                        proto.pieces.size()));
  }
  return proto;
}

std::string SentencePieceProto::Serialize() const {
  std::string out;
  {
    MessageWriter model(&out);
    for (const Piece& piece : pieces) {
      std::string message;
      {
        MessageWriter writer(&message);
        writer.Bytes(kPiece, piece.piece);
        writer.Float(kScore, piece.score);
        if (piece.type != kNormal) writer.Number(kType, piece.type);
      }
      model.Bytes(kPieces, message);
    }
    std::string trainer;
    {
      MessageWriter writer(&trainer);
      writer.Number(kModelType, model_type);
      writer.Number(kVocabSize, static_cast<int64_t>(pieces.size()));
      writer.Number(kSplitByUnicodeScript, 0);
      writer.Number(kWhitespaceAsSuffix, treat_whitespace_as_suffix);
      writer.Number(kByteFallback, byte_fallback);
      writer.Number(kUnknownId, unknown_id);
      writer.Number(kBosId, bos_id);
      writer.Number(kEosId, eos_id);
      writer.Number(kPadId, pad_id);
      writer.Bytes(kUnknownPiece, unknown_piece);
      writer.Bytes(kBosPiece, bos_piece);
      writer.Bytes(kEosPiece, eos_piece);
      writer.Bytes(kPadPiece, pad_piece);
    }
    model.Bytes(kTrainerSpec, trainer);
    std::string normalizer;
    {
      MessageWriter writer(&normalizer);
      writer.Bytes(kName, normalizer_name);
      writer.Bytes(kCharsmap, charsmap);
      writer.Number(kAddDummyPrefix, add_dummy_prefix);
      writer.Number(kRemoveExtraWhitespaces, remove_extra_whitespaces);
      writer.Number(kEscapeWhitespaces, escape_whitespaces);
    }
    model.Bytes(kNormalizerSpec, normalizer);
  }
  return out;
}

}  // namespace corpusmill
