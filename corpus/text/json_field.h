#ifndef CORPUSMILL_CORPUS_TEXT_JSON_FIELD_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_FIELD_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// An object member that a caller requests.
struct JsonField {
  enum class Kind { kMissing, kString, kNumber, kOther };
  std::string_view name;
  /// Names of members below `name`: {"text"} for the value 1 of {"data":{"text":1}}.
  std::span<const std::string> below;
  /// If set, lists are looked into: the strings of all elements, with this text between them, are
  /// the string of the field. Elements that are null, or lack the member, are left out; any other
  /// element makes the field kOther, and a list without strings kMissing.
  const std::string* list_separator = nullptr;
  /// Whether U+FFFD replaces what is not Unicode in a string, which would else be an error: for
  /// members that must not cost a record.
  bool mend = false;
  Kind kind = Kind::kMissing;
  bool is_null = false;  ///< kOther, and the value is null.
  /// A string's content, unescaped; a number in its shortest form, or as it is written if no
  /// 64-bit number holds it; else empty.
  std::string_view value;
};

/// The names of a path such as "data.text": {"data", "text"}. A backslash takes the meaning from a
/// dot or a backslash. kInvalidArgument for an empty name.
absl::StatusOr<std::vector<std::string>> ParseJsonPath(std::string_view path);

/// The strings below a field, as a value of the document is walked through.
struct JsonStrings {
  std::string joined;
  size_t count = 0;
  bool other = false;  ///< A value that is no string was found.

  void Add(std::string_view text, const JsonField& field);
  /// Sets the kind and the value of the field to what was found; `storage` keeps the string.
  template <typename Storage>
  void Finish(Storage* storage, JsonField* field) {
    field->kind = other        ? JsonField::Kind::kOther
                  : count == 0 ? JsonField::Kind::kMissing
                               : JsonField::Kind::kString;
    field->value = {};
    if (field->kind == JsonField::Kind::kString) {
      field->value = storage->emplace_back(std::move(joined));
    }
  }
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_FIELD_H_
