#include "corpus/codecs/codec.h"

#include <utility>
#include <vector>

#include "corpus/base/memory.h"
#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/counting_source.h"
#include "corpus/codecs/frame_sink.h"

namespace corpusmill {
namespace {

constexpr std::string_view kNone = "none";

/// The codec at a position of the table.
Codec CodecAt(size_t i) { return static_cast<Codec>(i + 1); }

/// Whether a stream that begins with `head` may still turn out to be encoded.
bool MayBeEncoded(std::string_view head, CodecTable codecs) {
  for (const CodecInfo* const codec : codecs) {
    if (codec->match(head) != Match::kNo) return true;
  }
  return false;
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

absl::StatusOr<Codec> ParseCodec(std::string_view name, CodecTable codecs) {
  if (name == kNone) return Codec::kNone;
  for (size_t i = 0; i < codecs.size(); ++i) {
    if (name == codecs[i]->name || name == codecs[i]->long_name) return CodecAt(i);
  }
  return UsageError(
      absl::StrFormat("'%s' is not a codec; try %s, %s", name, kNone, CodecNames("or", codecs)));
}

std::string_view CodecName(Codec codec, CodecTable codecs) {
  return codec == Codec::kNone ? kNone : InfoOf(codec, codecs).name;
}

std::string CodecNames(std::string_view conjunction, CodecTable codecs) {
  std::vector<std::string> names;
  for (const CodecInfo* const codec : codecs) names.emplace_back(codec->name);
  return NameList(names, conjunction);
}

std::string CodecNamesWithMemory(std::string_view conjunction, CodecTable codecs) {
  std::vector<std::string> names;
  for (size_t i = 0; i < codecs.size(); ++i) {
    const uint64_t bytes = EncoderBytes(CodecAt(i), codecs);
    names.push_back(bytes < MemoryBudget::kMinimumBytes
                        ? std::string(codecs[i]->name)
                        : absl::StrFormat("%s (needs %s)", codecs[i]->name, MemoryFlagFor(bytes)));
  }
  return NameList(names, conjunction);
}

absl::Status CheckLevel(const Encoding& encoding, CodecTable codecs) {
  if (!encoding.level) return absl::OkStatus();
  if (encoding.codec == Codec::kNone) {
    return UsageError("a compression level needs a compressed output; try --compress zst");
  }
  const CodecInfo& info = InfoOf(encoding.codec, codecs);
  if (*encoding.level >= info.levels.least && *encoding.level <= info.levels.most) {
    return absl::OkStatus();
  }
  return UsageError(absl::StrFormat("%s has no compression level %d; try %d to %d", info.name,
                                    *encoding.level, info.levels.least, info.levels.most));
}

std::string LevelRanges(CodecTable codecs) {
  std::vector<std::string> ranges;
  for (const CodecInfo* const codec : codecs) {
    ranges.push_back(absl::StrFormat("%s %d to %d (%d)", codec->name, codec->levels.least,
                                     codec->levels.most, codec->levels.usual));
  }
  return NameList(ranges, "and");
}

uint64_t EncoderBytes(const Encoding& encoding, CodecTable codecs) {
  if (encoding.codec == Codec::kNone) return 0;
  const CodecInfo& info = InfoOf(encoding.codec, codecs);
  return FrameSlotBytes(info, encoding.level.value_or(info.levels.usual));
}

Codec CodecForPath(std::string_view path, CodecTable codecs) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return Codec::kNone;
  for (size_t i = 0; i < codecs.size(); ++i) {
    if (path.substr(dot + 1) == codecs[i]->name) return CodecAt(i);
  }
  return Codec::kNone;
}

std::string_view StripCodecExtension(std::string_view path, CodecTable codecs) {
  return CodecForPath(path, codecs) == Codec::kNone ? path : path.substr(0, path.rfind('.'));
}

Codec DetectCodec(std::string_view head, CodecTable codecs) {
  for (size_t i = 0; i < codecs.size(); ++i) {
    if (codecs[i]->match(head) == Match::kYes) return CodecAt(i);
  }
  return Codec::kNone;
}

DecoderMemory DecoderMemoryOf(std::string_view head, CodecTable codecs) {
  const Codec codec = DetectCodec(head, codecs);
  return codec == Codec::kNone ? DecoderMemory{} : InfoOf(codec, codecs).decoder_memory(head);
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenDecoder(std::unique_ptr<ByteSource> raw,
                                                        Context& context, Codec* codec,
                                                        CodecTable codecs) {
  std::string head(kHeadBytes, '\0');
  size_t have = 0;
  while (have < head.size()) {
    CM_ASSIGN_OR_RETURN(const size_t n, raw->Read(head.data() + have, head.size() - have));
    if (n == 0) break;
    have += n;
    if (!MayBeEncoded(std::string_view(head).substr(0, have), codecs)) break;
  }
  head.resize(have);
  const Codec found = DetectCodec(head, codecs);
  if (codec != nullptr) *codec = found;
  auto source = std::make_unique<CountingSource>(std::move(head), std::move(raw));
  if (found == Codec::kNone) return source;
  return InfoOf(found, codecs).open_decoder(std::move(source), context);
}

absl::StatusOr<std::unique_ptr<EncodingSink>> OpenEncoder(std::unique_ptr<ByteSink> raw,
                                                          const Encoding& encoding,
                                                          Context& context, EncodedPosition start,
                                                          CodecTable codecs) {
  CM_RETURN_IF_ERROR(CheckLevel(encoding, codecs));
  if (encoding.codec != Codec::kNone) {
    const CodecInfo& info = InfoOf(encoding.codec, codecs);
    return MakeFrameSink(std::move(raw), info, encoding.level.value_or(info.levels.usual), context,
                         start);
  }
  if (start.plain_bytes != start.stored_bytes) {
    return UsageError(absl::StrFormat("%s: plain byte %d is not stored at byte %d", raw->name(),
                                      start.plain_bytes, start.stored_bytes));
  }
  return std::make_unique<PlainSink>(std::move(raw), start);
}

}  // namespace corpusmill
