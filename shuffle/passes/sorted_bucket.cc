#include "shuffle/passes/sorted_bucket.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "corpus/base/status.h"
#include "shuffle/buckets/bucket_log.h"

namespace corpusmill {
namespace {

// Prefetch distance, in records, while arranging.
constexpr size_t kPrefetch = 12;
// Average number of entries in a bin: few enough for insertion sort.
constexpr size_t kBinEntries = 8;

}  // namespace

absl::StatusOr<std::unique_ptr<SortedBucket>> SortedBucket::Create(const BucketTotals& largest,
                                                                   uint64_t read_bytes,
                                                                   size_t delimiter_bytes) {
  auto bucket = std::unique_ptr<SortedBucket>(new SortedBucket());
  // Untouched pages take no memory.
  CM_ASSIGN_OR_RETURN(bucket->log_, AlignedBuffer::Create(read_bytes));
  CM_ASSIGN_OR_RETURN(bucket->out_, AlignedBuffer::Create(largest.record_bytes +
                                                          largest.records * delimiter_bytes));
  bucket->index_.reserve(largest.records);
  return bucket;
}

absl::Status SortedBucket::Read(const BucketSource& source, size_t bucket) {
  records_ = source.totals(bucket).records;
  return source.Read(bucket, log_.data(), &logs_);
}

absl::Status SortedBucket::Sort(const Interval& interval, const Selector& selector,
                                const std::optional<Place>& last) {
  index_.clear();
  oversized_records_.clear();
  oversized_positions_.clear();
  output_bytes_ = 0;
  uint64_t records = 0;
  for (const std::string_view bytes : logs_) {
    LogReader log(bytes);
    for (LogEntry entry; log.Next(&entry); ++records) {
      const Draw draw = selector.DrawOf(entry.id);
      if (!interval.Contains(draw)) return DataError("damaged temporary data");
      if (last && *last < Place(draw, entry.id)) continue;
      Entry indexed{interval.Offset(draw), static_cast<uint32_t>(entry.bytes - log_.data()),
                    static_cast<uint32_t>(entry.length)};
      if (entry.is_oversized) {
        oversized_positions_.push_back(indexed.at);
        indexed.at = static_cast<uint32_t>(oversized_records_.size());
        indexed.length = kOversized;
        oversized_records_.push_back(entry.AsOversized());
      }
      index_.push_back(indexed);
      output_bytes_ += entry.length;
    }
    CM_RETURN_IF_ERROR(log.status());
  }
  if (records != records_) return DataError("damaged temporary data");
  SortIndex();
  return BreakTies(selector);
}

void SortedBucket::SortIndex() {
  // Keys are uniform over 64 bits, so one pass moves each entry near its place: in-place
  // distribution (American flag sort; McIlroy, Bostic, McIlroy 1993) to bins of a few
  // entries, then one insertion sort.
  const size_t size = index_.size();
  const int bits = std::bit_width(size / kBinEntries);
  if (bits > 0) {
    const int shift = 64 - bits;
    const size_t bins = size_t{1} << bits;
    bins_.assign(2 * bins + 1, 0);
    uint32_t* const begin = bins_.data();  // Start of each bin, and the end.
    uint32_t* const next = begin + bins + 1;
    for (const Entry& entry : index_) ++begin[(entry.key >> shift) + 1];
    for (size_t i = 0; i < bins; ++i) {
      begin[i + 1] += begin[i];
      next[i] = begin[i];
    }
    for (size_t bin = 0; bin < bins; ++bin) {
      while (next[bin] < begin[bin + 1]) {
        const size_t target = index_[next[bin]].key >> shift;
        if (target == bin) {
          ++next[bin];
        } else {
          std::swap(index_[next[bin]], index_[next[target]++]);
        }
      }
    }
  }
  for (size_t i = 1; i < size; ++i) {
    if (index_[i - 1].key <= index_[i].key) continue;
    const Entry entry = index_[i];
    size_t hole = i;
    do {
      index_[hole] = index_[hole - 1];
      --hole;
    } while (hole > 0 && index_[hole - 1].key > entry.key);
    index_[hole] = entry;
  }
}

absl::Status SortedBucket::BreakTies(const Selector& selector) {
  const auto same_key = [](const Entry& a, const Entry& b) { return a.key == b.key; };
  if (std::adjacent_find(index_.begin(), index_.end(), same_key) == index_.end()) {
    return absl::OkStatus();
  }
  // Happens once in 2^64 / records² buckets: reads the full places from the log again.
  std::unordered_map<uint32_t, Place> places;  // Tied entries by LogPosition.
  for (size_t i = 0; i + 1 < index_.size(); ++i) {
    if (!same_key(index_[i], index_[i + 1])) continue;
    places[LogPosition(index_[i])] = places[LogPosition(index_[i + 1])] = {};
  }
  for (const std::string_view bytes : logs_) {
    LogReader log(bytes);
    for (LogEntry entry; log.Next(&entry);) {
      const auto place = places.find(static_cast<uint32_t>(entry.bytes - log_.data()));
      if (place != places.end()) place->second = {selector.DrawOf(entry.id), entry.id};
    }
    CM_RETURN_IF_ERROR(log.status());
  }
  for (size_t begin = 0; begin < index_.size();) {
    size_t end = begin + 1;
    while (end < index_.size() && same_key(index_[begin], index_[end])) ++end;
    if (end - begin > 1) {
      std::sort(index_.begin() + static_cast<ptrdiff_t>(begin),
                index_.begin() + static_cast<ptrdiff_t>(end), [&](const Entry& a, const Entry& b) {
                  return places[LogPosition(a)] < places[LogPosition(b)];
                });
    }
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status SortedBucket::Arrange(std::string_view delimiter) {
  delimiter_ = delimiter;
  multiset_ = {};
  output_bytes_ += index_.size() * delimiter.size();
  char* out = out_.data();
  for (size_t i = 0; i < index_.size(); ++i) {
    if (i + kPrefetch < index_.size()) {
      const Entry& ahead = index_[i + kPrefetch];
      if (ahead.length != kOversized) {
        __builtin_prefetch(log_.data() + ahead.at);
        __builtin_prefetch(log_.data() + ahead.at + 64);
      }
    }
    const Entry& entry = index_[i];
    if (entry.length == kOversized) {
      multiset_.AddHash(oversized_records_[entry.at].hash);
      continue;
    }
    if (entry.length > 0) std::memcpy(out, log_.data() + entry.at, entry.length);
    multiset_.Add({out, entry.length});
    out += entry.length;
    for (const char c : delimiter) *out++ = c;
  }
  out_bytes_ = static_cast<size_t>(out - out_.data());
  return absl::OkStatus();
}

uint64_t SortedBucket::RecordBytes(size_t i) const {
  const Entry& entry = index_[i];
  return (entry.length == kOversized ? oversized_records_[entry.at].length : entry.length) +
         delimiter_.size();
}

absl::Status SortedBucket::ForEach(
    const std::function<absl::Status(std::string_view)>& record,
    const std::function<absl::Status(const OversizedRecord&)>& oversized) const {
  const char* at = out_.data();
  for (const Entry& entry : index_) {
    if (entry.length == kOversized) {
      CM_RETURN_IF_ERROR(oversized(oversized_records_[entry.at]));
      continue;
    }
    CM_RETURN_IF_ERROR(record({at, entry.length}));
    at += entry.length + delimiter_.size();
  }
  return absl::OkStatus();
}

absl::Status SortedBucket::Write(size_t begin, size_t end, const OversizedSource& oversized_records,
                                 ByteSink& sink) const {
  if (begin == 0 && end == size() && oversized_records_.empty())
    return sink.Write({out_.data(), out_bytes_});
  size_t at = 0;    // Offset in out_.
  size_t from = 0;  // out_[from, at) is still to be written.
  for (size_t i = 0; i < end; ++i) {
    if (i == begin) from = at;
    if (index_[i].length != kOversized) {
      at += index_[i].length + delimiter_.size();
      continue;
    }
    if (i < begin) continue;
    CM_RETURN_IF_ERROR(sink.Write({out_.data() + from, at - from}));
    from = at;
    const OversizedRecord& oversized = oversized_records_[index_[i].at];
    StreamHasher hasher;
    CM_RETURN_IF_ERROR(oversized_records.Read(oversized, [&](std::string_view chunk) {
      hasher.Update(chunk);
      return sink.Write(chunk);
    }));
    if (!(hasher.Digest() == oversized.hash)) return DataError("damaged temporary data");
    CM_RETURN_IF_ERROR(sink.Write(delimiter_));
  }
  return begin < end ? sink.Write({out_.data() + from, at - from}) : absl::OkStatus();
}

}  // namespace corpusmill
