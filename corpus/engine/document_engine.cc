#include "corpus/engine/document_engine.h"

#include "absl/strings/str_format.h"

namespace corpusmill {

void WarnIfNoText(const DocumentReport& report, Reporter& reporter) {
  const DocumentCounts& counts = report.documents;
  if (counts.text_bytes > 0) return;
  const std::string where =
      report.inputs.size() == 1
          ? report.inputs.front().path == "-" ? "<stdin>" : report.inputs.front().path
          : absl::StrFormat("the %d inputs", report.inputs.size());
  if (counts.documents > 0) {
    reporter.Log(
        LogLevel::kWarning,
        counts.documents == 1
            ? absl::StrFormat("%s: no text: the only document is empty", where)
            : absl::StrFormat("%s: no text: all %d documents are empty", where, counts.documents));
  } else if (counts.bad_records > 0) {
    reporter.Log(LogLevel::kWarning, absl::StrFormat("%s: no document: every record is bad (%d)",
                                                     where, counts.bad_records));
  } else {
    reporter.Log(LogLevel::kWarning, absl::StrFormat("%s: no document", where));
  }
}

absl::Status CheckTextBalance(const DocumentBatches& batches, const DocumentCounts& read) {
  if (batches.text_bytes() == read.text_bytes) return absl::OkStatus();
  return absl::InternalError(
      ToAbsl(absl::StrFormat("%d of %d bytes of text were processed; please report this",
                             batches.text_bytes(), read.text_bytes)));
}

}  // namespace corpusmill
