#ifndef CORPUSMILL_CORPUS_TEXT_JSON_EDIT_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_EDIT_H_

#include <span>
#include <string>
#include <string_view>

namespace corpusmill {

/// A member of a JSON object to set.
struct JsonMemberEdit {
  /// Names from the outer object to the member: {"data", "text"}.
  std::span<const std::string> path;
  std::string_view json;  ///< The new value, as JSON.
};

/// Appends `object`, the text of a valid JSON object, to `*out` with members set; every other byte
/// stays as it is. Replaces the value of a member wherever it appears; a member of the outer object
/// that does not exist is added at the end. A longer path must lead through objects to an existing
/// value, and is otherwise added as a member of the outer object with the last name of the path.
///
///   EditJsonObject(R"({"id": 7, "text": "a"})", {{{"text"}, R"("b")"}}, &out);
///   // {"id": 7, "text": "b"}
///
/// Linear in the text, without recursion on it. Leaves out a byte order mark and blanks around the
/// object.
void EditJsonObject(std::string_view object, std::span<const JsonMemberEdit> edits,
                    std::string* out);

/// Whether the path leads through objects to a string.
bool HasJsonString(std::string_view object, std::span<const std::string> path);

/// The object without a byte order mark and blanks around it.
std::string_view TrimJsonObject(std::string_view object);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_EDIT_H_
