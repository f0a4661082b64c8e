#ifndef CORPUSMILL_CORPUS_CONTAINERS_JSON_CONTENT_H_
#define CORPUSMILL_CORPUS_CONTAINERS_JSON_CONTENT_H_

#include <string>
#include <string_view>

namespace corpusmill {

/// Appends bytes as the content of a JSON string: escapes quotes, backslashes and control
/// characters. Keeps all other bytes, also those that are not UTF-8, for the reader's policy. Text
/// may be appended in parts that are cut anywhere.
void AppendJsonContent(std::string_view bytes, std::string* out);

/// Appends `"name":"value"`, after a comma unless `*out` ends with an opening brace.
void AppendJsonMember(std::string_view name, std::string_view value, std::string* out);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_JSON_CONTENT_H_
