#ifndef CORPUSMILL_CORPUS_TEXT_DISPLAY_COLUMNS_H_
#define CORPUSMILL_CORPUS_TEXT_DISPLAY_COLUMNS_H_

#include <cstdint>

namespace corpusmill {

/// The columns of a character on a terminal: 2 for wide and fullwidth East Asian characters, 0 for
/// combining marks, else 1. -1 for what a terminal does not show as itself: control and format
/// characters, line separators, blanks other than U+0020 and U+3000, and unassigned characters.
int DisplayColumns(int32_t code);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_DISPLAY_COLUMNS_H_
