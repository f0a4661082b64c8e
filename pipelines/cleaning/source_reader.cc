#include "pipelines/cleaning/source_reader.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

std::string IdWithoutMember(const std::string& path, RecordFormat format, uint64_t record) {
  return format == RecordFormat::kWhole ? path : absl::StrFormat("%s#%d", path, record);
}

SourceReader::SourceReader(const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
                           const DocumentOptions& options, const std::vector<std::string>& members,
                           Context& context) {
  bool is_size_known = true;
  for (size_t i = 0; i < sources.size(); ++i) {
    const RecipeSource& source = recipe.sources[i];
    DocumentOptions part = options;
    const RecordFormat fallback = part.record.auto_fallback;
    part.record = source.record;
    part.record.auto_fallback = fallback;
    part.field = source.fields.front();
    part.joined_fields.assign(source.fields.begin() + 1, source.fields.end());
    part.members = members;
    parts_.emplace_back(sources[i], part, input_sources_.size(), context);
    input_sources_.insert(input_sources_.end(), sources[i].size(), i);
    const uint64_t bytes = TotalBytes(sources[i]);
    is_size_known &= bytes > 0 || sources[i].empty();
    total_bytes_ += bytes;
  }
  if (!is_size_known) total_bytes_ = 0;
}

absl::StatusOr<bool> SourceReader::Next(Document* document) {
  for (; current_ < parts_.size(); ++current_) {
    Part& part = parts_[current_];
    if (max_text_bytes_ > 0 && part.reader.counts().text_bytes >= max_text_bytes_) continue;
    CM_ASSIGN_OR_RETURN(const bool more, part.reader.Next(document));
    if (!more) continue;
    document->input += part.first_input;
    return true;
  }
  return false;
}

std::string SourceReader::Where() const {
  return current_ < parts_.size() ? parts_[current_].reader.Where() : "";
}

absl::Status SourceReader::Close() {
  for (Part& part : parts_) CM_RETURN_IF_ERROR(part.reader.Close());
  return absl::OkStatus();
}

DocumentCounts SourceReader::counts() const {
  DocumentCounts sum;
  for (const Part& part : parts_) {
    const DocumentCounts& counts = part.reader.counts();
    sum.records += counts.records;
    sum.documents += counts.documents;
    sum.text_bytes += counts.text_bytes;
    sum.bad_records += counts.bad_records;
    sum.bad_record_bytes += counts.bad_record_bytes;
    sum.blank_records += counts.blank_records;
  }
  return sum;
}

std::vector<InputReport> SourceReader::inputs() const {
  std::vector<InputReport> reports;
  for (const Part& part : parts_) {
    reports.insert(reports.end(), part.reader.inputs().begin(), part.reader.inputs().end());
  }
  return reports;
}

}  // namespace corpusmill
