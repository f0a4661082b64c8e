#include "corpus/records/record_format_table.h"

namespace corpusmill {

extern const RecordFormatInfo kLinesRecordFormat;
constexpr RecordFormatInfo kLinesRecordFormat = {
    .name = "lines",
    .delimiter = "\n",
    .is_lines = true,
    .cut = [](RecordWindow& window, const RecordOptions&) { return CutAtDelimiter(window, '\n'); },
};

}  // namespace corpusmill
