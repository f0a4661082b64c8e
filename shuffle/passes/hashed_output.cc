#include "shuffle/passes/hashed_output.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_hash.h"
#include "corpus/io/file_system.h"

namespace corpusmill {
namespace {

/// Whether a file has exactly these bytes.
absl::StatusOr<bool> Holds(const std::string& path, uint64_t bytes, const Hash128& hash,
                           Context& context) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(path.c_str(), &info); }) != 0) {
    return IoError(path, "cannot read its size", errno);
  }
  if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) != bytes) return false;
  return BeginsWith(path, bytes, hash, context);
}

}  // namespace

absl::StatusOr<bool> BeginsWith(const std::string& path, uint64_t bytes, const Hash128& hash,
                                Context& context) {
  const absl::StatusOr<StreamHasher> hasher = HashFile(path, bytes, context);
  if (absl::IsDataLoss(hasher.status())) return false;  // Shorter.
  CM_RETURN_IF_ERROR(hasher.status());
  return hasher->Digest() == hash;
}

absl::StatusOr<std::unique_ptr<HashedOutput>> HashedOutput::Create(const std::string& path,
                                                                   OutputOptions options,
                                                                   Context& context) {
  const bool keeps_other = !options.overwrite;
  options.overwrite = true;
  CM_ASSIGN_OR_RETURN(auto file, CreateFile(path, options));
  return std::unique_ptr<HashedOutput>(
      new HashedOutput(std::move(file), StreamHasher(), keeps_other, context));
}

absl::StatusOr<std::unique_ptr<HashedOutput>> HashedOutput::Continue(const std::string& path,
                                                                     uint64_t bytes,
                                                                     const Hash128& hash,
                                                                     const OutputOptions& options,
                                                                     Context& context) {
  CM_ASSIGN_OR_RETURN(const std::string target, FollowLinks(path));
  CM_ASSIGN_OR_RETURN(auto hasher,
                      HashFile(target + ".part", bytes, context, /*report_progress=*/true));
  if (!(hasher.Digest() == hash)) {
    return DataError(absl::StrFormat("%s.part: is damaged: it is not what this job wrote", target));
  }
  OutputOptions replacing = options;
  replacing.overwrite = true;
  CM_ASSIGN_OR_RETURN(auto file, ContinueFile(path, bytes, replacing));
  return std::unique_ptr<HashedOutput>(
      new HashedOutput(std::move(file), std::move(hasher), !options.overwrite, context));
}

absl::Status HashedOutput::Write(std::string_view bytes) {
  hasher_.Update(bytes);
  return file_->Write(bytes);
}

absl::Status HashedOutput::Patch(uint64_t, std::string_view) {
  return absl::InternalError("an output of a job cannot be patched");
}

absl::Status HashedOutput::Close() {
  if (keeps_other_ && IsRegularFile(name())) {
    CM_ASSIGN_OR_RETURN(const bool is_same, Holds(name(), bytes_written(), hash(), context_));
    if (!is_same) {
      return UsageError(absl::StrFormat(
          "%s: exists, and this job did not write it; move it away and resume the job, or use "
          "--force to replace it",
          name()));
    }
  }
  return file_->Close();
}

}  // namespace corpusmill
