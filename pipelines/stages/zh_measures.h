#ifndef CORPUSMILL_PIPELINES_STAGES_ZH_MEASURES_H_
#define CORPUSMILL_PIPELINES_STAGES_ZH_MEASURES_H_

#include <string_view>

#include "pipelines/stages/quality_rules.h"

namespace corpusmill {

/// What `zh-quality` measures of a text. "Characters" are code points that are not blank; a share
/// of nothing is 0.
struct ZhMeasures {
  double characters = 0;
  double han_share = 0;      ///< Chinese characters / characters.
  double common_share = 0;   ///< Of the Chinese characters, the 330 most usual ones.
  double rare_share = 0;     ///< Of the Chinese characters, those of no usual character set.
  double garbled_share = 0;  ///< U+FFFD, private use, unassigned, controls, 锟斤拷 / characters.
  double latin_share = 0;    ///< Latin letters / characters.
  double digit_share = 0;    ///< Decimal digits / characters.
  double symbol_share = 0;   ///< Symbols (category S) / characters.
  double punctuation_share = 0;  ///< Punctuation (category P) / characters.
  double spaced_share = 0;       ///< Blanks and | _ / between two Chinese characters / the latter.
  double sentence_length = 0;    ///< Characters / sentences; they end at 。！？!?；; and lines.
  double ended_line_share = 0;   ///< Lines that end with punctuation / lines that are not blank.
  double repeated_line_share = 0;  ///< Characters in lines that occurred before / characters.
  double repeated_share = 0;       ///< Characters at which an earlier run of 10 begins again.
  double double_share = 0;  ///< Chinese characters equal to the two before them / characters.
};

ZhMeasures MeasureZh(std::string_view text);

/// The rules in the order in which they are checked.
extern const std::span<const QualityRule<ZhMeasures>> kZhRules;

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_ZH_MEASURES_H_
