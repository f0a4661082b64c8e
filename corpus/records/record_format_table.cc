#include "corpus/records/record_format_table.h"

#include "corpus/base/status.h"

namespace corpusmill {

// Each format is defined in the file of its name: kLinesRecordFormat in format_lines.cc.
extern const RecordFormatInfo kLinesRecordFormat, kNulRecordFormat, kJsonlRecordFormat,
    kWholeRecordFormat, kBytesRecordFormat;

std::span<const RecordFormatInfo* const> RecordFormats() {
  // In the order of the enumerators of RecordFormat. Append new formats at the end.
  static constexpr const RecordFormatInfo* kTable[] = {
      &kLinesRecordFormat, &kNulRecordFormat,   &kJsonlRecordFormat,
      &kWholeRecordFormat, &kBytesRecordFormat,
  };
  return kTable;
}

const RecordFormatInfo& InfoOf(RecordFormat format) {
  return *RecordFormats()[static_cast<size_t>(format) - 1];
}

absl::StatusOr<RecordCut> CutAtDelimiter(RecordWindow& window, char delimiter) {
  CM_ASSIGN_OR_RETURN(const size_t size, window.Find(delimiter));
  const bool delimited = size < window.available();
  return RecordCut{.found = size > 0 || delimited, .size = size, .delimited = delimited};
}

}  // namespace corpusmill
