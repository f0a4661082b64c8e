#ifndef CORPUSMILL_PIPELINES_NBEST_H_
#define CORPUSMILL_PIPELINES_NBEST_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/context.h"
#include "corpus/documents.h"
#include "corpus/inputs.h"
#include "pipelines/encode.h"
#include "tokenizer/tokenizer.h"

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

#endif  // CORPUSMILL_PIPELINES_NBEST_H_
