#include "tokenizer/model/model.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "corpus/io/sha256_file.h"
#include "corpus/text/json.h"
#include "corpus/text/unicode.h"
#include "simdjson.h"
#include "tokenizer/model/base64.h"

namespace corpusmill {
namespace {

constexpr uint64_t kMaxCount = uint64_t{1} << 63;
constexpr size_t kMaxPieces = std::numeric_limits<int32_t>::max() - 3;

/// Returns the shortened base64 form of a piece, for messages.
std::string Quoted(std::string_view bytes) {
  std::string base64;
  AppendBase64(bytes.substr(0, 36), &base64);
  return absl::StrFormat("\"%s\"%s", base64, bytes.size() > 36 ? "…" : "");
}

bool InOrder(const Piece& a, const Piece& b) {
  if (a.bytes.size() != b.bytes.size()) return a.bytes.size() < b.bytes.size();
  return a.bytes < b.bytes;
}

/// An entry of a model file and its id in the file.
struct Entry {
  Piece piece;
  uint64_t id;
};

/// `"base64": [id, "text", count]`
absl::StatusOr<Entry> ParseEntry(const simdjson::dom::key_value_pair& field) {
  Entry entry;
  if (!DecodeBase64(field.key, &entry.piece.bytes)) return DataError("the piece is not base64");
  simdjson::dom::array values;
  if (field.value.get_array().get(values) != simdjson::SUCCESS || values.size() != 3) {
    return DataError("not a list of [id, text, count]");
  }
  std::string_view text;
  if (values.at(0).get_uint64().get(entry.id) != simdjson::SUCCESS) {
    return DataError("the id is not a whole number");
  }
  if (values.at(1).get_string().get(text) != simdjson::SUCCESS) {
    return DataError("the text is not a string");
  }
  if (values.at(2).get_uint64().get(entry.piece.count) != simdjson::SUCCESS) {
    return DataError("the count is not a whole number of at most 2^63");
  }
  return entry;
}

absl::Status CheckPiece(const Piece& piece) {
  if (piece.bytes.empty()) return DataError("the piece is empty");
  if (piece.bytes.size() > Model::kMaxPieceBytes) {
    return DataError(absl::StrFormat("the piece has %d bytes; the limit is %d", piece.bytes.size(),
                                     Model::kMaxPieceBytes));
  }
  if (piece.count == 0) return DataError("the count is zero; the minimum is 1");
  if (piece.count > kMaxCount) return DataError("the count is above 2^63");
  return absl::OkStatus();
}

/// The entries of a model file, in its order. The parser's memory, several times that of the text,
/// is free again before the model is built.
absl::StatusOr<std::vector<Entry>> ParseEntries(std::string_view json, std::string_view name) {
  if (json.size() >= simdjson::SIMDJSON_MAXSIZE_BYTES) {
    return DataError(absl::StrFormat("%s: not a model: larger than 4 GiB", name));
  }
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  simdjson::dom::element root;
  if (const simdjson::error_code error = parser.parse(json.data(), json.size()).get(root);
      error != simdjson::SUCCESS) {
    return DataError(absl::StrFormat("%s: not a model: %s", name, simdjson::error_message(error)));
  }
  if (root.get_object().get(object) != simdjson::SUCCESS) {
    return DataError(absl::StrFormat("%s: not a model: not a JSON object of pieces", name));
  }
  std::vector<Entry> entries;
  for (const simdjson::dom::key_value_pair field : object) {
    absl::StatusOr<Entry> entry = ParseEntry(field);
    absl::Status status = entry.ok() ? CheckPiece(entry->piece) : entry.status();
    if (!status.ok()) {
      return Annotate(status, absl::StrFormat("%s: entry %d (\"%s\")", name, entries.size() + 1,
                                              field.key.substr(0, 48)));
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace

absl::StatusOr<Model> Model::Parse(std::string_view json, std::string_view name) {
  CM_ASSIGN_OR_RETURN(std::vector<Entry> entries, ParseEntries(json, name));
  const auto in_order = [](const Entry& a, const Entry& b) { return InOrder(a.piece, b.piece); };
  if (!std::is_sorted(entries.begin(), entries.end(), in_order)) {
    std::stable_sort(entries.begin(), entries.end(), in_order);
  }
  std::vector<Piece> pieces;
  pieces.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    Piece& piece = entries[i].piece;
    // FromPieces reports duplicates, with a better message.
    const bool duplicate = i > 0 && pieces[i - 1].bytes == piece.bytes;
    if (!duplicate && entries[i].id != i + kFirstPieceId) {
      return DataError(absl::StrFormat(
          "%s: entry %s: the id is %d, but the order by length and bytes requires %d", name,
          Quoted(piece.bytes), entries[i].id, i + kFirstPieceId));
    }
    pieces.push_back(std::move(piece));
    if (duplicate) break;
  }
  absl::StatusOr<Model> model = FromPieces(std::move(pieces));
  if (!model.ok()) return Annotate(model.status(), name);
  return model;
}

absl::StatusOr<Model> Model::Load(const std::string& path) {
  CM_RETURN_IF_ERROR(CheckSha256(path));
  CM_ASSIGN_OR_RETURN(const std::string json, ReadFileToString(path));
  return Parse(json, path == kStandardStream ? "<stdin>" : path);
}

absl::StatusOr<Model> Model::FromPieces(std::vector<Piece> pieces) {
  if (!std::is_sorted(pieces.begin(), pieces.end(), InOrder)) {
    std::sort(pieces.begin(), pieces.end(), InOrder);
  }
  uint64_t total = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    absl::Status status = CheckPiece(pieces[i]);
    if (status.ok() && i > 0 && pieces[i].bytes == pieces[i - 1].bytes) {
      status = DataError("duplicate piece");
    }
    if (status.ok() && pieces[i].count > std::numeric_limits<uint64_t>::max() - total) {
      status = DataError("the sum of all counts is 2^64 or more");
    }
    if (!status.ok()) return Annotate(status, "entry " + Quoted(pieces[i].bytes));
    total += pieces[i].count;
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    if (byte >= pieces.size() || pieces[byte].bytes != std::string(1, static_cast<char>(byte))) {
      return DataError(absl::StrFormat(
          "no piece for the single byte 0x%02X; a model needs all 256 to encode any text", byte));
    }
  }
  if (pieces.size() > kMaxPieces) return DataError("a model may have at most 2^31 pieces");
  return Model(std::move(pieces), total);
}

std::string Model::Serialize() const {
  std::string json = "{";
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    json += i == 0 ? "\n    \"" : ",\n    \"";
    AppendBase64(piece.bytes, &json);
    json += absl::StrFormat("\": [\n        %d,\n        ", i + kFirstPieceId);
    AppendJsonString(DropInvalidUtf8(piece.bytes), &json);
    json += absl::StrFormat(",\n        %d\n    ]", piece.count);
  }
  json += "\n}";
  return json;
}

bool Model::IsUnicode() const {
  return std::all_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
    return piece.bytes.size() == 1 || IsValidUtf8(piece.bytes);
  });
}

}  // namespace corpusmill
