#ifndef CORPUSMILL_CORPUS_CODECS_FRAME_SINK_H_
#define CORPUSMILL_CORPUS_CODECS_FRAME_SINK_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/encoding_sink.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// Cuts the text into frames, encodes them and writes them to `raw` in order. Every codec writes
/// its output through this sink; see OpenEncoder.
absl::StatusOr<std::unique_ptr<EncodingSink>> MakeFrameSink(std::unique_ptr<ByteSink> raw,
                                                            const CodecInfo& codec, int level,
                                                            Context& context,
                                                            EncodedPosition start);

/// The memory of a frame in work: plain, encoded, and its encoder.
uint64_t FrameSlotBytes(const CodecInfo& codec, int level);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_FRAME_SINK_H_
