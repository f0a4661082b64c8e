#include "corpus/engine/document_engine.h"

#include "absl/strings/str_format.h"

namespace corpusmill {

absl::Status CheckTextBalance(const DocumentBatches& batches, const DocumentCounts& read) {
  if (batches.text_bytes() == read.text_bytes) return absl::OkStatus();
  return absl::InternalError(
      ToAbsl(absl::StrFormat("%d of %d bytes of text were processed; please report this",
                             batches.text_bytes(), read.text_bytes)));
}

}  // namespace corpusmill
