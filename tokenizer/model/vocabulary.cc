#include "tokenizer/model/vocabulary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kMaxEntries = 0x7FFFFFFF;

bool IsSymbol(Vocabulary::Type type) {
  return type == Vocabulary::Type::kControl || type == Vocabulary::Type::kUserDefined ||
         type == Vocabulary::Type::kUnknown;
}

/// The entry of a BytePiece model's implicit symbol.
Vocabulary::Entry ImplicitSymbol(uint32_t id) {
  static constexpr const char* kNames[Model::kFirstPieceId] = {"<pad>", "<bos>", "<eos>"};
  return {.bytes = kNames[id], .type = Vocabulary::Type::kControl};
}

absl::Status CheckEntry(const Vocabulary::Entry& entry) {
  if (entry.bytes.empty() && entry.type != Vocabulary::Type::kUnused) {
    return DataError("it is empty");
  }
  if (entry.bytes.size() > Model::kMaxPieceBytes) {
    return DataError(absl::StrFormat("it has %d bytes; the limit is %d", entry.bytes.size(),
                                     Model::kMaxPieceBytes));
  }
  if (entry.type == Vocabulary::Type::kByte && entry.bytes.size() != 1) {
    return DataError("a byte symbol stands for more than one byte");
  }
  if (entry.type == Vocabulary::Type::kPiece && !std::isfinite(entry.score)) {
    return DataError("the score is not a finite number");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::FromModel(const Model& model) {
  std::vector<Entry> entries;
  entries.reserve(model.vocab_size());
  for (uint32_t id = 0; id < Model::kFirstPieceId; ++id) entries.push_back(ImplicitSymbol(id));
  const double log_total = std::log(static_cast<double>(model.total_count()));
  for (const Piece& piece : model.pieces()) {
    entries.push_back({.bytes = piece.bytes,
                       .score = std::log(static_cast<double>(piece.count)) - log_total,
                       .count = piece.count});
  }
  Vocabulary vocabulary;
  vocabulary.entries_ = std::move(entries);
  vocabulary.roles_ = {.pad = Model::kPadId, .bos = Model::kBosId, .eos = Model::kEosId};
  vocabulary.has_counts_ = true;
  return vocabulary;
}

absl::StatusOr<Vocabulary> Vocabulary::FromEntries(std::vector<Entry> entries, const Roles& roles,
                                                   TextRules rules) {
  std::unordered_set<std::string_view> pieces, symbols;
  for (size_t id = 0; id < entries.size(); ++id) {
    const Entry& entry = entries[id];
    const bool is_piece = entry.type == Type::kPiece;
    if ((is_piece || IsSymbol(entry.type)) &&
        !(is_piece ? pieces : symbols).insert(entry.bytes).second) {
      return DataError(absl::StrFormat("id %d: duplicate entry", id));
    }
  }
  return FromParts(std::move(entries), roles, std::move(rules), /*has_counts=*/false);
}

absl::StatusOr<Vocabulary> Vocabulary::FromParts(std::vector<Entry> entries, const Roles& roles,
                                                 TextRules rules, bool has_counts) {
  if (entries.empty() || entries.size() > kMaxEntries) {
    return DataError("a vocabulary has between 1 and 2^31 entries");
  }
  std::array<bool, 256> has_piece{}, has_byte{};
  for (size_t id = 0; id < entries.size(); ++id) {
    const Entry& entry = entries[id];
    absl::Status status = CheckEntry(entry);
    const bool is_piece = entry.type == Type::kPiece;
    if (status.ok() && entry.bytes.size() == 1 && (is_piece || entry.type == Type::kByte)) {
      std::array<bool, 256>& seen = is_piece ? has_piece : has_byte;
      if (std::exchange(seen[static_cast<uint8_t>(entry.bytes[0])], true)) {
        status = DataError("duplicate byte");
      }
    }
    if (!status.ok()) return Annotate(status, absl::StrFormat("id %d", id));
  }
  for (const auto& role : {roles.pad, roles.bos, roles.eos, roles.unknown}) {
    if (role.has_value() && *role >= entries.size()) {
      return DataError(absl::StrFormat("the id %d of a special token is not among the %d ids",
                                       *role, entries.size()));
    }
  }
  for (size_t byte = 0; byte < 256 && !roles.unknown.has_value(); ++byte) {
    if (has_piece[byte] || has_byte[byte]) continue;
    return DataError(
        absl::StrFormat("no entry covers the byte 0x%02X, and there is no unknown symbol", byte));
  }
  Vocabulary vocabulary;
  vocabulary.entries_ = std::move(entries);
  vocabulary.roles_ = roles;
  vocabulary.rules_ = std::move(rules);
  vocabulary.has_counts_ = has_counts;
  return vocabulary;
}

absl::StatusOr<Model> Vocabulary::ToModel() const {
  if (!has_counts_) {
    return UsageError("it has scores, but a BytePiece model needs counts");
  }
  std::vector<Piece> pieces;
  for (const Entry& entry : entries_) {
    if (entry.type == Type::kPiece) pieces.push_back({entry.bytes, entry.count});
  }
  for (uint32_t id = 0; id < entries_.size(); ++id) {
    const Entry& entry = entries_[id];
    const bool is_implicit = id < Model::kFirstPieceId && entry == ImplicitSymbol(id);
    if (entry.type == Type::kPiece ? id >= Model::kFirstPieceId : is_implicit) continue;
    if (entry.type == Type::kUnused) {
      return UsageError(absl::StrFormat("a BytePiece model cannot hold the unused id %d", id));
    }
    if (entry.type == Type::kPiece) {
      return UsageError("a BytePiece model needs <pad>, <bos> and <eos> as ids 0, 1 and 2");
    }
    return UsageError(
        absl::StrFormat("a BytePiece model cannot hold added symbols such as \"%s\"", entry.bytes));
  }
  return Model::FromPieces(std::move(pieces));
}

absl::Status Vocabulary::AddSymbol(Type type, std::string_view name) {
  if (type != Type::kControl && type != Type::kUserDefined) {
    return UsageError("only control and user-defined symbols can be added");
  }
  if (name.empty()) return UsageError("a symbol needs a name");
  if (name.size() > Model::kMaxPieceBytes) return UsageError("the name of a symbol is too long");
  for (const Entry& entry : entries_) {
    if (IsSymbol(entry.type) && entry.bytes == name) {
      return UsageError(absl::StrFormat("the symbol \"%s\" already exists", name));
    }
  }
  if (entries_.size() >= kMaxEntries) return UsageError("a vocabulary has at most 2^31 entries");
  entries_.push_back({.bytes = std::string(name), .type = type});
  return absl::OkStatus();
}

bool Vocabulary::HasRole(uint32_t id) const {
  return id == roles_.pad || id == roles_.bos || id == roles_.eos || id == roles_.unknown;
}

std::string_view Vocabulary::DecodedBytes(uint32_t id) const {
  const Entry& entry = entries_[id];
  switch (entry.type) {
    case Type::kControl:
      return {};
    case Type::kUnknown:
      return "\xEF\xBF\xBD";
    default:
      return entry.bytes;
  }
}

std::string_view Vocabulary::SpelledBytes(uint32_t id) const {
  const Entry& entry = entries_[id];
  return entry.type == Type::kControl ? std::string_view(entry.bytes) : DecodedBytes(id);
}

absl::StatusOr<uint32_t> Vocabulary::SymbolId(std::string_view name) const {
  constexpr size_t kMostNames = 8;
  std::vector<std::string> names;
  for (uint32_t id = 0; id < entries_.size(); ++id) {
    const Entry& entry = entries_[id];
    if (entry.type != Type::kControl && entry.type != Type::kUserDefined) continue;
    if (entry.bytes == name) return id;
    if (names.size() <= kMostNames) names.push_back(entry.bytes);
  }
  if (names.size() > kMostNames) names.back() = "…";
  return UsageError(absl::StrFormat("the vocabulary has no symbol named '%s'%s%s", name,
                                    names.empty() ? "; it has no symbols" : "; try one of ",
                                    absl::StrJoin(names, ", ")));
}

}  // namespace corpusmill
