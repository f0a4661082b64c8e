#include "tokenizer/counts/counts_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/base/varint.h"

namespace corpusmill {
namespace {

/// Block header: the payload's size in bytes and entries, 4 bytes each, and its hash, 8 bytes.
constexpr size_t kHeaderBytes = 16;
constexpr size_t kBlockBytes = CountWriter::kMemoryBytes / 2;
/// Maximum size of a block with one long string.
constexpr size_t kMaxBlockBytes = 1 << 28;
constexpr uint64_t kMaxCount = CountWriter::kMaxCount;

void PutInteger(uint64_t value, size_t bytes, char* to) {
  for (size_t i = 0; i < bytes; ++i) to[i] = static_cast<char>(value >> 8 * i);
}
uint64_t GetInteger(const char* from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t{static_cast<uint8_t>(from[i])} << 8 * i;
  return value;
}

void AppendVarint(uint64_t value, std::string* to) {
  char buffer[kMaxVarintBytes];
  to->append(buffer, PutVarint(buffer, value));
}

/// The first eight bytes as a number with the same order, padded with zeros.
uint64_t Prefix(std::string_view bytes) {
  uint64_t prefix = 0;
  std::memcpy(&prefix, bytes.data(), std::min(bytes.size(), sizeof(prefix)));
  return std::endian::native == std::endian::little ? __builtin_bswap64(prefix) : prefix;
}

/// Larger lengths are followed by a varint of the excess.
constexpr size_t kLongNibble = 15;

}  // namespace

CountWriter::CountWriter(ByteSink* sink) : sink_(*sink), block_(kHeaderBytes, '\0') {}

absl::Status CountWriter::Add(std::string_view bytes, uint64_t count) {
  const size_t most = std::min(previous_.size(), bytes.size());
  size_t shared = 0;
  while (shared < most && previous_[shared] == bytes[shared]) ++shared;
  if (block_entries_ == 0) shared = 0;
  const size_t rest = bytes.size() - shared;
  block_.push_back(
      static_cast<char>(std::min(shared, kLongNibble) << 4 | std::min(rest, kLongNibble)));
  if (shared >= kLongNibble) AppendVarint(shared - kLongNibble, &block_);
  if (rest >= kLongNibble) AppendVarint(rest - kLongNibble, &block_);
  block_.append(bytes.substr(shared));
  AppendVarint(count, &block_);
  previous_.resize(shared);
  previous_.append(bytes.substr(shared));
  ++block_entries_;
  if (block_.size() >= kBlockBytes) return EndBlock();
  return absl::OkStatus();
}

absl::Status CountWriter::EndBlock() {
  if (block_entries_ == 0) return absl::OkStatus();
  PutInteger(block_.size() - kHeaderBytes, 4, block_.data());
  PutInteger(block_entries_, 4, block_.data() + 4);
  PutInteger(HashBytes(std::string_view(block_).substr(kHeaderBytes)).low, 8, block_.data() + 8);
  CM_RETURN_IF_ERROR(sink_.Write(block_));
  block_.resize(kHeaderBytes);
  block_entries_ = 0;
  return absl::OkStatus();
}

absl::Status CountWriter::AddAll(CountStream& stream) {
  std::string_view bytes;
  uint64_t count;
  while (true) {
    CM_ASSIGN_OR_RETURN(const bool more, stream.Next(&bytes, &count));
    if (!more) return absl::OkStatus();
    CM_RETURN_IF_ERROR(Add(bytes, count));
  }
}

absl::Status CountReader::Damaged() const {
  return DataError(absl::StrFormat("%s: damaged counts: not what was written", source_->name()));
}

/// Reads `size` bytes, or fewer at the end of the source.
absl::StatusOr<size_t> CountReader::Fill(char* buffer, size_t size) {
  size_t filled = 0;
  while (filled < size) {
    CM_ASSIGN_OR_RETURN(const size_t more, source_->Read(buffer + filled, size - filled));
    if (more == 0) break;
    filled += more;
  }
  return filled;
}

absl::StatusOr<bool> CountReader::ReadBlock() {
  char header[kHeaderBytes];
  CM_ASSIGN_OR_RETURN(const size_t got, Fill(header, sizeof(header)));
  if (got == 0) return false;
  if (got < sizeof(header)) return Damaged();
  const uint64_t size = GetInteger(header, 4), hash = GetInteger(header + 8, 8);
  left_ = GetInteger(header + 4, 4);
  if (size == 0 || left_ == 0 || size > kMaxBlockBytes) return Damaged();
  // The stated size may be wrong, so allocate as bytes arrive.
  block_.clear();
  while (block_.size() < size) {
    const size_t begin = block_.size(), step = std::min<uint64_t>(size - begin, 1 << 20);
    block_.resize(begin + step);
    CM_ASSIGN_OR_RETURN(const size_t filled, Fill(block_.data() + begin, step));
    if (filled < step) return Damaged();
  }
  if (HashBytes(block_).low != hash) return Damaged();
  at_ = 0;
  block_begins_ = true;
  return true;
}

bool CountReader::Advance(uint64_t shared, std::string_view rest) {
  if (std::exchange(block_begins_, false)) {
    if (shared != 0 || rest <= std::string_view(bytes_.data(), size_)) return false;
  } else if (shared > size_ || (shared < size_ && static_cast<uint8_t>(rest[0]) <=
                                                      static_cast<uint8_t>(bytes_[shared]))) {
    return false;
  }
  size_ = shared + rest.size();
  if (size_ > bytes_.size()) bytes_.resize(size_);
  std::memcpy(bytes_.data() + shared, rest.data(), rest.size());
  return true;
}

absl::StatusOr<bool> CountReader::Next(std::string_view* bytes, uint64_t* count) {
  if (left_ == 0) {
    if (at_ != block_.size()) return Damaged();
    CM_ASSIGN_OR_RETURN(const bool more, ReadBlock());
    if (!more) return false;
  }
  const char* at = block_.data() + at_;
  const char* const end = block_.data() + block_.size();
  if (at == end) return Damaged();
  const auto nibbles = static_cast<uint8_t>(*at++);
  uint64_t shared = nibbles >> 4, rest = nibbles & 15, more;
  if (shared == kLongNibble) {
    at = GetVarint(at, end, &more);
    if (at == nullptr || more > size_) return Damaged();
    shared += more;
  }
  if (rest == kLongNibble) {
    at = GetVarint(at, end, &more);
    if (at == nullptr || more > static_cast<uint64_t>(end - at)) return Damaged();
    rest += more;
  }
  if (rest == 0 || rest > static_cast<uint64_t>(end - at)) return Damaged();
  if (!Advance(shared, std::string_view(at, rest))) return Damaged();
  at += rest;
  at = GetVarint(at, end, count);
  if (at == nullptr || *count == 0 || *count >= kMaxCount) return Damaged();
  at_ = static_cast<size_t>(at - block_.data());
  --left_;
  *bytes = std::string_view(bytes_).substr(0, size_);
  return true;
}

absl::StatusOr<bool> SectionsInOrder::Next(std::string_view* bytes, uint64_t* count) {
  while (true) {
    if (section_ != nullptr) {
      CM_ASSIGN_OR_RETURN(const bool more, section_->Next(bytes, count));
      if (more) return true;
      section_ = nullptr;
    }
    if (next_ == 256) return false;
    CM_ASSIGN_OR_RETURN(section_, open_(static_cast<uint8_t>(next_++)));
  }
}

CountMerger::CountMerger(std::vector<std::unique_ptr<CountStream>> streams)
    : streams_(std::move(streams)) {}

absl::StatusOr<bool> CountMerger::Advance(Head* head) {
  CM_ASSIGN_OR_RETURN(const bool more, head->stream->Next(&head->bytes, &head->count));
  if (more) head->prefix = Prefix(head->bytes);
  return more;
}

void CountMerger::SiftDown() {
  const Head head = heap_[0];
  size_t at = 0;
  while (true) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && Less(heap_[child + 1], heap_[child])) ++child;
    if (!Less(heap_[child], head)) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = head;
}

absl::StatusOr<bool> CountMerger::Next(std::string_view* bytes, uint64_t* count) {
  if (!begun_) {
    begun_ = true;
    for (const auto& stream : streams_) {
      Head head{0, {}, 0, stream.get()};
      CM_ASSIGN_OR_RETURN(const bool more, Advance(&head));
      if (more) heap_.push_back(head);
    }
    std::sort(heap_.begin(), heap_.end(), Less);
  } else if (heap_.empty()) {
    return false;
  }
  if (heap_.empty()) return false;
  bytes_.assign(heap_[0].bytes);
  *count = 0;
  const uint64_t prefix = heap_[0].prefix;
  do {
    *count += heap_[0].count;
    if (*count >= kMaxCount) return DataError("a sum of counts is 2^63 or more");
    CM_ASSIGN_OR_RETURN(const bool more, Advance(&heap_[0]));
    if (!more) {
      heap_[0] = heap_.back();
      heap_.pop_back();
      if (heap_.empty()) break;
    }
    SiftDown();
  } while (heap_[0].prefix == prefix && heap_[0].bytes == bytes_);
  *bytes = bytes_;
  return true;
}

}  // namespace corpusmill
