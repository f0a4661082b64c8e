#ifndef CORPUSMILL_SHUFFLE_PASSES_HASHED_OUTPUT_H_
#define CORPUSMILL_SHUFFLE_PASSES_HASHED_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/io/file.h"

namespace corpusmill {

/// An output file of a job: hashes its bytes, so that a later run can recognise them, and replaces
/// no file with other bytes.
///
///   CM_ASSIGN_OR_RETURN(auto file, HashedOutput::Create("out", options, context));
///   CM_RETURN_IF_ERROR(file->Write(bytes));
///   CM_RETURN_IF_ERROR(file->Sync());
///   Save(file->bytes_written(), file->hash());
///   … killed, and started again …
///   CM_ASSIGN_OR_RETURN(auto file, HashedOutput::Continue("out", bytes, hash, options, context));
///
/// Cannot be patched. `context` must outlive it. Not thread-safe.
class HashedOutput final : public PatchableSink {
 public:
  /// As CreateFile, but without options.overwrite, too, the file may exist: Close then compares it
  /// with the bytes written, and fails if they differ.
  static absl::StatusOr<std::unique_ptr<HashedOutput>> Create(const std::string& path,
                                                              OutputOptions options,
                                                              Context& context);
  /// As ContinueFile. kDataLoss, naming the file, if the hash of the bytes kept is not `hash`.
  static absl::StatusOr<std::unique_ptr<HashedOutput>> Continue(const std::string& path,
                                                                uint64_t bytes, const Hash128& hash,
                                                                const OutputOptions& options,
                                                                Context& context);

  absl::Status Write(std::string_view bytes) override;
  absl::Status Patch(uint64_t offset, std::string_view bytes) override;
  absl::Status Sync() override { return file_->Sync(); }
  absl::Status Close() override;
  uint64_t bytes_written() const override { return file_->bytes_written(); }
  const std::string& name() const override { return file_->name(); }

  /// The hash of all bytes of the file so far.
  Hash128 hash() const { return hasher_.Digest(); }

 private:
  HashedOutput(std::unique_ptr<PatchableSink> file, StreamHasher hasher, bool keeps_other,
               Context& context)
      : file_(std::move(file)),
        hasher_(std::move(hasher)),
        keeps_other_(keeps_other),
        context_(context) {}

  const std::unique_ptr<PatchableSink> file_;
  StreamHasher hasher_;
  const bool keeps_other_;  // Does not replace a file with other bytes.
  Context& context_;
};

/// Whether a file begins with `bytes` bytes of this hash.
absl::StatusOr<bool> BeginsWith(const std::string& path, uint64_t bytes, const Hash128& hash,
                                Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_HASHED_OUTPUT_H_
