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

/// A chunk of a spill file, aligned.
struct Extent {
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;         ///< Of data.
  uint64_t stored_bytes = 0;  ///< On disk: `bytes`, or if they are compressed whole blocks,
                              ///< fewer than `bytes` take.
  bool is_compressed() const { return stored_bytes < bytes; }
};

/// Writes extents to a file, plain or as zstd frames of 256 KiB each, which lie at the
/// front of the place that the plain bytes would take; the rest is a hole. With
/// TempCompression::kAuto whichever is faster here and now, as measured on what was
/// written before. For one thread.
class SpillWriter {
 public:
  explicit SpillWriter(Context& context);
  ~SpillWriter();

  /// Writes `parts`, whose sizes are multiples of kBlockAlignment, to `extents`, which lie
  /// one after another in the file and together have the size of the parts; sets their
  /// stored_bytes.
  absl::Status Write(BlockFile& file, const std::vector<Extent*>& extents,
                     const std::vector<std::string_view>& parts);

  /// Whether compressing is the faster way, where it takes compress_seconds for a byte and
  /// leaves `stored` of it, and writing a byte takes write_seconds.
  static bool PaysOff(double compress_seconds, double stored, double write_seconds);

 private:
  struct Compressor;
  struct Rates;
  bool ShouldCompress();
  /// Leaves extent.stored_bytes = extent.bytes, and the extent unwritten, if its data does
  /// not become smaller.
  absl::Status WriteCompressed(BlockFile& file, Extent& extent,
                               const std::vector<std::string_view>& parts);

  Context& context_;
  MemoryLease lease_;
  std::unique_ptr<Compressor> compressor_;  // From the first time on.
  std::unique_ptr<Rates> rates_;
  uint64_t batches_ = 0;
};

/// Reads extents. Thread-safe: has no state.
///
/// `use` gets the data of a compressed extent frame by frame, of a plain one in chunks of
/// at most 1 MiB. kDataLoss if what was read is not what was written.
absl::Status ReadExtent(BlockFile& file, const Extent& extent, Context& context,
                        const std::function<absl::Status(std::string_view)>& use);

/// Reads an extent to `buffer`, which has room for its bytes rounded up and is aligned.
absl::Status ReadExtentTo(BlockFile& file, const Extent& extent, Context& context, char* buffer);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_SPILL_CODEC_H_
