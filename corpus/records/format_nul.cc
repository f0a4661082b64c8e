#include "corpus/records/record_format_table.h"

namespace corpusmill {

extern const RecordFormatInfo kNulRecordFormat;
constexpr RecordFormatInfo kNulRecordFormat = {
    .name = "nul",
    .delimiter = std::string_view("\0", 1),
    .cut = [](RecordWindow& window, const RecordOptions&) { return CutAtDelimiter(window, '\0'); },
};

}  // namespace corpusmill
