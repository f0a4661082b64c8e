#ifndef CORPUSMILL_CORPUS_TEXT_JSON_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "corpus/text/json_field.h"

namespace corpusmill {

/// Appends `text` as a JSON string with its quotes. Keeps non-ASCII characters, escapes control
/// characters, and replaces bytes that are not UTF-8 by U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

/// Readable bytes that JsonObjectParser needs after the text.
inline constexpr size_t kJsonPadding = 64;

/// Parses records that are JSON objects, one after the other, reusing its memory.
///
///   JsonObjectParser parser;
///   JsonField fields[] = {{.name = "text"}};
///   CM_RETURN_IF_ERROR(parser.Parse(padded_record, fields));
///   if (fields[0].kind == JsonField::Kind::kString) Use(fields[0].value);
///
/// Checks the grammar of the whole record and ignores a leading byte order mark. Of members with
/// the same name the last counts, as in Python. Numbers of any size, nesting of any depth, and
/// strings that are not Unicode in members that nobody requests do no harm. Not thread-safe.
class JsonObjectParser {
 public:
  JsonObjectParser();
  ~JsonObjectParser();
  JsonObjectParser(const JsonObjectParser&) = delete;
  JsonObjectParser& operator=(const JsonObjectParser&) = delete;

  /// Fills `fields` with top-level members. The views stay valid until the next call, and as long
  /// as `json`. kDataLoss if `json` is not one JSON object, or if a requested string is not Unicode
  /// (invalid UTF-8, or half a surrogate pair as an escape); with `replace_invalid`, U+FFFD
  /// replaces what is not. REQUIRES: kJsonPadding bytes after `json` are readable.
  absl::Status Parse(std::string_view json, std::span<JsonField> fields,
                     bool replace_invalid = false);

  /// An upper bound of the memory for parsing `json`: about twice its size for text, twice as much
  /// with `replace_invalid`, and up to 12 times for a long list of digits.
  static uint64_t MemoryBytes(std::string_view json, bool replace_invalid = false);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_H_
