#include "tokenizer/formats/sentencepiece.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "corpus/text/unicode.h"
#include "tokenizer/formats/sentencepiece_proto.h"
#include "tokenizer/model/charsmap.h"
#include "tokenizer/model/nfc_rules.h"

namespace corpusmill {
namespace {

using Entry = Vocabulary::Entry;
using Type = Vocabulary::Type;

constexpr std::string_view kLowerBlock = "\xE2\x96\x81";

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (size_t begin = 0;;) {
    const size_t found = text.find(from, begin);
    result += text.substr(begin, found - begin);
    if (found == std::string_view::npos) return result;
    result += to;
    begin = found + from.size();
  }
}

std::string ByteName(uint8_t byte) { return absl::StrFormat("<0x%02X>", byte); }

/// Parses the byte of a name such as "<0x0A>".
std::optional<uint8_t> ByteOfName(std::string_view name) {
  if (name.size() != 6 || !name.starts_with("<0x") || name.back() != '>') return std::nullopt;
  uint8_t byte = 0;
  const auto [end, error] = std::from_chars(name.data() + 3, name.data() + 5, byte, 16);
  if (error != std::errc() || end != name.data() + 5 || ByteName(byte) != name) return std::nullopt;
  return byte;
}

absl::Status CheckSpecs(const SentencePieceProto& proto) {
  static constexpr std::string_view kNames[] = {"", "Unigram", "BPE", "word", "character"};
  if (proto.model_type != SentencePieceProto::kUnigram) {
    const std::string_view kind =
        proto.model_type < std::size(kNames) ? kNames[proto.model_type] : "unknown";
    return UsageError(
        absl::StrFormat("a SentencePiece %s model; only Unigram models can be used", kind));
  }
  if (!proto.denormalizer_charsmap.empty()) {
    return UsageError("the model changes decoded text by a denormalizer, which is not supported");
  }
  return absl::OkStatus();
}

absl::StatusOr<Entry> EntryOf(const SentencePieceProto& proto,
                              const SentencePieceProto::Piece& piece) {
  Entry entry{.bytes = piece.piece};
  if (piece.piece.find('\0') != std::string::npos) return DataError("it holds a NUL");
  switch (piece.type) {
    case SentencePieceProto::kNormal:
    case SentencePieceProto::kUserDefined:
    case SentencePieceProto::kUnused: {
      // A bare space never matches if the text's spaces are escaped.
      const bool dead = (proto.escape_whitespaces && entry.bytes.find(' ') != std::string::npos) ||
                        !IsValidUtf8(entry.bytes);
      if (proto.escape_whitespaces && !dead) {
        entry.bytes = ReplaceAll(entry.bytes, kLowerBlock, " ");
      }
      entry.type = dead || piece.type == SentencePieceProto::kUnused ? Type::kUnused
                   : piece.type == SentencePieceProto::kNormal       ? Type::kPiece
                                                                     : Type::kUserDefined;
      entry.score = piece.score;
      return entry;
    }
    case SentencePieceProto::kUnknown:
      entry.type = Type::kUnknown;
      return entry;
    case SentencePieceProto::kControl:
      entry.type = Type::kControl;
      return entry;
    case SentencePieceProto::kByte: {
      const std::optional<uint8_t> byte = ByteOfName(piece.piece);
      if (!byte.has_value())
        return DataError("the name of a byte symbol is not of the form <0x0A>");
      entry.type = Type::kByte;
      entry.bytes = std::string(1, static_cast<char>(*byte));
      entry.score = piece.score;
      return entry;
    }
    default:
      return DataError(absl::StrFormat("the type %d is unknown", piece.type));
  }
}

TextRules RulesOf(const SentencePieceProto& proto) {
  return {.normalization = Normalization::kNone,
          .cut_at_newlines = false,
          .replace_invalid_utf8 = true,
          .charsmap = proto.charsmap,
          .collapse_spaces = proto.remove_extra_whitespaces,
          .add_dummy_prefix = proto.add_dummy_prefix && !proto.treat_whitespace_as_suffix,
          .add_dummy_suffix = proto.add_dummy_prefix && proto.treat_whitespace_as_suffix,
          .lower_block_is_space = proto.escape_whitespaces,
          .find_user_defined = true};
}

/// Quotes a piece, for people to read.
std::string Quoted(std::string_view bytes) {
  std::string text;
  AppendJsonString(bytes, &text);
  return text;
}

/// True if a newline precedes another byte. BytePiece never produces such a piece.
bool CrossesLines(std::string_view piece) {
  const size_t newline = piece.find('\n');
  return newline != std::string_view::npos &&
         piece.find_first_not_of('\n', newline) != std::string_view::npos;
}

/// SentencePiece adds scores in 32 bits over whole documents. Sums of multiples of this unit are
/// exact up to 2^12, so equally probable segmentations tie exactly.
constexpr double kScoreUnit = 1.0 / 4096;

double Rounded(double score) { return std::round(score / kScoreUnit) * kScoreUnit; }

/// The average of -ln p per byte of the counted text. Adding it for each byte of a piece keeps sums
/// near zero. It changes no choice, because all segmentations have the same bytes.
double NatsPerByte(const Vocabulary& vocabulary) {
  double nats = 0, bytes = 0;
  for (const Entry& entry : vocabulary.entries()) {
    if (entry.type != Type::kPiece) continue;
    nats -= static_cast<double>(entry.count) * entry.score;
    bytes += static_cast<double>(entry.count) * static_cast<double>(entry.bytes.size());
  }
  return Rounded(nats / bytes);
}

class Writer {
 public:
  explicit Writer(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  absl::StatusOr<ConvertedModel> Write() {
    CM_RETURN_IF_ERROR(vocabulary_.has_counts() ? AddBytePiece() : AddEntries());
    CM_RETURN_IF_ERROR(AddSpecs());
    CM_RETURN_IF_ERROR(CheckNames());
    model_.ids = proto_.pieces.size();
    model_.bytes = proto_.Serialize();
    return std::move(model_);
  }

 private:
  void Add(std::string piece, double score, SentencePieceProto::Type type) {
    proto_.pieces.push_back({std::move(piece), static_cast<float>(score), type});
  }

  absl::Status AddBytePiece() {
    const double rate = NatsPerByte(vocabulary_);
    for (uint32_t id = 0; id < vocabulary_.size(); ++id) {
      const Entry& entry = vocabulary_[id];
      const double score = Rounded(entry.score) + rate * static_cast<double>(entry.bytes.size());
      if (entry.type == Type::kControl) {
        AddControl(entry);
      } else if (entry.type == Type::kUserDefined) {
        AddUserDefined(entry);
      } else if (entry.type == Type::kUnknown) {
        Add(entry.bytes, 0, SentencePieceProto::kUnknown);
      } else if (entry.type == Type::kUnused) {
        Add(absl::StrFormat("<unused %d>", id), 0, SentencePieceProto::kUnused);
      } else if (entry.bytes.size() == 1 && !IsAsciiText(entry.bytes[0])) {
        Add(ByteName(static_cast<uint8_t>(entry.bytes[0])), score, SentencePieceProto::kByte);
      } else if (!IsValidUtf8(entry.bytes)) {
        return UsageError(absl::StrFormat(
            "the piece %d (%s) is not UTF-8, which SentencePiece requires; try a model trained "
            "with ensure_unicode",
            id, Quoted(entry.bytes)));
      } else if (entry.bytes.find('\0') != std::string::npos) {
        model_.Note("pieces with the byte 0x00 are never found in text there", Quoted(entry.bytes));
        Add(absl::StrFormat("<unusable %d>", id), score, SentencePieceProto::kUnused);
      } else {
        Add(entry.bytes, score,
            CrossesLines(entry.bytes) ? SentencePieceProto::kUnused : SentencePieceProto::kNormal);
      }
    }
    // SentencePiece requires byte symbols for all 256 bytes; here the bytes are pieces.
    for (int byte = 1; byte < 0x80; ++byte) {
      Add(ByteName(static_cast<uint8_t>(byte)), 0, SentencePieceProto::kByte);
    }
    proto_.byte_fallback = true;
    return absl::OkStatus();
  }

  /// Bytes that can be a piece alone. NUL ends strings inside SentencePiece.
  static bool IsAsciiText(char byte) { return byte > 0; }

  void AddControl(const Entry& entry) {
    const std::optional<uint32_t>& pad = vocabulary_.roles().pad;
    const auto id = static_cast<uint32_t>(proto_.pieces.size());
    if (id != pad && id != vocabulary_.roles().bos && id != vocabulary_.roles().eos) {
      model_.Note("control symbols are never found in text there; insert their ids",
                  Quoted(entry.bytes));
    }
    Add(entry.bytes, 0, SentencePieceProto::kControl);
  }

  void AddUserDefined(const Entry& entry) {
    model_.Note("user-defined symbols are found in all text there", Quoted(entry.bytes));
    Add(entry.bytes, 0, SentencePieceProto::kUserDefined);
  }

  absl::Status AddEntries() {
    if (vocabulary_.rules().cut_at_newlines) {
      return UsageError("SentencePiece cannot cut text at newlines");
    }
    const bool escape = vocabulary_.rules().lower_block_is_space;
    for (const Entry& entry : vocabulary_.entries()) {
      const std::string escaped = escape ? ReplaceAll(entry.bytes, " ", kLowerBlock) : entry.bytes;
      switch (entry.type) {
        case Type::kPiece:
          Add(escaped, entry.score, SentencePieceProto::kNormal);
          break;
        case Type::kControl:
          AddControl(entry);
          break;
        case Type::kUserDefined:
          Add(escaped, entry.score, SentencePieceProto::kUserDefined);
          break;
        case Type::kUnknown:
          Add(entry.bytes, 0, SentencePieceProto::kUnknown);
          break;
        case Type::kByte:
          proto_.byte_fallback = true;
          Add(ByteName(static_cast<uint8_t>(entry.bytes[0])), entry.score,
              SentencePieceProto::kByte);
          break;
        case Type::kUnused:
          // Some of these were never matched because of a bare space.
          Add(entry.bytes, entry.score, SentencePieceProto::kUnused);
          break;
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddSpecs() {
    const Vocabulary::Roles& roles = vocabulary_.roles();
    proto_.bos_id = IdOf(roles.bos, &proto_.bos_piece);
    proto_.eos_id = IdOf(roles.eos, &proto_.eos_piece);
    proto_.pad_id = IdOf(roles.pad, &proto_.pad_piece);
    if (roles.unknown.has_value()) {
      proto_.unknown_id = IdOf(roles.unknown, &proto_.unknown_piece);
    } else {
      proto_.unknown_id = static_cast<int32_t>(proto_.pieces.size());
      Add(proto_.unknown_piece, 0, SentencePieceProto::kUnknown);
    }
    const TextRules& rules = vocabulary_.rules();
    if (rules.normalization == Normalization::kNone) {
      proto_.charsmap = rules.charsmap;
      proto_.normalizer_name = rules.charsmap.empty() ? "identity" : "user_defined";
    } else if (rules.normalization == Normalization::kNfc) {
      CM_ASSIGN_OR_RETURN(proto_.charsmap, BuildCharsmap(NfcRules()));
      proto_.normalizer_name = "nfc";
    } else {
      return UsageError("a vocabulary with NFKC cannot be written as a SentencePiece model");
    }
    proto_.add_dummy_prefix = rules.add_dummy_prefix || rules.add_dummy_suffix;
    proto_.treat_whitespace_as_suffix = rules.add_dummy_suffix;
    proto_.remove_extra_whitespaces = rules.collapse_spaces;
    proto_.escape_whitespaces = rules.lower_block_is_space;
    return absl::OkStatus();
  }

  int32_t IdOf(const std::optional<uint32_t>& role, std::string* name) const {
    if (!role.has_value()) return -1;
    *name = vocabulary_[*role].bytes;
    return static_cast<int32_t>(*role);
  }

  /// SentencePiece rejects duplicate names among the symbols or among the other entries.
  absl::Status CheckNames() const {
    std::unordered_set<std::string_view> pieces, symbols;
    for (size_t id = 0; id < proto_.pieces.size(); ++id) {
      const SentencePieceProto::Piece& piece = proto_.pieces[id];
      const bool is_symbol = piece.type == SentencePieceProto::kControl ||
                             piece.type == SentencePieceProto::kUnknown ||
                             piece.type == SentencePieceProto::kByte;
      if ((is_symbol ? symbols : pieces).insert(piece.piece).second) continue;
      return UsageError(absl::StrFormat(
          "id %d: SentencePiece cannot have two entries named %s; rename the symbol", id,
          Quoted(piece.piece)));
    }
    return absl::OkStatus();
  }

  const Vocabulary& vocabulary_;
  SentencePieceProto proto_;
  ConvertedModel model_;
};

}  // namespace

absl::StatusOr<Vocabulary> SentencePieceToVocabulary(std::string_view bytes,
                                                     std::string_view name) {
  CM_ASSIGN_OR_RETURN(const SentencePieceProto proto, SentencePieceProto::Parse(bytes, name));
  if (proto.pieces.empty()) {
    return DataError(absl::StrFormat("%s: not a SentencePiece model: it has no pieces", name));
  }
  absl::Status status = CheckSpecs(proto);
  if (status.ok()) status = Charsmap::Parse(proto.charsmap).status();
  if (!status.ok()) return Annotate(status, name);
  std::vector<Entry> entries;
  Vocabulary::Roles roles;
  for (uint32_t id = 0; id < proto.pieces.size(); ++id) {
    absl::StatusOr<Entry> entry = EntryOf(proto, proto.pieces[id]);
    if (!entry.ok()) return Annotate(entry.status(), absl::StrFormat("%s: id %d", name, id));
    if (entry->type == Type::kUnknown) {
      if (roles.unknown.has_value()) {
        return DataError(absl::StrFormat("%s: id %d: a second unknown symbol", name, id));
      }
      roles.unknown = id;
    }
    if (entry->type == Type::kControl) {
      if (entry->bytes == proto.pad_piece) roles.pad = id;
      if (entry->bytes == proto.bos_piece) roles.bos = id;
      if (entry->bytes == proto.eos_piece) roles.eos = id;
    }
    entries.push_back(*std::move(entry));
  }
  if (!roles.unknown.has_value()) {
    return DataError(absl::StrFormat("%s: the unknown symbol is missing", name));
  }
  const auto bytes_found = std::count_if(
      entries.begin(), entries.end(), [](const Entry& entry) { return entry.type == Type::kByte; });
  if (bytes_found != (proto.byte_fallback ? 256 : 0)) {
    return DataError(absl::StrFormat("%s: %d byte symbols, but byte_fallback is %s", name,
                                     bytes_found, proto.byte_fallback ? "on" : "off"));
  }
  absl::StatusOr<Vocabulary> vocabulary =
      Vocabulary::FromEntries(std::move(entries), roles, RulesOf(proto));
  if (!vocabulary.ok()) return Annotate(vocabulary.status(), name);
  return vocabulary;
}

absl::StatusOr<ConvertedModel> VocabularyToSentencePiece(const Vocabulary& vocabulary) {
  return Writer(vocabulary).Write();
}

}  // namespace corpusmill
