#ifndef CORPUSMILL_CORPUS_CODEC_H_
#define CORPUSMILL_CORPUS_CODEC_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/context.h"

namespace corpusmill {

enum class Codec { kNone, kGzip, kBzip2, kXz, kZstd };

/// "none", "gz", "bz2", "xz", "zst" (and gzip, bzip2, zstd). kInvalidArgument otherwise.
absl::StatusOr<Codec> ParseCodec(std::string_view name);
/// "none", "gz", "bz2", "xz", "zst".
std::string_view CodecName(Codec codec);

/// The codec an output of this name wants: by its last extension, else kNone.
Codec CodecForPath(std::string_view path);
/// `path` without the extension of its codec: "a.jsonl.zst" → "a.jsonl".
std::string_view StripCodecExtension(std::string_view path);

/// The codec of a stream that begins with `head` (at least 8 bytes unless the
/// stream is shorter), by its magic bytes, not by its name.
Codec DetectCodec(std::string_view head);

/// Decodes `raw` by what its content says; a plain stream passes through.
/// Concatenated members, streams and frames are read one after the other; zstd
/// frames of a known, moderate size are decoded several at a time on the
/// context's threads. A truncated or corrupt stream is kDataLoss with the name
/// and the offset in the compressed bytes, never an early end.
/// Buffers, and the window a zstd frame asks for, are taken from the budget.
/// `codec`, if not null, is set to what was found. `context` must outlive the source.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenDecoder(std::unique_ptr<ByteSource> raw,
                                                        Context& context, Codec* codec = nullptr);

/// Encodes into `raw`. zstd output is cut into frames that begin at multiples
/// of 2 MiB of plain bytes, with sizes and checksums, compressed on the context's
/// threads; bytes do not depend on how Write was called, nor on the threads.
absl::StatusOr<std::unique_ptr<ByteSink>> OpenEncoder(std::unique_ptr<ByteSink> raw, Codec codec,
                                                      Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODEC_H_
