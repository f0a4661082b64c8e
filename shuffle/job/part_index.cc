#include "shuffle/job/part_index.h"

#include <cstring>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr std::string_view kMagic = "CMPART02";

void Put(uint64_t value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// Reads numbers from the front of bytes. Past the end, returns zeros and sets `ok` to false.
struct Numbers {
  std::string_view rest;
  bool ok = true;

  std::string_view Bytes(uint64_t size) {
    if (size > rest.size()) {
      ok = false;
      return {};
    }
    const std::string_view bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    return bytes;
  }
  uint64_t Next() {
    const std::string_view bytes = Bytes(sizeof(uint64_t));
    uint64_t value = 0;
    if (ok) std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }
  /// Reads a count of items of at least `least` bytes each.
  uint64_t Count(uint64_t least) {
    const uint64_t count = Next();
    if (count > rest.size() / least) ok = false;
    return ok ? count : 0;
  }
};

}  // namespace

std::string EncodePartIndex(const PartIndex& index) {
  std::string out(kMagic);
  Put(index.end.input, &out);
  Put(index.end.record, &out);
  Put(index.end.byte, &out);
  Put(index.is_last ? 1 : 0, &out);
  Put(index.header ? 1 : 0, &out);
  Put(index.header ? index.header->size() : 0, &out);
  out += index.header.value_or("");
  Put(index.records.size(), &out);
  for (const auto& [input, records] : index.records) {
    Put(input, &out);
    Put(records, &out);
  }
  Put(index.buckets.size(), &out);
  for (const PartIndex::Bucket& bucket : index.buckets) {
    Put(bucket.totals.records, &out);
    Put(bucket.totals.record_bytes, &out);
    Put(bucket.totals.log_bytes, &out);
    Put(bucket.totals.oversized_records, &out);
    Put(bucket.totals.multiset.sum().high, &out);
    Put(bucket.totals.multiset.sum().low, &out);
    Put(bucket.extents.size(), &out);
    for (const Extent& extent : bucket.extents) {
      Put(extent.file, &out);
      Put(extent.offset, &out);
      Put(extent.bytes, &out);
      Put(extent.stored_bytes, &out);
    }
  }
  const Hash128 hash = HashBytes(out);
  Put(hash.high, &out);
  Put(hash.low, &out);
  return out;
}

absl::StatusOr<PartIndex> DecodePartIndex(std::string_view bytes, const std::string& path) {
  const auto damaged = [&path] {
    return DataError(absl::StrFormat("%s: is damaged; remove it to do this part again", path));
  };
  constexpr size_t kHashBytes = 16;
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kHashBytes) return damaged();
  const std::string_view content = bytes.substr(0, bytes.size() - kHashBytes);
  const Hash128 hash = HashBytes(content);
  Numbers trailer{bytes.substr(content.size())};
  if (trailer.Next() != hash.high || trailer.Next() != hash.low) return damaged();

  Numbers numbers{content.substr(kMagic.size())};
  PartIndex index;
  index.end = {numbers.Next(), numbers.Next(), numbers.Next()};
  index.is_last = numbers.Next() != 0;
  const bool has_header = numbers.Next() != 0;
  const std::string header(numbers.Bytes(numbers.Next()));
  if (has_header) index.header = header;
  index.records.resize(numbers.Count(16));
  for (auto& [input, records] : index.records) {
    input = numbers.Next();
    records = numbers.Next();
  }
  index.buckets.resize(numbers.Count(56));
  for (PartIndex::Bucket& bucket : index.buckets) {
    bucket.totals.records = numbers.Next();
    bucket.totals.record_bytes = numbers.Next();
    bucket.totals.log_bytes = numbers.Next();
    bucket.totals.oversized_records = numbers.Next();
    Hash128 sum;
    sum.high = numbers.Next();
    sum.low = numbers.Next();
    bucket.totals.multiset = MultisetHash(sum, bucket.totals.records);
    bucket.extents.resize(numbers.Count(32));
    uint64_t left = bucket.totals.log_bytes;
    for (Extent& extent : bucket.extents) {
      extent.file = static_cast<uint32_t>(numbers.Next());
      extent.offset = numbers.Next();
      extent.bytes = numbers.Next();
      extent.stored_bytes = numbers.Next();
      // All extents but the last are whole blocks.
      if (extent.bytes > left || extent.stored_bytes > extent.bytes ||
          extent.offset % kBlockAlignment != 0 ||
          (extent.bytes < left && extent.bytes % kBlockAlignment != 0)) {
        return damaged();
      }
      left -= extent.bytes;
    }
    if (left > 0) return damaged();
  }
  if (!numbers.ok || !numbers.rest.empty()) return damaged();
  return index;
}

}  // namespace corpusmill
