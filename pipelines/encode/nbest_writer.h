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

/// Writes the n most probable segmentations of each document, in order, a JSON object
/// on a line for each: {"id": …, "source": …, "rank": 0, "score": -12.5, "ids": […]},
/// id and source as in the input, score the sum of the pieces' log-probabilities.
/// `output` is not closed. kResourceExhausted, naming the document, when n
/// segmentations of it do not fit into the memory.
absl::StatusOr<EncodeReport> WriteNBest(const std::vector<InputFile>& inputs,
                                        const DocumentOptions& documents,
                                        const Tokenizer& tokenizer, uint64_t n, ByteSink& output,
                                        Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_ENCODE_NBEST_WRITER_H_
