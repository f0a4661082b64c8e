#ifndef CORPUSMILL_CORPUS_TEXT_JSON_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace corpusmill {

/// Appends `text` as a JSON string with its quotes: non-ASCII raw, control
/// characters escaped. JSON cannot hold bytes that are not UTF-8: they become U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

/// Bytes that must be readable behind the text given to JsonObjectParser.
inline constexpr size_t kJsonPadding = 64;

/// A member of an object that a caller wants.
struct JsonField {
  enum class Kind { kMissing, kString, kNumber, kOther };
  std::string_view name;
  Kind kind = Kind::kMissing;
  /// A string's content, unescaped; a number in its shortest form; else empty.
  std::string_view value;
};

/// Parses records that are JSON objects, one after the other, reusing its memory.
///
///   JsonObjectParser parser;
///   JsonField fields[] = {{.name = "text"}};
///   CM_RETURN_IF_ERROR(parser.Parse(padded_record, fields));
///   if (fields[0].kind == JsonField::Kind::kString) Use(fields[0].value);
///
/// All of the record is validated, not only the wanted members, and a byte order
/// mark before it is passed over. Of members with the same name the last counts,
/// as in Python. Not thread-safe.
class JsonObjectParser {
 public:
  JsonObjectParser();
  ~JsonObjectParser();
  JsonObjectParser(const JsonObjectParser&) = delete;
  JsonObjectParser& operator=(const JsonObjectParser&) = delete;

  /// Fills `fields` with top-level members. The views stay valid until the next
  /// call. kDataLoss when `json` is not one JSON object in UTF-8.
  /// REQUIRES: kJsonPadding bytes behind `json` can be read.
  absl::Status Parse(std::string_view json, std::span<JsonField> fields);

  /// An upper bound of the memory that parsing `json` takes: for text about
  /// twice its size, for a long list of digits up to 12 times.
  static uint64_t MemoryBytes(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_H_
