#ifndef CORPUSMILL_CORPUS_TEXT_JSON_SCANNER_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_SCANNER_H_

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/text/json_field.h"

namespace corpusmill {

/// Reads JSON objects that simdjson refuses, although their requested members are sound: with
/// numbers of any length and exponent, nested to any depth, and with bytes or escapes in other
/// members that are not Unicode. Slower than simdjson by an order of magnitude. Time and memory are
/// linear in the text, without recursion.
///
///   JsonScanner scanner(/*replace_invalid=*/false, &storage);
///   CM_RETURN_IF_ERROR(scanner.Scan(json, fields));
class JsonScanner {
 public:
  /// `storage` receives the strings that the fields point to. With `replace_invalid`, U+FFFD
  /// replaces each invalid UTF-8 sequence and each half of a surrogate pair in a requested string.
  JsonScanner(bool replace_invalid, std::deque<std::string>* storage)
      : replace_invalid_(replace_invalid), storage_(storage) {}

  /// Fills `fields` with members of the object. kDataLoss if `json` is not one JSON object, or if a
  /// requested string is not Unicode and not mended.
  absl::Status Scan(std::string_view json, std::span<JsonField> fields);

  /// The names of the members of the object, at most `most`, as far as the text is an object.
  static std::vector<std::string> MemberNames(std::string_view json, size_t most);

 private:
  absl::Status Member(std::span<JsonField> fields);
  absl::Status ReadField(JsonField* field);
  /// Reads a value and adds its strings at the path `below`.
  absl::Status Collect(std::span<const std::string> below, const JsonField& field, size_t depth,
                       JsonStrings* found);
  absl::Status CollectMember(std::span<const std::string> below, const JsonField& field,
                             size_t depth, JsonStrings* found);
  absl::Status SkipValue();
  absl::Status SkipScalar();
  absl::Status ReadNumber(std::string_view* number);
  /// Skips a string; *inside is what stands between its quotes.
  absl::Status SkipString(std::string_view* inside);
  absl::Status Unescape(std::string_view inside, bool replace_invalid, std::string* out) const;
  void SkipBlanks();
  bool Take(char c);
  bool TakeWord(std::string_view word);

  const bool replace_invalid_;
  std::deque<std::string>* const storage_;
  std::string_view rest_;
  std::string open_;  // The brackets around the current value.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_SCANNER_H_
