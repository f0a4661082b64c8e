#ifndef CORPUSMILL_PIPELINES_ENCODE_NBEST_WRITER_H_
#define CORPUSMILL_PIPELINES_ENCODE_NBEST_WRITER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "pipelines/encode/encode.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

/// Writes the n most probable segmentations of each document, best first, one JSON object per
/// line: {"id": …, "source": …, "rank": 0, "score": -12.5, "ids": […]}. `id` and `source` are
/// those of the input; `score` is the sum of the pieces' log-probabilities. Does not close
/// `output`. kResourceExhausted, naming the document, if n segmentations do not fit in memory.
absl::StatusOr<EncodeReport> WriteNBest(const std::vector<InputFile>& inputs,
                                        const DocumentOptions& documents,
                                        const Tokenizer& tokenizer, uint64_t n, ByteSink& output,
                                        Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_NBEST_WRITER_H_
