#ifndef CORPUSMILL_CORPUS_CODECS_CODEC_H_
#define CORPUSMILL_CORPUS_CODECS_CODEC_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/encoding_sink.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// "none", "gz", "bz2", "xz", "zst" (and gzip, bzip2, lzma, zstd). kInvalidArgument otherwise.
absl::StatusOr<Codec> ParseCodec(std::string_view name, CodecTable codecs = Codecs());
/// "none", "gz", "bz2", "xz", "zst".
std::string_view CodecName(Codec codec, CodecTable codecs = Codecs());
/// The codecs without "none", as a phrase: "gz, bz2, xz and zst".
std::string CodecNames(std::string_view conjunction, CodecTable codecs = Codecs());
/// The same for a help text, with the memory that an encoder may lack: "xz (needs --memory 46M)".
std::string CodecNamesWithMemory(std::string_view conjunction, CodecTable codecs = Codecs());

/// How an output is encoded. A Codec alone means its usual level.
struct Encoding {
  Encoding(Codec codec = Codec::kNone, std::optional<int> level = {})  // NOLINT: implicit
      : codec(codec), level(level) {}
  Codec codec;
  std::optional<int> level;
};
/// kInvalidArgument, with the range, if the codec has no such level.
absl::Status CheckLevel(const Encoding& encoding, CodecTable codecs = Codecs());
/// The levels for a help text: "gz 1 to 9 (6), bz2 1 to 9 (9), …".
std::string LevelRanges(CodecTable codecs = Codecs());
/// The memory that an encoder takes at least: one frame, plain and encoded, and its compressor.
uint64_t EncoderBytes(const Encoding& encoding, CodecTable codecs = Codecs());

/// The codec for an output path: by its last extension, else kNone.
Codec CodecForPath(std::string_view path, CodecTable codecs = Codecs());
/// `path` without the extension of its codec: "a.jsonl.zst" → "a.jsonl".
std::string_view StripCodecExtension(std::string_view path, CodecTable codecs = Codecs());

/// The codec of a stream that begins with `head` (at least 10 bytes unless the stream is shorter),
/// by its magic bytes, never by its name.
Codec DetectCodec(std::string_view head, CodecTable codecs = Codecs());

/// The memory for decoding a stream that begins with `head`: kHeadBytes, or all of a shorter
/// stream.
DecoderMemory DecoderMemoryOf(std::string_view head, CodecTable codecs = Codecs());
/// The bytes that tell codec and memory of any stream.
inline constexpr size_t kHeadBytes = 32;

/// Decodes `raw` by its content; a plain stream passes through. Concatenated members, streams and
/// frames are read one after the other; zstd frames of a known, moderate size are decoded several
/// at a time on the context's threads. Zero bytes behind gzip and bzip2 members are padding. A
/// truncated or corrupt stream is kDataLoss with the name and the offset in the compressed bytes,
/// never an early end. Buffers and windows are charged to context.decoder_memory(), a window as far
/// as it is filled: kResourceExhausted names the memory that the rest may need. `codec`, if not
/// null, receives the codec found. `context` must outlive the source.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenDecoder(std::unique_ptr<ByteSource> raw,
                                                        Context& context, Codec* codec = nullptr,
                                                        CodecTable codecs = Codecs());

/// Encodes into `raw`. The output is a series of frames (zstd frames, gzip members, bzip2 and xz
/// streams). Each decodes on its own and begins at a multiple of kFrameBytes of plain bytes; an
/// empty output is one empty frame. Any tool for the format reads them one after the other. Frames
/// are compressed on the context's threads, as many at a time as its memory allows; the bytes
/// depend neither on that nor on the sizes of the writes. kNone passes bytes through: every byte is
/// a boundary.
///
///   CM_ASSIGN_OR_RETURN(auto file, CreateFile("a.gz", {}));
///   CM_ASSIGN_OR_RETURN(auto sink, OpenEncoder(std::move(file), Codec::kGzip, context));
///   CM_RETURN_IF_ERROR(sink->Write(text));
///   CM_RETURN_IF_ERROR(sink->Close());
///
/// `start`, a position() of an earlier encoder, continues its output; the bytes equal those of an
/// uninterrupted run. `raw` stands at start.stored_bytes, and the next byte written is plain byte
/// start.plain_bytes. kInvalidArgument if no frame begins there, or for a level that the codec does
/// not have. kResourceExhausted if the budget cannot hold EncoderBytes. `context` must outlive the
/// sink.
absl::StatusOr<std::unique_ptr<EncodingSink>> OpenEncoder(std::unique_ptr<ByteSink> raw,
                                                          const Encoding& encoding,
                                                          Context& context,
                                                          EncodedPosition start = {},
                                                          CodecTable codecs = Codecs());

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_CODEC_H_
