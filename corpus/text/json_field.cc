#include "corpus/text/json_field.h"

#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<std::vector<std::string>> ParseJsonPath(std::string_view path) {
  std::vector<std::string> names(1);
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      names.emplace_back();
      continue;
    }
    if (path[i] == '\\' && i + 1 < path.size() && (path[i + 1] == '.' || path[i + 1] == '\\')) ++i;
    names.back() += path[i];
  }
  for (const std::string& name : names) {
    if (!name.empty()) continue;
    return UsageError(
        absl::StrFormat("'%s' is not the path of a member; try NAME, NAME.NAME, or NAME\\.NAME for "
                        "a name with a dot",
                        path));
  }
  return names;
}

void JsonStrings::Add(std::string_view text, const JsonField& field) {
  if (count++ > 0 && field.list_separator != nullptr) joined += *field.list_separator;
  joined += text;
}

}  // namespace corpusmill
