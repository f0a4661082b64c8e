#include "corpus/text/display_columns.h"

#include "unicode/uchar.h"

namespace corpusmill {

int DisplayColumns(int32_t code) {
  constexpr int32_t kIdeographicSpace = 0x3000;
  switch (u_charType(code)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
      return 0;
    case U_SPACE_SEPARATOR:
      if (code == ' ') return 1;
      return code == kIdeographicSpace ? 2 : -1;
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
    case U_UNASSIGNED:
      return -1;
    default:
      break;
  }
  const int width = u_getIntPropertyValue(code, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace corpusmill
