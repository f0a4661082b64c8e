#include "corpus/jobs/job_outputs.h"

#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_hash.h"

namespace corpusmill {
namespace {

int64_t ModifiedNs(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

absl::StatusOr<JobOutput> DescribeOutput(const std::string& path, uint64_t bytes,
                                         const Hash128& hash) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) != 0) {
    return IoError(path, "cannot read its size", errno);
  }
  // A pipe or a device has no size.
  if (S_ISREG(info.st_mode) && static_cast<uint64_t>(info.st_size) != bytes) {
    return DataError(absl::StrFormat(
        "%s: has %d bytes, not the %d that were written; another program changed it", path,
        info.st_size, bytes));
  }
  return JobOutput{path, bytes, ModifiedNs(info), hash};
}

absl::StatusOr<JobOutput> ReadOutput(const std::string& path, Context& context) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) != 0) {
    return IoError(path, "cannot read its size", errno);
  }
  const uint64_t bytes = S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
  StreamHasher hasher;
  if (bytes > 0) {
    CM_ASSIGN_OR_RETURN(hasher, HashFile(path, bytes, context));
  }
  return DescribeOutput(path, bytes, hasher.Digest());
}

absl::StatusOr<OutputState> StateOf(const JobOutput& output, Context& context) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(output.path.c_str(), &info); }) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return OutputState::kMissing;
    return IoError(output.path, "cannot read its size", errno);
  }
  if (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)) return OutputState::kIntact;
  if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) != output.bytes) {
    return OutputState::kOther;
  }
  if (ModifiedNs(info) == output.modified_ns) return OutputState::kIntact;
  CM_ASSIGN_OR_RETURN(const StreamHasher hasher, HashFile(output.path, output.bytes, context));
  return hasher.Digest() == output.hash ? OutputState::kIntact : OutputState::kOther;
}

}  // namespace corpusmill
