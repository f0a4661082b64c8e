#ifndef CORPUSMILL_CLI_COMMANDS_PREVIEW_TEXT_H_
#define CORPUSMILL_CLI_COMMANDS_PREVIEW_TEXT_H_

#include <cstddef>
#include <string>

#include "pipelines/cleaning/preview.h"

namespace corpusmill {

struct PreviewStyle {
  static constexpr size_t kDefaultColumns = 100;
  static constexpr size_t kLeastColumns = 24;
  size_t columns = kDefaultColumns;  ///< Of a line; at least kLeastColumns.
  bool color = false;                ///< Removed text red, added text green.
};

/// The style for standard output: colours on a terminal, unless NO_COLOR is set or TERM is "dumb";
/// the columns that COLUMNS names, else those of the terminal, else kDefaultColumns.
PreviewStyle StandardOutputStyle();

/// A document for people: a heading, the text before and after each stage side by side, and what
/// became of it. Characters that would not show are escaped, as \t, \u200B or, of bytes that are
/// not UTF-8, \xFF. Each line is newline-terminated.
std::string PreviewText(const DocumentPreview& document, const PreviewStyle& style);

/// The number of documents, and the stages that were not applied.
std::string PreviewEndText(const PreviewReport& report);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_PREVIEW_TEXT_H_
