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

/// The contents of one part's spill files, and the input position where the part ends.
/// docs/formats/job.md describes the format.
struct PartIndex {
  struct Bucket {
    BucketTotals totals;
    std::vector<Extent> extents;
  };
  InputPosition end;                                   ///< Where the next part begins.
  bool is_last = false;                                ///< Last part of its task.
  std::vector<std::pair<uint64_t, uint64_t>> records;  ///< (input, records read from it)
  std::optional<std::string> header;                   ///< Unset before the first header.
  std::vector<Bucket> buckets;
};

std::string EncodePartIndex(const PartIndex& index);

/// kDataLoss, naming `path`, if the bytes are damaged.
absl::StatusOr<PartIndex> DecodePartIndex(std::string_view bytes, const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_PART_INDEX_H_
