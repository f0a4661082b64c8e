#include "corpus/io/file_hash.h"

#include <algorithm>
#include <memory>

#include "corpus/base/status.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

// Small: it is read while others hold the memory.
constexpr size_t kReadBytes = 64 << 10;

}  // namespace

absl::StatusOr<StreamHasher> HashFile(const std::string& path, uint64_t bytes, Context& context,
                                      bool report_progress) {
  CM_ASSIGN_OR_RETURN(const auto file, OpenFile(path, &context));
  std::string buffer(kReadBytes, '\0');
  StreamHasher hasher;
  for (uint64_t left = bytes; left > 0;) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    CM_ASSIGN_OR_RETURN(
        const size_t n,
        file->Read(buffer.data(), static_cast<size_t>(std::min<uint64_t>(left, buffer.size()))));
    if (n == 0) {
      return DataError(absl::StrFormat("%s: has %d bytes, fewer than the %d that were written",
                                       path, bytes - left, bytes));
    }
    hasher.Update({buffer.data(), n});
    if (report_progress) context.reporter().Advance(n);
    left -= n;
  }
  return hasher;
}

}  // namespace corpusmill
