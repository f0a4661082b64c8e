#ifndef CORPUSMILL_SHUFFLE_JOB_PART_INDEX_H_
#define CORPUSMILL_SHUFFLE_JOB_PART_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "shuffle/buckets/bucket_log.h"
#include "shuffle/buckets/spill_files.h"
#include "shuffle/passes/slice_reader.h"

namespace corpusmill {

/// What one part of a job's first pass put into its spill files, and how far it came.
/// docs/formats/job.md has the format.
struct PartIndex {
  struct Bucket {
    BucketTotals totals;
    std::vector<Extent> extents;
  };
  InputPosition end;                                   ///< Where the next part begins.
  bool is_last = false;                                ///< Of its task.
  std::vector<std::pair<uint64_t, uint64_t>> records;  ///< (input, records read from it)
  std::optional<std::string> header;                   ///< If one was seen by now.
  std::vector<Bucket> buckets;
};

std::string EncodePartIndex(const PartIndex& index);

/// kDataLoss naming `path` when the bytes are not what EncodePartIndex made.
absl::StatusOr<PartIndex> DecodePartIndex(std::string_view bytes, const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_PART_INDEX_H_
