#include "shuffle/buckets/spill_codec.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"
#include "zstd.h"

namespace corpusmill {
namespace {

constexpr size_t kFrameBytes = 256 << 10;
// The fastest level that halves text; higher levels are slower than most disks.
constexpr int kLevel = 1;
// Size of one read or write.
constexpr size_t kChunkBytes = 1 << 20;
// kAuto tries the other way once in this many batches.
constexpr uint64_t kTrialEvery = 16;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

absl::Status Damaged(const BlockFile& file) {
  return DataError(absl::StrFormat("%s: damaged temporary data", file.name()));
}

/// Reads the stored bytes of an extent from front to back.
class StoredReader {
 public:
  static absl::StatusOr<StoredReader> Create(BlockFile& file, const Extent& extent) {
    CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kChunkBytes));
    return StoredReader(file, extent, std::move(buffer));
  }
  /// The next stored bytes: at least one frame, if there is one.
  absl::StatusOr<std::string_view> Next() {
    const uint64_t stored = RoundUpToBlock(extent_.stored_bytes);
    if (end_ - at_ < ZSTD_COMPRESSBOUND(kFrameBytes) && end_ < stored) {
      begin_ = RoundDownToBlock(at_);
      end_ = std::min<uint64_t>(stored, begin_ + buffer_.size());
      CM_RETURN_IF_ERROR(file_.Read(extent_.offset + begin_, buffer_.data(), end_ - begin_));
    }
    const uint64_t end = std::min(end_, extent_.stored_bytes);
    return std::string_view(buffer_.data() + (at_ - begin_), end - at_);
  }
  void Skip(size_t bytes) { at_ += bytes; }

 private:
  StoredReader(BlockFile& file, const Extent& extent, AlignedBuffer buffer)
      : file_(file), extent_(extent), buffer_(std::move(buffer)) {}
  BlockFile& file_;
  const Extent extent_;
  AlignedBuffer buffer_;
  uint64_t begin_ = 0, at_ = 0, end_ = 0;  // In the extent: buffer bounds, read position.
};

/// Calls use(frame, size of its content) for every frame of a compressed extent.
template <typename Use>
absl::Status ForEachFrame(BlockFile& file, const Extent& extent, Context& context, const Use& use) {
  CM_ASSIGN_OR_RETURN(StoredReader reader, StoredReader::Create(file, extent));
  for (uint64_t left = extent.bytes; left > 0;) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const std::string_view stored, reader.Next());
    const size_t frame = ZSTD_findFrameCompressedSize(stored.data(), stored.size());
    if (ZSTD_isError(frame) != 0) return Damaged(file);
    const uint64_t content = ZSTD_getFrameContentSize(stored.data(), frame);
    if (content == 0 || content > std::min<uint64_t>(left, kFrameBytes)) return Damaged(file);
    CM_RETURN_IF_ERROR(use(stored.substr(0, frame), static_cast<size_t>(content)));
    reader.Skip(frame);
    left -= content;
  }
  return absl::OkStatus();
}

