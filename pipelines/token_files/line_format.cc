#include "pipelines/token_files/line_format.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/token_files/id_formats.h"

namespace corpusmill {
namespace {

// Lines up to this size are not charged to the budget.
constexpr size_t kUnchargedBytes = 64 << 10;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

LineIdReader::LineIdReader(std::unique_ptr<RecordReader> lines, Context& context)
    : lines_(std::move(lines)),
      skip_blank_(lines_->format() == RecordFormat::kJsonl),
      lease_(context.memory().EmptyLease()) {}

absl::StatusOr<bool> LineIdReader::Next(StoredDocument* document) {
  while (true) {
    Record record;
    CM_ASSIGN_OR_RETURN(const bool more, lines_->Next(&record));
    if (!more) return false;
    line_ = record.index + 1;
    if (skip_blank_ && std::all_of(record.bytes.begin(), record.bytes.end(), IsBlank)) continue;
    if (line_ == 1) CM_RETURN_IF_ERROR(CheckNoPair(record.bytes));
    document->ids.clear();
    document->bytes.clear();
    document->tokens = 0;
    CM_RETURN_IF_ERROR(Charge(record.bytes));
    CM_RETURN_IF_ERROR(Parse(record.bytes, document));
    if (!document->ids.empty()) document->tokens = document->ids.size();
    return true;
  }
}

std::string LineIdReader::Where() const { return absl::StrFormat("%s:%d", lines_->name(), line_); }

absl::Status LineIdReader::Charge(std::string_view line) {
  if (line.size() <= kUnchargedBytes) return absl::OkStatus();
  const uint64_t bytes = MemoryBytes(line);
  if (bytes <= lease_.bytes()) return absl::OkStatus();
  return Annotate(lease_.Resize(bytes, "a long line of ids"), Where());
}

absl::Status LineIdReader::CheckNoPair(std::string_view first_line) const {
  for (const IdFormat* const format : kIdFormats) {
    if (!format->is_pair() || !first_line.starts_with(format->pair.magic)) continue;
    return DataError(
        absl::StrFormat("%s: %s is a pair of files and cannot be read from a pipe or compressed; "
                        "try the uncompressed files",
                        lines_->name(), format->name));
  }
  return absl::OkStatus();
}

std::string_view TakeWord(std::string_view* line) {
  while (!line->empty() && IsBlank(line->front())) line->remove_prefix(1);
  size_t size = 0;
  while (size < line->size() && !IsBlank((*line)[size])) ++size;
  const std::string_view word = line->substr(0, size);
  line->remove_prefix(size);
  return word;
}

}  // namespace corpusmill
