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

/// Appends `text` as a JSON string with its quotes. Keeps non-ASCII characters, escapes control
/// characters, and replaces bytes that are not UTF-8 by U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

/// Readable bytes that JsonObjectParser needs after the text.
inline constexpr size_t kJsonPadding = 64;

/// An object member that a caller requests.
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
/// Validates the whole record, not only the requested members, and ignores a leading byte order
/// mark. Of members with the same name the last counts, as in Python. Not thread-safe.
class JsonObjectParser {
 public:
  JsonObjectParser();
  ~JsonObjectParser();
  JsonObjectParser(const JsonObjectParser&) = delete;
  JsonObjectParser& operator=(const JsonObjectParser&) = delete;

  /// Fills `fields` with top-level members. The views stay valid until the next call. kDataLoss if
  /// `json` is not one JSON object in UTF-8. REQUIRES: kJsonPadding bytes after `json` are
  /// readable.
  absl::Status Parse(std::string_view json, std::span<JsonField> fields);

  /// An upper bound of the memory for parsing `json`: about twice its size for text, up to 12 times
  /// for a long list of digits.
  static uint64_t MemoryBytes(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_H_
