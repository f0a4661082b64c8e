#ifndef CORPUSMILL_CORPUS_TEXT_JSON_FIELD_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_FIELD_H_

#include <string_view>

namespace corpusmill {

/// An object member that a caller requests.
struct JsonField {
  enum class Kind { kMissing, kString, kNumber, kOther };
  std::string_view name;
  /// Whether U+FFFD replaces what is not Unicode in a string, which would else be an error: for
  /// members that must not cost a record.
  bool mend = false;
  Kind kind = Kind::kMissing;
  /// A string's content, unescaped; a number in its shortest form, or as it is written if no
  /// 64-bit number holds it; else empty.
  std::string_view value;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_FIELD_H_
