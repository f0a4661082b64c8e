#ifndef CORPUSMILL_CORPUS_CONTAINERS_UTF16_SOURCE_H_
#define CORPUSMILL_CORPUS_CONTAINERS_UTF16_SOURCE_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// The encodings of text in code units of two or four bytes.
enum class WideEncoding { kUtf16Le, kUtf16Be, kUtf32Le, kUtf32Be };

/// "UTF-16LE"
std::string_view WideEncodingName(WideEncoding encoding);

/// Whether a stream that begins with `head` is text in `encoding`: it has the byte order mark, or
/// its first 64 bytes are ASCII characters in that encoding.
Match MatchWideText(std::string_view head, WideEncoding encoding);

/// Decodes a stream to UTF-8, without the byte order mark. A code unit that is no part of a
/// character becomes its bytes in generalized UTF-8, which are not valid UTF-8, so that the policy
/// for invalid UTF-8 decides on it. A last code unit that is incomplete is kDataLoss.
std::unique_ptr<ByteSource> DecodeWideText(std::unique_ptr<ByteSource> raw, WideEncoding encoding);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_UTF16_SOURCE_H_
