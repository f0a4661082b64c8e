#ifndef CORPUSMILL_CORPUS_RECORDS_PATTERN_H_
#define CORPUSMILL_CORPUS_RECORDS_PATTERN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace corpusmill {

/// Whether a path is a pattern: it has `*`, `?`, `[` or braces with a comma.
bool IsPattern(std::string_view path);

/// The paths that match a pattern, each once, in no particular order. As in bash with globstar:
///
/// - `*`, `?` and `[a-z]`, `[!a-z]` match within a name, not its leading dot;
/// - `**` as a whole name matches folders of any depth, none included, without links and hidden
///   folders; at the end it matches files;
/// - `{a,b}` stands for each alternative, and may be nested; an alternative without other special
///   characters must exist;
/// - a backslash takes the special meaning from the next character.
///
/// kUnavailable if an alternative does not exist, or if a folder cannot be listed.
absl::StatusOr<std::vector<std::string>> ExpandPattern(const std::string& pattern);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_PATTERN_H_
