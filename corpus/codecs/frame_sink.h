#ifndef CORPUSMILL_CORPUS_CODECS_FRAME_SINK_H_
#define CORPUSMILL_CORPUS_CODECS_FRAME_SINK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// Cuts what is written into frames, encodes them and hands them to `raw` in order: the one
/// way in which outputs are cut, for every codec. As OpenEncoder.
absl::StatusOr<std::unique_ptr<EncodingSink>> MakeFrameSink(std::unique_ptr<ByteSink> raw,
                                                            const CodecInfo& codec,
                                                            Context& context,
                                                            EncodedPosition start);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_FRAME_SINK_H_
