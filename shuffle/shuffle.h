#ifndef CORPUSMILL_SHUFFLE_SHUFFLE_H_
#define CORPUSMILL_SHUFFLE_SHUFFLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/context.h"
#include "corpus/hash.h"
#include "corpus/inputs.h"
#include "corpus/records.h"

namespace corpusmill {

struct ShuffleOptions {
  /// Any string: the order is a pure function of it and of the input records.
  std::string seed;
  /// kWhole is refused: its records have no delimiter to write.
  RecordOptions record;
};

struct ShuffleReport {
  uint64_t records = 0;
  uint64_t record_bytes = 0;                   ///< Without delimiters.
  uint64_t output_bytes = 0;                   ///< With delimiters, before encoding.
  MultisetHash multiset;                       ///< Of the records: read and written, compared.
  RecordFormat format = RecordFormat::kLines;  ///< Of the first input.
};

/// Writes all records of `inputs` to `output` in a uniformly random order.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"a.jsonl", "b.jsonl.zst"}));
///   CM_ASSIGN_OR_RETURN(auto sink, CreateFile("shuffled.jsonl", {}));
///   CM_ASSIGN_OR_RETURN(ShuffleReport report,
///                       Shuffle(inputs, {.seed = "42"}, *sink, context));
///   CM_RETURN_IF_ERROR(sink->Close());
///
/// Each record gets the 128-bit draw RandomKey(seed).At(kOrder, input, record),
/// and records are written in the order of their draws (ties by input, then
/// record): sorting by independent uniform keys is an exactly uniform shuffle
/// (Rao 1961; Sandelius 1962). So the output depends on neither threads, memory
/// nor compression. Records are not parsed and not changed; a delimiter missing
/// at the end of an input is added.
///
/// All records and 24 bytes for each are held in memory: kResourceExhausted when
/// they do not fit in the budget. `output` is not closed.
absl::StatusOr<ShuffleReport> Shuffle(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& options, ByteSink& output,
                                      Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_SHUFFLE_H_
