#include "corpus/base/status.h"
#include "corpus/records/record_format_table.h"

namespace corpusmill {
namespace {

absl::StatusOr<RecordCut> Cut(RecordWindow& window, const RecordOptions& options) {
  CM_ASSIGN_OR_RETURN(const size_t size, window.FillTo(options.record_bytes));
  if (size == 0) return RecordCut{};
  if (size >= options.record_bytes) return RecordCut{.found = true, .size = options.record_bytes};
  return DataError(
      absl::StrFormat("%s: record %d has %d bytes instead of %d: the size of the input is not a "
                      "multiple of the record size",
                      window.name(), window.index() + 1, size, options.record_bytes));
}

}  // namespace

extern const RecordFormatInfo kBytesRecordFormat;
constexpr RecordFormatInfo kBytesRecordFormat = {.name = "bytes", .has_size = true, .cut = Cut};

}  // namespace corpusmill
