#ifndef CORPUSMILL_CORPUS_BASE_STATUS_H_
#define CORPUSMILL_CORPUS_BASE_STATUS_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

/// The one error style of Corpusmill.
///
/// Every call that can fail returns absl::Status or absl::StatusOr<T>; no exception crosses a
/// public API. The code names the cause, and the command line turns it into its exit code:
///
///   UsageError     kInvalidArgument    the caller's options    exit 2
///   DataError      kDataLoss           the input's content     exit 1
///   IoError        kUnavailable        the operating system    exit 1
///   MemoryError    kResourceExhausted  the memory budget       exit 1
///   CancelledError kCancelled          SIGINT or SIGTERM       exit 130
///   BrokenPipe     kAborted            the reader has gone     exit 0, quietly
///
/// A message is one line, lower case, `path:line: what; try …`.
///
///   absl::Status Copy(const std::string& from) {
///     CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenFile(from));
///     CM_RETURN_IF_ERROR(source->Skip(12));
///     return absl::OkStatus();
///   }

namespace corpusmill {

/// Debian's Abseil has a string_view of its own that does not convert from the
/// standard one. Our APIs use std::string_view; this is the only bridge.
inline absl::string_view ToAbsl(std::string_view s) {
  return absl::string_view(s.data(), s.size());
}

inline absl::Status UsageError(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(message));
}
inline absl::Status DataError(std::string_view message) {
  return absl::DataLossError(ToAbsl(message));
}
inline absl::Status MemoryError(std::string_view message) {
  return absl::ResourceExhaustedError(ToAbsl(message));
}
inline absl::Status CancelledError() { return absl::CancelledError("interrupted"); }
inline absl::Status BrokenPipe() { return absl::AbortedError("broken pipe"); }

/// `path: what: strerror(error_number)`, for a failed system call.
absl::Status IoError(std::string_view path, std::string_view what, int error_number);
/// `path: what`, for an IO failure that has no errno.
inline absl::Status IoError(std::string_view path, std::string_view what) {
  return absl::UnavailableError(absl::StrFormat("%s: %s", path, what));
}

/// The message of a status as a standard string.
inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

/// The same code with `prefix: ` in front of the message; OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view prefix);

}  // namespace corpusmill

#define CM_CONCAT_INNER_(a, b) a##b
#define CM_CONCAT_(a, b) CM_CONCAT_INNER_(a, b)

/// Returns from the enclosing function when `expr` is not OK.
#define CM_RETURN_IF_ERROR(expr)             \
  do {                                       \
    absl::Status cm_status_ = (expr);        \
    if (!cm_status_.ok()) return cm_status_; \
  } while (false)

/// `CM_ASSIGN_OR_RETURN(auto x, MakeX());`: x is the value, or the function returns the error.
#define CM_ASSIGN_OR_RETURN(lhs, expr) \
  CM_ASSIGN_OR_RETURN_IMPL_(CM_CONCAT_(cm_statusor_, __LINE__), lhs, expr)
#define CM_ASSIGN_OR_RETURN_IMPL_(statusor, lhs, expr) \
  auto statusor = (expr);                              \
  if (!statusor.ok()) return statusor.status();        \
  lhs = std::move(statusor).value()

#endif  // CORPUSMILL_CORPUS_BASE_STATUS_H_
