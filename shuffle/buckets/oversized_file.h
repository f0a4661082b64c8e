#ifndef CORPUSMILL_SHUFFLE_BUCKETS_OVERSIZED_FILE_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_OVERSIZED_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/io/block_file.h"

namespace corpusmill {

/// A record that is too long for memory.
struct OversizedRecord {
  uint64_t file = 0;    ///< Number of the file, if there are several.
  uint64_t offset = 0;  ///< In the file; a multiple of kBlockAlignment.
  uint64_t length = 0;
  Hash128 hash;  ///< HashBytes of the record.
};

/// Read access to oversized records. Thread-safe.
class OversizedSource {
 public:
  virtual ~OversizedSource() = default;
  /// Passes an oversized record to `use` chunk by chunk, in order.
  virtual absl::Status Read(const OversizedRecord& oversized,
                            const std::function<absl::Status(std::string_view)>& use) const = 0;
  /// Frees the space of a record.
  virtual absl::Status Free(const OversizedRecord& oversized) = 0;
};

/// Reads an oversized record from an open file of oversized records.
absl::Status ReadOversized(BlockFile& file, const OversizedRecord& oversized,
                           const Context& context,
                           const std::function<absl::Status(std::string_view)>& use);

/// A file of consecutive oversized records; buckets hold references to them. The first record
/// creates the file. An unnamed file vanishes even if the process is killed.
///
///   file.Begin();
///   CM_RETURN_IF_ERROR(file.Append(chunk));
///   CM_ASSIGN_OR_RETURN(OversizedRecord record, file.End());
///
/// One thread writes; any number of threads read completed records.
class OversizedFile final : public OversizedSource {
 public:
  /// `path` is the file, or the folder of an unnamed file.
  OversizedFile(std::string path, Context& context, bool is_named = false, uint64_t number = 0)
      : path_(std::move(path)), context_(context), is_named_(is_named), number_(number) {}

  void Begin();
  absl::Status Append(std::string_view chunk);
  absl::StatusOr<OversizedRecord> End();
  /// Makes all oversized records durable.
  absl::Status Sync();

  absl::Status Read(const OversizedRecord& oversized,
                    const std::function<absl::Status(std::string_view)>& use) const override;
  absl::Status Free(const OversizedRecord& oversized) override;

  uint64_t written_bytes() const { return end_; }

 private:
  absl::Status WriteBuffer(size_t size);

  const std::string path_;
  Context& context_;
  const bool is_named_;
  const uint64_t number_;
  std::unique_ptr<BlockFile> file_;
  AlignedBuffer buffer_;
  size_t used_ = 0;
  uint64_t end_ = 0;
  OversizedRecord oversized_;
  StreamHasher hasher_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_OVERSIZED_FILE_H_
