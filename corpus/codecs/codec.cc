#include "corpus/codecs/codec.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/codecs/codec_internal.h"

namespace corpusmill {
namespace {

struct CodecNames {
  Codec codec;
  std::string_view name;       // CodecName and extension
  std::string_view long_name;  // also understood
};
constexpr std::array<CodecNames, 5> kCodecs = {{
    {Codec::kNone, "none", "none"},
    {Codec::kGzip, "gz", "gzip"},
    {Codec::kBzip2, "bz2", "bzip2"},
    {Codec::kXz, "xz", "lzma"},
    {Codec::kZstd, "zst", "zstd"},
}};

constexpr size_t kHeadBytes = 32;

/// Whether a stream that begins with `head` may yet turn out to be encoded. Of most text
/// the first byte says no, so that a pipe is not waited on for more than it has.
bool MayBeEncoded(std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"\x1f\x8b\x08"sv, "BZh"sv,
                                       "\xfd"
                                       "7zXZ\0"sv,
                                       "\x28\xb5\x2f\xfd"sv}) {
    if (head.starts_with(magic.substr(0, head.size()))) return true;
  }
  constexpr std::string_view kSkippable = "\x2a\x4d\x18";  // After the first byte.
  return (head[0] & 0xf0) == 0x50 &&
         kSkippable.substr(0, head.size() - 1) == head.substr(1, kSkippable.size());
}

/// The sink of Codec::kNone.
class PlainSink final : public EncodingSink {
 public:
  PlainSink(std::unique_ptr<ByteSink> raw, EncodedPosition start)
      : raw_(std::move(raw)), position_(start) {}
  absl::Status Write(std::string_view bytes) override {
    CM_RETURN_IF_ERROR(raw_->Write(bytes));
    position_.plain_bytes += bytes.size();
    position_.stored_bytes += bytes.size();
    return absl::OkStatus();
  }
  absl::Status Close() override { return raw_->Close(); }
  const std::string& name() const override { return raw_->name(); }
  EncodedPosition position() const override { return position_; }

 private:
  const std::unique_ptr<ByteSink> raw_;
  EncodedPosition position_;
};

}  // namespace

absl::StatusOr<Codec> ParseCodec(std::string_view name) {
  for (const CodecNames& entry : kCodecs) {
    if (name == entry.name || name == entry.long_name) return entry.codec;
  }
  return UsageError(absl::StrFormat("'%s' is no codec; try none, gz, bz2, xz or zst", name));
}

std::string_view CodecName(Codec codec) { return kCodecs[static_cast<size_t>(codec)].name; }

Codec CodecForPath(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return Codec::kNone;
  for (const CodecNames& entry : kCodecs) {
    if (entry.codec != Codec::kNone && path.substr(dot + 1) == entry.name) return entry.codec;
  }
  return Codec::kNone;
}

std::string_view StripCodecExtension(std::string_view path) {
  return CodecForPath(path) == Codec::kNone ? path : path.substr(0, path.rfind('.'));
}

Codec DetectCodec(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\x1f\x8b\x08"sv)) return Codec::kGzip;
  // "BZh9" alone could be text: the mark of the first block or of the end follows it.
  if (head.size() >= 10 && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9' &&
      (head.substr(4, 6) == "\x31\x41\x59\x26\x53\x59"sv ||
       head.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"sv)) {
    return Codec::kBzip2;
  }
  if (head.starts_with("\xfd"
                       "7zXZ\0"sv)) {
    return Codec::kXz;
  }
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return Codec::kZstd;
  if (head.size() >= 4 && (head[0] & 0xf0) == 0x50 && head.substr(1, 3) == "\x2a\x4d\x18"sv) {
    return Codec::kZstd;  // A skippable frame.
  }
  return Codec::kNone;
}

namespace internal {

absl::StatusOr<size_t> CountingSource::Read(char* buffer, size_t size) {
  size_t n;
  if (offset_ < head_.size()) {
    n = std::min(size, head_.size() - static_cast<size_t>(offset_));
    std::memcpy(buffer, head_.data() + offset_, n);
  } else {
    CM_ASSIGN_OR_RETURN(n, raw_->Read(buffer, size));
  }
  offset_ += n;
  return n;
}

}  // namespace internal

absl::StatusOr<std::unique_ptr<ByteSource>> OpenDecoder(std::unique_ptr<ByteSource> raw,
                                                        Context& context, Codec* codec) {
  std::string head(kHeadBytes, '\0');
  size_t have = 0;
  while (have < head.size()) {
    CM_ASSIGN_OR_RETURN(const size_t n, raw->Read(head.data() + have, head.size() - have));
    if (n == 0) break;
    have += n;
    if (!MayBeEncoded(std::string_view(head).substr(0, have))) break;
  }
  head.resize(have);
  const Codec found = DetectCodec(head);
  if (codec != nullptr) *codec = found;
  auto source = std::make_unique<internal::CountingSource>(std::move(head), std::move(raw));
  switch (found) {
    case Codec::kNone:
      return source;
    case Codec::kZstd:
      return internal::ZstdDecoder(std::move(source), context);
    default:
      return internal::BoostDecoder(std::move(source), found, context);
  }
}

absl::StatusOr<std::unique_ptr<EncodingSink>> OpenEncoder(std::unique_ptr<ByteSink> raw,
                                                          Codec codec, Context& context,
                                                          EncodedPosition start) {
  if (codec == Codec::kNone) {
    if (start.plain_bytes != start.stored_bytes) {
      return UsageError(absl::StrFormat("%s: plain byte %d is not stored at byte %d", raw->name(),
                                        start.plain_bytes, start.stored_bytes));
    }
    return std::make_unique<PlainSink>(std::move(raw), start);
  }
  const internal::FrameFormat format =
      codec == Codec::kZstd ? internal::ZstdFrames() : internal::BoostFrames(codec);
  return internal::MakeFrameSink(std::move(raw), codec, format, context, start);
}

}  // namespace corpusmill
