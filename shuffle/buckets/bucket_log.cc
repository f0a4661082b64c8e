#include "shuffle/buckets/bucket_log.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "corpus/base/status.h"
#include "corpus/base/varint.h"

namespace corpusmill {
namespace {

struct RunHeader {
  uint64_t input, copy, first_record, payload_bytes;
};

const char* GetHeader(const char* at, const char* end, RunHeader* header) {
  for (uint64_t* field :
       {&header->input, &header->copy, &header->first_record, &header->payload_bytes}) {
    at = GetVarint(at, end, field);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace

OversizedRecord LogEntry::AsOversized() const {
  OversizedRecord oversized{.length = length};
  std::memcpy(&oversized.file, bytes, 8);
  std::memcpy(&oversized.offset, bytes + 8, 8);
  std::memcpy(&oversized.hash.high, bytes + 16, 8);
  std::memcpy(&oversized.hash.low, bytes + 24, 8);
  return oversized;
}

bool LogReader::NextRun() {
  RunHeader header;
  const char* const payload = GetHeader(at_, end_, &header);
  if (payload == nullptr || header.payload_bytes == 0 ||
      header.payload_bytes > static_cast<uint64_t>(end_ - payload)) {
    return Fail();
  }
  at_ = payload;
  run_end_ = payload + header.payload_bytes;
  id_ = {header.input, header.first_record, header.copy};
  return true;
}

bool LogReader::Next(LogEntry* entry) {
  if (damaged_) return false;
  if (run_end_ == nullptr || at_ == run_end_) {
    if (at_ == end_) return false;
    if (!NextRun()) return false;
  }
  uint64_t delta, length_and_kind;
  const char* at = GetVarint(at_, run_end_, &delta);
  if (at == nullptr) return Fail();
  at = GetVarint(at, run_end_, &length_and_kind);
  if (at == nullptr) return Fail();
  id_.record += delta;
  entry->id = id_;
  entry->is_oversized = (length_and_kind & 1) != 0;
  entry->length = length_and_kind >> 1;
  entry->bytes = at;
  if (entry->stored_bytes() > static_cast<size_t>(run_end_ - at)) return Fail();
  at_ = at + entry->stored_bytes();
  return true;
}

absl::Status LogReader::status() const {
  return damaged_ ? DataError("damaged temporary data") : absl::OkStatus();
}

size_t LogReader::RunBytes(std::string_view bytes) {
  RunHeader header;
  const char* const payload = GetHeader(bytes.data(), bytes.data() + bytes.size(), &header);
  if (payload == nullptr) return 0;
  // Avoids overflow: damaged data may hold any number.
  const auto header_bytes = static_cast<size_t>(payload - bytes.data());
  return header_bytes + std::min<uint64_t>(header.payload_bytes, SIZE_MAX - header_bytes);
}

absl::Status RunAssembler::Add(std::string_view chunk) {
  rest_.append(chunk);
  size_t at = 0;
  while (at < rest_.size()) {
    const std::string_view bytes = std::string_view(rest_).substr(at);
    const size_t size = LogReader::RunBytes(bytes);
    if (size == 0 || size > bytes.size()) break;
    CM_RETURN_IF_ERROR(use_(bytes.substr(0, size)));
    at += size;
  }
  rest_.erase(0, at);
  return absl::OkStatus();
}

absl::Status RunAssembler::End() const {
  return rest_.empty() ? absl::OkStatus() : DataError("damaged temporary data");
}

void BucketTotals::Merge(const BucketTotals& other) {
  records += other.records;
  record_bytes += other.record_bytes;
  log_bytes += other.log_bytes;
  oversized_records += other.oversized_records;
  multiset.Merge(other.multiset);
}

void BucketTotals::Add(const LogEntry& entry) {
  ++records;
  record_bytes += entry.length;
  oversized_records += entry.is_oversized ? 1 : 0;
  multiset.AddHash(entry.is_oversized ? entry.AsOversized().hash
                                      : HashBytes({entry.bytes, entry.length}));
}

void RunBuilder::Begin(uint64_t input, uint64_t copy) {
  input_ = input;
  copy_ = copy;
  items_.clear();
  oversized_records_.clear();
  used_.clear();
  runs_.clear();
}

void RunBuilder::Put(size_t bucket, uint64_t record, const char* bytes, uint64_t length,
                     bool oversized, const Hash128& hash) {
  Bucket& at = by_bucket_[bucket];
  if (at.totals.records == 0) {
    at.first_record = at.last_record = record;
    used_.push_back(static_cast<uint32_t>(bucket));
  }
  const auto delta = static_cast<uint32_t>(record - at.last_record);
  const uint64_t length_and_kind = 2 * length + (oversized ? 1 : 0);
  at.last_record = record;
  at.payload_bytes += VarintBytes(delta) + VarintBytes(length_and_kind) +
                      (oversized ? LogEntry::kOversizedReferenceBytes : length);
  ++at.totals.records;
  at.totals.record_bytes += length;
  at.totals.oversized_records += oversized ? 1 : 0;
  at.totals.multiset.AddHash(hash);
  items_.push_back({bytes, static_cast<uint32_t>(bucket), delta, length_and_kind});
}

void RunBuilder::Add(size_t bucket, uint64_t record, std::string_view bytes, const Hash128& hash) {
  Put(bucket, record, bytes.data(), bytes.size(), false, hash);
}

void RunBuilder::AddOversized(size_t bucket, uint64_t record, const OversizedRecord& oversized) {
  char* const at = oversized_records_.emplace_back().data();
  std::memcpy(at, &oversized.file, 8);
  std::memcpy(at + 8, &oversized.offset, 8);
  std::memcpy(at + 16, &oversized.hash.high, 8);
  std::memcpy(at + 24, &oversized.hash.low, 8);
  Put(bucket, record, at, oversized.length, true, oversized.hash);
}

void RunBuilder::Build() {
  size_t size = 0;
  for (const uint32_t bucket : used_) {
    Bucket& at = by_bucket_[bucket];
    at.totals.log_bytes = VarintBytes(input_) + VarintBytes(copy_) + VarintBytes(at.first_record) +
                          VarintBytes(at.payload_bytes) + at.payload_bytes;
    size += at.totals.log_bytes;
  }
  if (bytes_.size() < size) bytes_.resize(size);
  char* next = bytes_.data();
  for (const uint32_t bucket : used_) {
    Bucket& at = by_bucket_[bucket];
    runs_.push_back({bucket, {next, at.totals.log_bytes}, at.totals});
    char* const run_end = next + at.totals.log_bytes;
    for (const uint64_t field : {input_, copy_, at.first_record, at.payload_bytes}) {
      next = PutVarint(next, field);
    }
    at.next = next;
    next = run_end;
  }
  for (const Item& item : items_) {
    char* at = by_bucket_[item.bucket].next;
    at = PutVarint(at, item.delta);
    at = PutVarint(at, item.length_and_kind);
    const bool oversized = (item.length_and_kind & 1) != 0;
    const uint64_t size =
        oversized ? LogEntry::kOversizedReferenceBytes : item.length_and_kind >> 1;
    if (size > 0) std::memcpy(at, item.bytes, size);
    by_bucket_[item.bucket].next = at + size;
  }
  for (const uint32_t bucket : used_) by_bucket_[bucket] = {};
}

uint64_t RunBuilder::MemoryBytes(size_t buckets, uint64_t records, uint64_t record_bytes) {
  // An entry is at most 14 bytes longer than its record, and a run has a header of up to 40.
  return buckets * (sizeof(Bucket) + sizeof(Run) + sizeof(uint32_t) + 40) +
         records * (sizeof(Item) + 14) + record_bytes;
}

}  // namespace corpusmill
