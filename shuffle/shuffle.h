#ifndef CORPUSMILL_SHUFFLE_SHUFFLE_H_
#define CORPUSMILL_SHUFFLE_SHUFFLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/records/inputs.h"
#include "shuffle/order/options.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

struct ShuffleReport {
  uint64_t records_read = 0;  ///< Without headers.
  uint64_t bytes_read = 0;    ///< Of those, decoded, with delimiters; 0 if not known.
  uint64_t records = 0;       ///< Written, copies and all.
  uint64_t record_bytes = 0;  ///< Of those, without delimiters.
  uint64_t output_bytes = 0;  ///< With delimiters, without headers, before encoding.
  MultisetHash multiset;      ///< Of the records: those read and those written, compared.
  ShuffleResult result;
  /// How often the records were moved: 1 in memory, 2 over temporary files, more if
  /// parts had to be split again.
  int passes = 0;
  uint64_t temp_bytes = 0;       ///< Written to temporary files,
  uint64_t peak_temp_bytes = 0;  ///< and there at once.
  double read_seconds = 0;
  double write_seconds = 0;
};

/// kInvalidArgument when the options contradict each other or the inputs.
absl::Status CheckShuffle(const std::vector<InputFile>& inputs, const ShuffleOptions& options);

/// options.take over all inputs: of aligned ones each gives a sample, and the samples
/// are the same, so that together they are the first of the order.
std::optional<uint64_t> TakeOfAll(const ShuffleOptions& options, size_t inputs);

/// kDataLoss when aligned inputs have not as many records as each other.
absl::Status CheckAligned(const std::vector<InputFile>& inputs,
                          const std::vector<uint64_t>& records);

/// Writes the records of `inputs` to `target` in a uniformly random order.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"a.jsonl", "b.jsonl.zst"}));
///   FilesTarget target({.pattern = "shuffled.jsonl"}, context);
///   CM_ASSIGN_OR_RETURN(ShuffleReport report,
///                       Shuffle(inputs, {.seed = "42"}, target, context));
///
/// Or from and to a program, with no file in between (see SourceInput and RecordTarget):
///
///   const auto target = RecordTarget([&](size_t, std::string_view line) { return Use(line); },
///                                    context);
///   CM_ASSIGN_OR_RETURN(ShuffleReport report, Shuffle({SourceInput("rows", open_rows)},
///                                                     {.seed = "42"}, *target, context));
///
/// Each record gets the 128-bit draw RandomKey(seed).At(kOrder, input, record, copy),
/// and records are written in the order of their draws (ties by input, record, copy):
/// sorting by independent uniform keys is an exactly uniform shuffle (Rao 1961;
/// Sandelius 1962). So the output depends on neither threads, memory nor compression.
/// Records are not parsed and not changed; a delimiter missing at the end of an input
/// is added. docs/shuffle.md has the algorithm.
///
/// Takes at most what is left of the context's budget, whatever the size of the
/// inputs and of single records. What does not fit goes to unnamed temporary files in
/// context.TempDirsFor(target.output_path()), which are gone however the process ends.
absl::StatusOr<ShuffleReport> Shuffle(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& options, ShuffleTarget& target,
                                      Context& context);

/// Reads the outputs of a shuffle again. kDataLoss when they are not made of the
/// records that the report tells of, or lack the header.
absl::Status VerifyShuffle(const std::vector<std::string>& paths, const ShuffleOptions& options,
                           const ShuffleReport& report, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_SHUFFLE_H_
