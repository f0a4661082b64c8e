#ifndef CORPUSMILL_SHUFFLE_PASSES_SORTED_BUCKET_H_
#define CORPUSMILL_SHUFFLE_PASSES_SORTED_BUCKET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "corpus/io/block_file.h"
#include "corpus/io/byte_stream.h"
#include "shuffle/buckets/bucket_source.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/order/selector.h"

namespace corpusmill {

/// A record's place in the order: by draw, then by identity.
using Place = std::pair<Draw, RecordId>;

/// The records of a bucket in the order of their draws, ready to write. Reuses its memory for one
/// bucket after another. Not thread-safe.
class SortedBucket {
 public:
  /// Allocates memory for buckets up to `largest` in each figure.
  static absl::StatusOr<std::unique_ptr<SortedBucket>> Create(const BucketTotals& largest,
                                                              uint64_t read_bytes,
                                                              size_t delimiter_bytes);

  /// Reads a bucket.
  absl::Status Read(const BucketSource& source, size_t bucket);

  /// Sorts the bucket; with `last`, drops the records after it. kDataLoss if the bucket is damaged.
  absl::Status Sort(const Interval& interval, const Selector& selector,
                    const std::optional<Place>& last);

  /// Copies the records to the output in order, each followed by `delimiter`.
  absl::Status Arrange(std::string_view delimiter);

  size_t size() const { return index_.size(); }
  /// Bytes of all records with delimiters, oversized records included.
  uint64_t output_bytes() const { return output_bytes_; }
  /// The hash of the arranged records.
  const MultisetHash& multiset() const { return multiset_; }

  /// Bytes of record i with its delimiter.
  uint64_t RecordBytes(size_t i) const;

  /// Writes records [begin, end) with their delimiters.
  absl::Status Write(size_t begin, size_t end, const OversizedSource& oversized_records,
                     ByteSink& sink) const;

  /// Passes the records without delimiters to `record` in order, and oversized records to
  /// `oversized`.
  absl::Status ForEach(const std::function<absl::Status(std::string_view)>& record,
                       const std::function<absl::Status(const OversizedRecord&)>& oversized) const;

  const std::vector<OversizedRecord>& oversized_records() const { return oversized_records_; }

 private:
  SortedBucket() = default;
  struct Entry {
    uint64_t key;     // Interval::Offset of the draw.
    uint32_t at;      // Offset in log_, or index in oversized_records_.
    uint32_t length;  // kOversized for an oversized record.
  };
  static constexpr uint32_t kOversized = ~uint32_t{0};

  void SortIndex();
  /// Orders the records whose keys are equal.
  absl::Status BreakTies(const Selector& selector);
  /// The offset of the entry's bytes in log_.
  uint32_t LogPosition(const Entry& entry) const {
    return entry.length == kOversized ? oversized_positions_[entry.at] : entry.at;
  }

  AlignedBuffer log_;
  std::vector<std::string_view> logs_;  // Parts of log_.
  uint64_t records_ = 0;                // Expected number of records.
  std::vector<Entry> index_;
  std::vector<uint32_t> bins_;
  std::vector<OversizedRecord> oversized_records_;
  std::vector<uint32_t> oversized_positions_;  // Offsets of their references in log_.
  AlignedBuffer out_;                          // The output without oversized records.
  size_t out_bytes_ = 0;
  uint64_t output_bytes_ = 0;
  std::string_view delimiter_;
  MultisetHash multiset_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SORTED_BUCKET_H_
