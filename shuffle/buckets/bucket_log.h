#ifndef CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_LOG_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_LOG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/hash.h"
#include "corpus/base/memory.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/order/selector.h"

/// The format of records in memory and on disk between the two passes.
///
/// A bucket's log is a sequence of runs. A run holds records of one input and copy
/// number in input order:
///
///   run    = varint input, varint copy, varint first_record, varint payload_bytes, entry…
///   entry  = varint record - previous record (0 for the first of a run),
///            varint 2 · length + is_oversized, then the record's bytes without its
///            delimiter; for an oversized record its file, offset and hash
///            (8 + 8 + 16 bytes, little-endian)
///
/// Varints are LEB128. Draws are not stored: computing a draw again takes less time than
/// writing and reading 16 bytes.
namespace corpusmill {

/// One record in a log.
struct LogEntry {
  RecordId id;
  bool is_oversized = false;
  uint64_t length = 0;
  const char* bytes = nullptr;  ///< The record; if oversized, the input of AsOversized.

  /// REQUIRES: is_oversized.
  OversizedRecord AsOversized() const;
  /// The length of `bytes`.
  size_t stored_bytes() const { return is_oversized ? kOversizedReferenceBytes : length; }
  static constexpr size_t kOversizedReferenceBytes = 32;
};

/// Reads a log, or a part of it that begins at a run.
///
///   LogReader reader(bytes);
///   for (LogEntry entry; reader.Next(&entry);) Use(entry);
///   CM_RETURN_IF_ERROR(reader.status());
///
/// Never reads outside `bytes`, even if they are damaged.
class LogReader {
 public:
  explicit LogReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  /// False at the end, or if the log is damaged.
  bool Next(LogEntry* entry);

  /// kDataLoss if Next ended before the end.
  absl::Status status() const;

  /// The size of the run at the start of `bytes`; 0 if `bytes` end within the run's header.
  static size_t RunBytes(std::string_view bytes);

 private:
  bool NextRun();
  bool Fail() {
    damaged_ = true;
    return false;
  }

  const char* at_;
  const char* const end_;
  const char* run_end_ = nullptr;
  RecordId id_;
  bool first_ = true;
  bool damaged_ = false;
};

/// Assembles runs from a log that arrives in chunks of any size.
class RunAssembler {
 public:
  explicit RunAssembler(std::function<absl::Status(std::string_view run)> use)
      : use_(std::move(use)) {}
  /// Appends a chunk and calls `use` for every complete run.
  absl::Status Add(std::string_view chunk);
  /// Ends the log. kDataLoss if the last run is incomplete.
  absl::Status End() const;

 private:
  const std::function<absl::Status(std::string_view)> use_;
  std::string rest_;  // The start of an incomplete run.
};

/// The totals of a bucket's records.
struct BucketTotals {
  uint64_t records = 0;
  uint64_t record_bytes = 0;  ///< Without delimiters.
  uint64_t log_bytes = 0;
  uint64_t oversized_records = 0;
  MultisetHash multiset;

  void Merge(const BucketTotals& other);
  /// Adds one record; leaves log_bytes unchanged.
  void Add(const LogEntry& entry);
};

/// Sorts records of one input and copy number into runs, one for each bucket.
///
///   RunBuilder builder(buckets);
///   builder.Begin(input, copy);
///   builder.Add(bucket, record, bytes);   // with growing record numbers
///   builder.Build();
///   for (const RunBuilder::Run& run : builder.runs()) Append(run.bucket, run.bytes, run.totals);
///
/// Build copies each record once; the bytes given to Add must live until then.
/// Not thread-safe.
class RunBuilder {
 public:
  struct Run {
    size_t bucket;
    std::string_view bytes;
    BucketTotals totals;
  };

  explicit RunBuilder(size_t buckets) : buckets_(buckets), by_bucket_(buckets) {}

  void Begin(uint64_t input, uint64_t copy);
  void Add(size_t bucket, uint64_t record, std::string_view bytes, const Hash128& hash);
  void AddOversized(size_t bucket, uint64_t record, const OversizedRecord& oversized);
  void Build();
  const std::vector<Run>& runs() const { return runs_; }

  /// The memory that one builder takes for `records` records of `record_bytes` bytes in all.
  static uint64_t MemoryBytes(size_t buckets, uint64_t records, uint64_t record_bytes);

 private:
  struct Item {
    const char* bytes;
    uint32_t bucket;
    uint32_t delta;
    uint64_t length_and_kind;
  };
  struct Bucket {
    uint64_t first_record = 0;
    uint64_t last_record = 0;
    uint64_t payload_bytes = 0;
    char* next = nullptr;
    BucketTotals totals;
  };
  void Put(size_t bucket, uint64_t record, const char* bytes, uint64_t length, bool oversized,
           const Hash128& hash);

  const size_t buckets_;
  uint64_t input_ = 0;
  uint64_t copy_ = 0;
  std::vector<Item> items_;
  std::deque<std::array<char, LogEntry::kOversizedReferenceBytes>>
      oversized_records_;  // Items point to them.
  std::vector<Bucket> by_bucket_;
  std::vector<uint32_t> used_;
  std::vector<char> bytes_;
  std::vector<Run> runs_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_BUCKET_LOG_H_
