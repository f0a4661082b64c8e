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
  uint64_t records_read = 0;  ///< Input records, without headers.
  uint64_t bytes_read = 0;    ///< Decoded input records with delimiters; 0 if unknown.
  uint64_t records = 0;       ///< Output records, copies included.
  uint64_t record_bytes = 0;  ///< Output records without delimiters.
  uint64_t output_bytes = 0;  ///< With delimiters, without headers, before encoding.
  MultisetHash multiset;      ///< Hash of the output records, checked before writing.
  ShuffleResult result;
  /// Passes over the records: 1 in memory, 2 over temporary files, more if buckets were split.
  int passes = 0;
  uint64_t temp_bytes = 0;       ///< Written to temporary files.
  uint64_t peak_temp_bytes = 0;  ///< Peak size of temporary files.
  double read_seconds = 0;
  double write_seconds = 0;
};

/// kInvalidArgument if the options contradict each other or the inputs.
absl::Status CheckShuffle(const std::vector<InputFile>& inputs, const ShuffleOptions& options);

/// The number of records that options.take selects from all inputs together. Aligned inputs give
/// `take` records each, from the same positions.
std::optional<uint64_t> TakeOfAll(const ShuffleOptions& options, size_t inputs);

/// kDataLoss if the record counts of aligned inputs differ.
absl::Status CheckAligned(const std::vector<InputFile>& inputs,
                          const std::vector<uint64_t>& records);

/// Writes the records of `inputs` to `target` in a uniformly random order.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"a.jsonl", "b.jsonl.zst"}));
///   FilesTarget target({.pattern = "shuffled.jsonl"}, context);
///   CM_ASSIGN_OR_RETURN(ShuffleReport report,
///                       Shuffle(inputs, {.seed = "42"}, target, context));
///
/// To read from and write to a program without files, use SourceInput and RecordTarget:
///
///   const auto target = RecordTarget([&](size_t, std::string_view line) { return Use(line); },
///                                    context);
///   CM_ASSIGN_OR_RETURN(ShuffleReport report, Shuffle({SourceInput("rows", open_rows)},
///                                                     {.seed = "42"}, *target, context));
///
/// Each record gets the 128-bit draw RandomKey(seed).At(kOrder, input, record, copy),
/// and records are written in the order of their draws (ties by input, record, copy):
/// sorting by independent uniform keys is an exactly uniform shuffle (Rao 1961;
/// Sandelius 1962). So the output does not depend on threads, memory or compression.
/// Records are neither parsed nor changed; a missing delimiter at the end of an input
/// is added. docs/shuffle.md describes the algorithm.
///
/// Memory stays within the free part of the context's budget, for inputs and records of any size.
/// Records that do not fit go to unnamed temporary files in
/// context.TempDirsFor(target.output_path()), which vanish even if the process is killed.
absl::StatusOr<ShuffleReport> Shuffle(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& options, ShuffleTarget& target,
                                      Context& context);

/// Reads the outputs of a shuffle again. kDataLoss if their records or header differ from the
/// report.
absl::Status VerifyShuffle(const std::vector<std::string>& paths, const ShuffleOptions& options,
                           const ShuffleReport& report, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_SHUFFLE_H_