/// Decodes a frame to exactly `size` bytes.
class Decoder {
 public:
  Decoder() : context_(ZSTD_createDCtx()) {}
  ~Decoder() { ZSTD_freeDCtx(context_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  bool Decode(std::string_view frame, char* out, size_t size) {
    return context_ != nullptr &&
           ZSTD_decompressDCtx(context_, out, size, frame.data(), frame.size()) == size;
  }

 private:
  ZSTD_DCtx* const context_;
};

/// A moving rate of recent work; older work counts less.
struct Rate {
  static constexpr double kMemory = 0.9;
  double bytes = 0;
  double cost = 0;
  void Add(double more_bytes, double more_cost) {
    bytes = bytes * kMemory + more_bytes;
    cost = cost * kMemory + more_cost;
  }
  double PerByte() const { return bytes > 0 ? cost / bytes : 0; }
};

using Parts = std::vector<std::string_view>;

}  // namespace

/// The memory for compression.
struct SpillWriter::Compressor {
  Compressor(ZSTD_CCtx* context, AlignedBuffer out) : context(context), out(std::move(out)) {}
  ~Compressor() { ZSTD_freeCCtx(context); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// Approximate size of all members.
  static constexpr uint64_t kMemoryBytes = 3 << 20;
  static absl::StatusOr<std::unique_ptr<Compressor>> Create() {
    CM_ASSIGN_OR_RETURN(
        AlignedBuffer out,
        AlignedBuffer::Create(RoundUpToBlock(kChunkBytes + ZSTD_COMPRESSBOUND(kFrameBytes)) +
                              kBlockAlignment));
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    if (context == nullptr) return MemoryError("compressing: the system has no memory left");
    return std::make_unique<Compressor>(context, std::move(out));
  }

  ZSTD_CCtx* const context;
  std::vector<char> frame = std::vector<char>(kFrameBytes);
  AlignedBuffer out;
};

/// Measured rates.
struct SpillWriter::Rates {
  Rate compressing;  // Seconds per plain byte.
  Rate stored;       // Compressed bytes per plain byte.
  Rate writing;      // Seconds per byte, of plain writes only: the small writes of compressed
                     // data are faster than a disk can sustain.
};

SpillWriter::SpillWriter(Context& context)
    : context_(context), lease_(context.memory().EmptyLease()), rates_(std::make_unique<Rates>()) {}

SpillWriter::~SpillWriter() = default;

bool SpillWriter::PaysOff(double compress_seconds, double stored, double write_seconds) {
  return compress_seconds + stored * write_seconds < write_seconds;
}

bool SpillWriter::ShouldCompress() {
  const uint64_t batch = batches_++;
  switch (context_.temp_compression()) {
    case TempCompression::kOff:
      return false;
    case TempCompression::kZstd:
      return true;
    case TempCompression::kAuto:
      break;
  }
  if (batch < 2) return batch == 1;
  const bool pays_off =
      PaysOff(rates_->compressing.PerByte(), rates_->stored.PerByte(), rates_->writing.PerByte());
  return batch % kTrialEvery == 0 ? !pays_off : pays_off;
}

absl::Status SpillWriter::Write(BlockFile& file, const std::vector<Extent*>& extents,
                                const Parts& parts) {
  bool compress = ShouldCompress();
  if (compress && compressor_ == nullptr) {
    // Writes plain data if there is no memory for compression.
    compress = lease_.Resize(Compressor::kMemoryBytes, "compressing").ok();
    if (compress) {
      CM_ASSIGN_OR_RETURN(compressor_, Compressor::Create());
    }
  }
  if (!compress) {
    for (Extent* const extent : extents) extent->stored_bytes = extent->bytes;
    const auto start = std::chrono::steady_clock::now();
    CM_RETURN_IF_ERROR(file.Write(extents.front()->offset, parts));
    double bytes = 0;
    for (const std::string_view part : parts) bytes += static_cast<double>(part.size());
    rates_->writing.Add(bytes, SecondsSince(start));
    return absl::OkStatus();
  }
  auto part = parts.begin();
  for (Extent* const extent : extents) {
    Parts own;
    for (uint64_t bytes = 0; bytes < extent->bytes; ++part) {
      own.push_back(*part);
      bytes += part->size();
    }
    CM_RETURN_IF_ERROR(WriteCompressed(file, *extent, own));
    if (extent->is_compressed()) continue;
    CM_RETURN_IF_ERROR(file.Write(extent->offset, own));
  }
  return absl::OkStatus();
}

absl::Status SpillWriter::WriteCompressed(BlockFile& file, Extent& extent, const Parts& parts) {
  std::vector<char>& frame = compressor_->frame;
  AlignedBuffer& out = compressor_->out;
  const uint64_t room = RoundUpToBlock(extent.bytes) - kBlockAlignment;
  uint64_t stored = 0;
  uint64_t written = 0;
  size_t out_size = 0;
  const auto flush = [&](size_t size) -> absl::Status {
    CM_RETURN_IF_ERROR(file.Write(extent.offset + written, {{out.data(), size}}));
    written += size;
    out_size -= std::min(out_size, size);
    std::memmove(out.data(), out.data() + size, out_size);
    return absl::OkStatus();
  };
  auto part = parts.begin();
  size_t part_at = 0;
  for (uint64_t left = extent.bytes; left > 0;) {
    const auto start = std::chrono::steady_clock::now();
    const size_t size = std::min<uint64_t>(left, frame.size());
    for (size_t filled = 0; filled < size;) {
      const size_t n = std::min(size - filled, part->size() - part_at);
      std::memcpy(frame.data() + filled, part->data() + part_at, n);
      filled += n;
      part_at += n;
      if (part_at == part->size()) ++part, part_at = 0;
    }
    const size_t bytes = ZSTD_compressCCtx(compressor_->context, out.data() + out_size,
                                           out.size() - out_size, frame.data(), size, kLevel);
    if (ZSTD_isError(bytes) != 0) {
      return MemoryError(
          absl::StrFormat("cannot compress temporary data: %s; try "
                          "--temp-compress off",
                          ZSTD_getErrorName(bytes)));
    }
    left -= size;
    stored += bytes;
    out_size += bytes;
    rates_->compressing.Add(static_cast<double>(size), SecondsSince(start));
    rates_->stored.Add(static_cast<double>(size), static_cast<double>(bytes));
    if (stored > room) {
      extent.stored_bytes = extent.bytes;
      return absl::OkStatus();  // The plain write overwrites these bytes.
    }
    if (out_size >= kChunkBytes) CM_RETURN_IF_ERROR(flush(RoundDownToBlock(out_size)));
  }
  extent.stored_bytes = RoundUpToBlock(stored);
  const size_t padded = RoundUpToBlock(out_size);
  std::memset(out.data() + out_size, 0, padded - out_size);
  return padded > 0 ? flush(padded) : absl::OkStatus();
}

absl::Status ReadExtent(BlockFile& file, const Extent& extent, Context& context,
                        const std::function<absl::Status(std::string_view)>& use) {
  if (extent.is_compressed()) {
    Decoder decoder;
    std::vector<char> content(kFrameBytes);
    return ForEachFrame(file, extent, context, [&](std::string_view frame, size_t size) {
      if (!decoder.Decode(frame, content.data(), size)) return Damaged(file);
      return use({content.data(), size});
    });
  }
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kChunkBytes));
  for (uint64_t at = 0; at < extent.bytes; at += kChunkBytes) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    const uint64_t size = std::min<uint64_t>(kChunkBytes, extent.bytes - at);
    CM_RETURN_IF_ERROR(file.Read(extent.offset + at, buffer.data(), RoundUpToBlock(size)));
    CM_RETURN_IF_ERROR(use({buffer.data(), size}));
  }
  return absl::OkStatus();
}

absl::Status ReadExtentTo(BlockFile& file, const Extent& extent, Context& context, char* buffer) {
  if (!extent.is_compressed()) {
    return file.Read(extent.offset, buffer, RoundUpToBlock(extent.bytes));
  }
  Decoder decoder;
  return ForEachFrame(file, extent, context, [&](std::string_view frame, size_t size) {
    if (!decoder.Decode(frame, buffer, size)) return Damaged(file);
    buffer += size;
    return absl::OkStatus();
  });
}

}  // namespace corpusmill
