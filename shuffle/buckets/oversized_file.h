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

/// A record that is too long to be held in memory.
struct Giant {
  uint64_t file = 0;    ///< Which file of giants, if there are several.
  uint64_t offset = 0;  ///< In that file, a multiple of kBlockAlignment.
  uint64_t length = 0;
  Hash128 hash;  ///< HashBytes of the record.
};

/// Where giants can be read. Thread-safe.
class GiantSource {
 public:
  virtual ~GiantSource() = default;
  /// Hands a giant to `use` piece by piece.
  virtual absl::Status Read(const Giant& giant,
                            const std::function<absl::Status(std::string_view)>& use) const = 0;
  /// Gives its space back.
  virtual absl::Status Free(const Giant& giant) = 0;
};

/// Reads a giant from an open file of giants.
absl::Status ReadGiant(BlockFile& file, const Giant& giant, const Context& context,
                       const std::function<absl::Status(std::string_view)>& use);

/// Where giants wait, one behind the other, while the cells hold references to
/// them. The file is created by the first giant; without a name nothing of it is left
/// however the process ends.
///
///   file.Begin();
///   CM_RETURN_IF_ERROR(file.Append(piece));
///   CM_ASSIGN_OR_RETURN(Giant giant, file.End());
///
/// One thread writes; any number read what has ended.
class GiantFile final : public GiantSource {
 public:
  /// `path` is that of the file, or the folder of an unnamed one.
  GiantFile(std::string path, Context& context, bool is_named = false, uint64_t number = 0)
      : path_(std::move(path)), context_(context), is_named_(is_named), number_(number) {}

  void Begin();
  absl::Status Append(std::string_view piece);
  absl::StatusOr<Giant> End();
  /// Makes all giants durable.
  absl::Status Sync();

  absl::Status Read(const Giant& giant,
                    const std::function<absl::Status(std::string_view)>& use) const override;
  absl::Status Free(const Giant& giant) override;

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
  Giant giant_;
  StreamHasher hasher_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_OVERSIZED_FILE_H_
