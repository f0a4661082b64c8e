#include "pipelines/token_files/id_formats.h"

#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<const IdFormat*> ParseIdFormat(std::string_view name) {
  for (const IdFormat* const format : kIdFormats) {
    if (format->name == name) return format;
  }
  return UsageError(absl::StrFormat("'%s' is not an id format; try %s", name, IdFormatNames()));
}

std::string IdFormatNames(bool (*has)(const IdFormat&), std::string_view conjunction) {
  std::vector<std::string_view> names;
  for (const IdFormat* const format : kIdFormats) {
    if (has(*format)) names.push_back(format->name);
  }
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 < names.size() ? ", " : absl::StrFormat(" %s ", conjunction);
    text += names[i];
  }
  return text;
}

std::string IdFormatNames() {
  return IdFormatNames([](const IdFormat&) { return true; });
}

std::string IdFormatHelp() {
  std::string text;
  for (const IdFormat* const format : kIdFormats) {
    text += absl::StrFormat("  %-9s %s\n", format->name, format->help);
  }
  return text;
}

}  // namespace corpusmill
