#ifndef CORPUSMILL_CORPUS_CODECS_ENCODING_SINK_H_
#define CORPUSMILL_CORPUS_CODECS_ENCODING_SINK_H_

#include <cstdint>

#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// Plain bytes in a frame of an encoded output.
inline constexpr uint64_t kFrameBytes = 2 << 20;

/// A position at which an encoded output can be continued: its first `stored_bytes` hold exactly
/// the first `plain_bytes`.
struct EncodedPosition {
  uint64_t plain_bytes = 0;
  uint64_t stored_bytes = 0;
  bool operator==(const EncodedPosition&) const = default;
};

/// A sink that encodes and reports its position.
class EncodingSink : public ByteSink {
 public:
  /// The last frame boundary written to the raw sink; after Close, the end.
  virtual EncodedPosition position() const = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_ENCODING_SINK_H_
