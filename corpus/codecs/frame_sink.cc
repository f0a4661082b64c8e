#include "corpus/codecs/frame_sink.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

// The largest growth of a frame of noise by any codec: bzip2 adds 1% and 600 bytes.
constexpr uint64_t kMaxEncodedFrameBytes = kFrameBytes + kFrameBytes / 64;

/// Collects as many frames as are encoded in parallel, then encodes them.
class FrameSink final : public EncodingSink {
 public:
  FrameSink(std::unique_ptr<ByteSink> raw, Context& context, EncodedPosition start)
      : raw_(std::move(raw)), context_(context), position_(start) {}

  absl::Status Init(const CodecInfo& codec, int level) {
    const uint64_t slot_bytes = FrameSlotBytes(codec, level);
    // Leaves the rest of the budget to the producer of the text.
    const uint64_t spare = context_.memory().available_bytes() / 4;
    const size_t slots =
        std::clamp<uint64_t>(spare / slot_bytes, 1, static_cast<uint64_t>(context_.threads()));
    absl::StatusOr<MemoryLease> lease = context_.memory().Take(
        slots * slot_bytes, absl::StrFormat("%s: %s encoding", name(), codec.name));
    if (!lease.ok()) {
      const bool lower = level > codec.levels.usual;
      return MemoryError(absl::StrFormat(
          "%s: %s encoding at level %d needs %s, and %s of the %s memory budget are left; try %s%s",
          name(), codec.name, level, FormatByteSize(slot_bytes),
          FormatByteSize(context_.memory().available_bytes()),
          FormatByteSize(context_.memory().limit_bytes()), MemoryFlagFor(slot_bytes),
          lower ? " or a lower --compress-level" : ""));
    }
    lease_ = *std::move(lease);
    plain_.reserve(slots * kFrameBytes);
    slots_.resize(slots);
    for (Slot& slot : slots_) {
      slot.encoder = codec.make_encoder(level);
      slot.frame.reserve(kMaxEncodedFrameBytes);
    }
    return absl::OkStatus();
  }

  absl::Status Write(std::string_view bytes) override {
    const size_t capacity = slots_.size() * kFrameBytes;
    while (!bytes.empty()) {
      const size_t n = std::min(bytes.size(), capacity - plain_.size());
      plain_.append(bytes.substr(0, n));
      bytes.remove_prefix(n);
      if (plain_.size() == capacity) CM_RETURN_IF_ERROR(Flush());
    }
    return absl::OkStatus();
  }

  absl::Status Close() override {
    const bool nothing_stored = position_ == EncodedPosition{};
    if (!plain_.empty() || nothing_stored) CM_RETURN_IF_ERROR(Flush());
    return raw_->Close();
  }
  const std::string& name() const override { return raw_->name(); }
  EncodedPosition position() const override { return position_; }

 private:
  struct Slot {
    std::unique_ptr<FrameEncoder> encoder;
    std::string frame;
  };

  std::string_view PlainFrame(size_t i) const {
    return std::string_view(plain_).substr(i * kFrameBytes, kFrameBytes);
  }

  absl::Status Flush() {
    const size_t frames = std::max<size_t>(1, (plain_.size() + kFrameBytes - 1) / kFrameBytes);
    CM_RETURN_IF_ERROR(context_.ParallelFor(frames, 1, [&](size_t i, size_t) {
      return Annotate(slots_[i].encoder->Encode(PlainFrame(i), &slots_[i].frame),
                      absl::StrFormat("%s: cannot compress", name()));
    }));
    for (size_t i = 0; i < frames; ++i) {
      CM_RETURN_IF_ERROR(raw_->Write(slots_[i].frame));
      position_.plain_bytes += PlainFrame(i).size();
      position_.stored_bytes += slots_[i].frame.size();
    }
    plain_.clear();
    return absl::OkStatus();
  }

  const std::unique_ptr<ByteSink> raw_;
  Context& context_;
  EncodedPosition position_;
  MemoryLease lease_;
  std::string plain_;  // Begins at position_.
  std::vector<Slot> slots_;
};

}  // namespace

uint64_t FrameSlotBytes(const CodecInfo& codec, int level) {
  return kFrameBytes + kMaxEncodedFrameBytes + codec.encoder_bytes(level);
}

absl::StatusOr<std::unique_ptr<EncodingSink>> MakeFrameSink(std::unique_ptr<ByteSink> raw,
                                                            const CodecInfo& codec, int level,
                                                            Context& context,
                                                            EncodedPosition start) {
  if (start.plain_bytes % kFrameBytes != 0) {
    return UsageError(
        absl::StrFormat("%s: no frame begins at plain byte %d", raw->name(), start.plain_bytes));
  }
  auto sink = std::make_unique<FrameSink>(std::move(raw), context, start);
  CM_RETURN_IF_ERROR(sink->Init(codec, level));
  return sink;
}

}  // namespace corpusmill
