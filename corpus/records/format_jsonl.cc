#include "corpus/records/record_format_table.h"

namespace corpusmill {

extern const RecordFormatInfo kJsonlRecordFormat;
constexpr RecordFormatInfo kJsonlRecordFormat = {
    .name = "jsonl",
    .delimiter = "\n",
    .is_lines = true,
    .is_json = true,
    .cut = [](RecordWindow& window, const RecordOptions&) { return CutAtDelimiter(window, '\n'); },
};

}  // namespace corpusmill
