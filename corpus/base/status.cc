#include "corpus/base/status.h"

#include <system_error>

namespace corpusmill {

absl::Status IoError(std::string_view path, std::string_view what, int error_number) {
  return absl::UnavailableError(
      absl::StrFormat("%s: %s: %s", path, what, std::generic_category().message(error_number)));
}

absl::Status Annotate(const absl::Status& status, std::string_view prefix) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrFormat("%s: %s", prefix, Message(status)));
}

}  // namespace corpusmill
