#ifndef CORPUSMILL_CORPUS_BASE_NAME_LIST_H_
#define CORPUSMILL_CORPUS_BASE_NAME_LIST_H_

#include <span>
#include <string>
#include <string_view>

namespace corpusmill {

/// Names as a phrase, for messages and help: {"a", "b", "c"} and "or" → "a, b or c".
inline std::string NameList(std::span<const std::string> names, std::string_view conjunction) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0 && i + 1 == names.size()) {
      list.append(" ").append(conjunction).append(" ");
    } else if (i > 0) {
      list += ", ";
    }
    list += names[i];
  }
  return list;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_NAME_LIST_H_
