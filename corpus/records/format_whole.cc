#include "corpus/base/status.h"
#include "corpus/records/record_format_table.h"

namespace corpusmill {
namespace {

absl::StatusOr<RecordCut> Cut(RecordWindow& window, const RecordOptions&) {
  if (window.index() > 0) return RecordCut{};
  CM_ASSIGN_OR_RETURN(const size_t size, window.FillTo(SIZE_MAX));
  return RecordCut{.found = true, .size = size};
}

}  // namespace

extern const RecordFormatInfo kWholeRecordFormat;
constexpr RecordFormatInfo kWholeRecordFormat = {.name = "whole", .cut = Cut};

}  // namespace corpusmill
