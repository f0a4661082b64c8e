#ifndef CORPUSMILL_SHUFFLE_BUCKETS_SPILL_CODEC_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_SPILL_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/io/block_file.h"

namespace corpusmill {

/// An aligned chunk of a spill file.
struct Extent {
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;         ///< Size of the data.
  uint64_t stored_bytes = 0;  ///< Size on disk: `bytes`, or if compressed a smaller number of
                              ///< whole blocks.
  bool is_compressed() const { return stored_bytes < bytes; }
};

/// Writes extents to a file, plain or as zstd frames of 256 KiB of data each. The frames fill the
/// front of the space reserved for the plain bytes; the rest is a hole. TempCompression::kAuto
/// chooses the faster way by measuring earlier writes. For one thread.
class SpillWriter {
 public:
  explicit SpillWriter(Context& context);
  ~SpillWriter();

  /// Writes `parts` to `extents` and sets the stored_bytes of the extents.
  /// REQUIRES: the sizes of parts are multiples of kBlockAlignment; the extents are consecutive
  /// in the file and have the total size of the parts.
  absl::Status Write(BlockFile& file, const std::vector<Extent*>& extents,
                     const std::vector<std::string_view>& parts);

  /// Whether compressing is faster than writing plain data. Compressing a byte takes
  /// compress_seconds and leaves `stored` bytes; writing a byte takes write_seconds.
  static bool PaysOff(double compress_seconds, double stored, double write_seconds);

 private:
  struct Compressor;
  struct Rates;
  bool ShouldCompress();
  /// Leaves extent.stored_bytes = extent.bytes if the data does not shrink; the caller then writes
  /// plain data.
  absl::Status WriteCompressed(BlockFile& file, Extent& extent,
                               const std::vector<std::string_view>& parts);

  Context& context_;
  MemoryLease lease_;
  std::unique_ptr<Compressor> compressor_;  // Created at the first compression.
  std::unique_ptr<Rates> rates_;
  uint64_t batches_ = 0;
};

/// Reads an extent. Thread-safe.
///
/// `use` gets the data of a compressed extent frame by frame, the data of a plain extent in
/// chunks of at most 1 MiB. kDataLoss if the data is damaged.
absl::Status ReadExtent(BlockFile& file, const Extent& extent, Context& context,
                        const std::function<absl::Status(std::string_view)>& use);

/// Reads an extent to the aligned `buffer`, which has room for its bytes rounded up.
absl::Status ReadExtentTo(BlockFile& file, const Extent& extent, Context& context, char* buffer);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_SPILL_CODEC_H_
