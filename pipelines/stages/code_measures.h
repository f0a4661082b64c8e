#ifndef CORPUSMILL_PIPELINES_STAGES_CODE_MEASURES_H_
#define CORPUSMILL_PIPELINES_STAGES_CODE_MEASURES_H_

#include <string_view>

#include "pipelines/stages/quality_rules.h"

namespace corpusmill {

/// What `code-quality` measures of a source file. Characters are code points; a share of nothing
/// is 0. Lines are those that are not blank.
struct CodeMeasures {
  double longest_line = 0;         ///< Characters of the longest line.
  double mean_line = 0;            ///< Characters of the lines / lines.
  double alphanumeric_share = 0;   ///< Letters and digits / characters that are not blank.
  double digit_share = 0;          ///< ASCII digits / characters that are not blank.
  double blob_share = 0;           ///< Characters in runs of 40 or more of A-Z a-z 0-9 + / =, with
                                   ///< both letters and digits / characters that are not blank.
  double number_line_share = 0;    ///< Lines with digits and without 3 letters in a row / lines.
  double markup_line_share = 0;    ///< Lines that begin with `<` / lines.
  double comment_line_share = 0;   ///< Lines that begin as comments do / lines.
  double repeated_line_share = 0;  ///< Lines of 5 or more characters that occurred before / lines.
  double generated = 0;            ///< 1 if the first 20 lines say that a program wrote the file.
};

CodeMeasures MeasureCode(std::string_view text);

/// The rules in the order in which they are checked.
extern const std::span<const QualityRule<CodeMeasures>> kCodeRules;

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_CODE_MEASURES_H_
