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

/// A record's place in the order: by draw, equal draws by identity.
using Place = std::pair<Draw, RecordId>;

/// The records of a bucket in the order of their draws, as they will be written.
/// Its memory serves one bucket after the other. Not thread-safe.
class SortedBucket {
 public:
  /// For buckets that are in no respect larger than `largest`.
  static absl::StatusOr<std::unique_ptr<SortedBucket>> Create(const BucketTotals& largest,
                                                              uint64_t read_bytes,
                                                              size_t delimiter_bytes);

  /// Reads a bucket.
  absl::Status Read(const BucketSource& source, size_t bucket);

  /// Sorts what was read; with `last`, leaves out the records behind that place.
  /// kDataLoss if what was read is not what was written.
  absl::Status Sort(const Interval& interval, const Selector& selector,
                    const std::optional<Place>& last);

  /// Puts the records, each with `delimiter` behind it, one after another.
  absl::Status Arrange(std::string_view delimiter);

  size_t size() const { return index_.size(); }
  /// Of all records with delimiters, oversized records among them.
  uint64_t output_bytes() const { return output_bytes_; }
  /// Of the records as they were arranged.
  const MultisetHash& multiset() const { return multiset_; }

  /// Bytes of record i with its delimiter.
  uint64_t RecordBytes(size_t i) const;

  /// Writes records [begin, end) with their delimiters.
  absl::Status Write(size_t begin, size_t end, const OversizedSource& oversized_records,
                     ByteSink& sink) const;

  /// Hands the records, without delimiters, to `record` one after another, but oversized records to
  /// `oversized`.
  absl::Status ForEach(const std::function<absl::Status(std::string_view)>& record,
                       const std::function<absl::Status(const OversizedRecord&)>& oversized) const;

  const std::vector<OversizedRecord>& oversized_records() const { return oversized_records_; }

 private:
  SortedBucket() = default;
  struct Entry {
    uint64_t key;     // Interval::Offset of the draw.
    uint32_t at;      // Of the record in log_, or of the oversized record in oversized_records_.
    uint32_t length;  // kOversized if it is one.
  };
  static constexpr uint32_t kOversized = ~uint32_t{0};

  void SortIndex();
  /// Orders the records whose keys are equal.
  absl::Status BreakTies(const Selector& selector);
  /// Where the entry's bytes stand in log_.
  uint32_t LogPosition(const Entry& entry) const {
    return entry.length == kOversized ? oversized_positions_[entry.at] : entry.at;
  }

  AlignedBuffer log_;
  std::vector<std::string_view> logs_;  // In log_.
  uint64_t records_ = 0;                // There should be.
  std::vector<Entry> index_;
  std::vector<uint32_t> bins_;
  std::vector<OversizedRecord> oversized_records_;
  std::vector<uint32_t> oversized_positions_;  // Where they are named in log_.
  AlignedBuffer out_;                          // All but oversized records.
  size_t out_bytes_ = 0;
  uint64_t output_bytes_ = 0;
  std::string_view delimiter_;
  MultisetHash multiset_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_SORTED_BUCKET_H_
