#include "shuffle/passes/slice_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kCountBytes = 16 << 10;

/// Counts occurrences of `wanted`. Compilers vectorize the inner loop with one-byte sums per
/// lane, which they do not do for std::count.
size_t CountIn(std::string_view bytes, char wanted) {
  constexpr size_t kLanes = 64;
  constexpr size_t kRounds = 255;  // No lane overflows.
  size_t count = 0;
  const char* at = bytes.data();
  size_t left = bytes.size();
  while (left >= kLanes) {
    uint8_t lanes[kLanes] = {};
    const size_t rounds = std::min(left / kLanes, kRounds);
    for (size_t round = 0; round < rounds; ++round, at += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += at[lane] == wanted ? 1 : 0;
    }
    left -= rounds * kLanes;
    for (const uint8_t lane : lanes) count += lane;
  }
  return count + static_cast<size_t>(std::count(at, at + left, wanted));
}

/// Opens an input whose records are read in slices: the members of an archive follow each other,
/// the rows of a table are JSONL.
absl::StatusOr<std::unique_ptr<InputStream>> OpenRecordStream(const InputFile& input,
                                                              const RecordOptions& record,
                                                              Context& context) {
  OpenInputOptions options = {.hash = false};
  if (FindsContent(record.format)) options.content = ContentOptions{.join_members = true};
  return OpenInput(input, context, options);
}

}  // namespace

/// A pool of buffers. Any thread may return a buffer, even after the reader is destroyed.
struct SliceReader::BufferPool {
  explicit BufferPool(MemoryLease lease) : lease(std::move(lease)) {}
  std::mutex mutex;
  std::vector<std::unique_ptr<char[]>> free;
  size_t buffers = 0;
  MemoryLease lease;
};

bool SliceRecords::Next(std::string_view* record) {
  if (rest_.empty()) return false;
  if (options_.format == RecordFormat::kBytes) {
    *record = rest_.substr(0, options_.record_bytes);
    rest_.remove_prefix(record->size());
    return true;
  }
  const void* const hit =
      std::memchr(rest_.data(), RecordDelimiter(options_.format)[0], rest_.size());
  const size_t size = hit == nullptr
                          ? rest_.size()
                          : static_cast<size_t>(static_cast<const char*>(hit) - rest_.data());
  *record = rest_.substr(0, size);
  rest_.remove_prefix(hit == nullptr ? size : size + 1);
  return true;
}

SliceReader::SliceReader(const std::vector<InputFile>& inputs, const SliceReaderOptions& options,
                         OversizedFile& oversized_records, Context& context)
    : inputs_(inputs),
      options_(options),
      oversized_records_(&oversized_records),
      context_(context),
      capacity_(2 * options.slice_bytes),
      pool_(std::make_shared<BufferPool>(context.memory().EmptyLease())),
      next_input_(options.range.begin.input),
      header_(options.header),
      position_(options.range.begin),
      records_(inputs.size()) {}

SliceReader::~SliceReader() = default;

absl::StatusOr<std::shared_ptr<char[]>> SliceReader::NewBuffer() {
  std::unique_ptr<char[]> buffer;
  {
    std::lock_guard<std::mutex> lock(pool_->mutex);
    if (!pool_->free.empty()) {
      buffer = std::move(pool_->free.back());
      pool_->free.pop_back();
    } else {
      ++pool_->buffers;
      CM_RETURN_IF_ERROR(pool_->lease.Resize(pool_->buffers * BufferBytes(options_.slice_bytes),
                                             "reading the input"));
    }
  }
  if (buffer == nullptr) {
    buffer = std::make_unique_for_overwrite<char[]>(BufferBytes(options_.slice_bytes));
  }
  return std::shared_ptr<char[]>(buffer.release(), [pool = pool_](char* p) {
    std::lock_guard<std::mutex> lock(pool->mutex);
    pool->free.emplace_back(p);
  });
}

absl::StatusOr<bool> SliceReader::Next(Slice* slice) {
  *slice = {};
  while (true) {
    if (begin_ < cut_) {
      EmitSlice(slice);
      return true;
    }
    if (stream_ != nullptr && ended_) stream_.reset();
    if (stream_ == nullptr) {
      CM_ASSIGN_OR_RETURN(const bool opened, OpenNext());
      if (!opened) return false;
      continue;
    }
    // The rest is the start of a record.
    if (end_ - begin_ > options_.slice_bytes) {
      CM_RETURN_IF_ERROR(ReadOversized(slice));
      return true;
    }
    CM_RETURN_IF_ERROR(Refill());
    CM_RETURN_IF_ERROR(FindCut());
  }
}

absl::StatusOr<bool> SliceReader::OpenNext() {
  if (!InRange()) return false;
  const InputFile& input = inputs_[next_input_];
  const bool first = next_input_ == options_.range.begin.input;
  if (!first) position_ = {.input = next_input_};
  ++next_input_;
  const uint64_t byte = position_.byte;
  uint64_t begin = byte;
  CM_ASSIGN_OR_RETURN(stream_, OpenRecordStream(input, options_.record, context_));
  begin_ = cut_ = end_ = 0;
  ended_ = false;
  if (byte > 0 && !options_.range.begins_at_record) {
    if (options_.header_records > 0) {
      position_.byte = 0;
      CM_RETURN_IF_ERROR(Refill());
      CM_RETURN_IF_ERROR(TakeHeader());
      if (position_.byte >= byte) {  // The range begins within the header.
        CM_RETURN_IF_ERROR(FindCut());
        return true;
      }
      begin_ = cut_ = end_ = 0;
      ended_ = false;
    }
    // A record begins at `byte` if a delimiter precedes it.
    if (options_.record.format != RecordFormat::kBytes) --begin;
    position_.byte = begin;
  }
  if (begin > 0 && input.is_regular && stream_->is_plain()) {
    CM_ASSIGN_OR_RETURN(stream_, OpenInput(input, context_, {.hash = false, .begin_byte = begin}));
  } else if (begin > 0) {
    CM_RETURN_IF_ERROR(SkipBytes(begin));
  }
  CM_RETURN_IF_ERROR(Refill());
  if (byte == 0) {
    CM_RETURN_IF_ERROR(TakeHeader());
  } else if (begin < byte) {
    CM_RETURN_IF_ERROR(SkipToRecord());
  }
  CM_RETURN_IF_ERROR(FindCut());
  return true;
}

absl::Status SliceReader::SkipBytes(uint64_t bytes) {
  CM_ASSIGN_OR_RETURN(const std::shared_ptr<char[]> buffer, NewBuffer());
  while (bytes > 0) {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    CM_ASSIGN_OR_RETURN(const size_t n,
                        stream_->Read(buffer.get(), std::min<uint64_t>(bytes, capacity_)));
    if (n == 0) {
      return DataError(absl::StrFormat("%s: is shorter than it was", path()));
    }
    bytes -= n;
  }
  return absl::OkStatus();
}

absl::Status SliceReader::SkipToRecord() {
  const char delimiter = RecordDelimiter(options_.record.format)[0];
  while (true) {
    const void* const hit =
        begin_ == end_ ? nullptr : std::memchr(buffer_.get() + begin_, delimiter, end_ - begin_);
    const size_t to = hit == nullptr
                          ? end_
                          : static_cast<size_t>(static_cast<const char*>(hit) - buffer_.get()) + 1;
    position_.byte += to - begin_;
    begin_ = to;
    if (hit != nullptr || ended_) return absl::OkStatus();
    CM_RETURN_IF_ERROR(Refill());
  }
}

absl::Status SliceReader::Refill() {
  CM_RETURN_IF_ERROR(context_.CheckCancelled());
  CM_ASSIGN_OR_RETURN(std::shared_ptr<char[]> buffer, NewBuffer());
  const size_t carried = end_ - begin_;
  if (carried > 0) std::memcpy(buffer.get(), buffer_.get() + begin_, carried);
  buffer_ = std::move(buffer);
  begin_ = cut_ = 0;
  end_ = carried;
  const size_t target = carried + options_.slice_bytes;
  while (end_ < target && !ended_) {
    CM_ASSIGN_OR_RETURN(const size_t n, stream_->Read(buffer_.get() + end_, target - end_));
    end_ += n;
    ended_ = n == 0;
  }
  return absl::OkStatus();
}

absl::Status SliceReader::TakeHeader() {
  if (options_.header_records == 0 || (end_ == 0 && ended_)) return absl::OkStatus();
  SliceRecords records({buffer_.get(), end_}, options_.record);
  const std::string_view delimiter = RecordDelimiter(options_.record.format);
  std::string header;
  size_t size = 0;
  uint64_t taken = 0;
  for (std::string_view record; taken < options_.header_records && records.Next(&record); ++taken) {
    header.append(record).append(delimiter);
    size = static_cast<size_t>(record.data() - buffer_.get()) + record.size() + delimiter.size();
  }
  // The last record may be incomplete in the buffer.
  if (!ended_ && (taken < options_.header_records || size > end_)) {
    return DataError(
        absl::StrFormat("%s: the header is longer than %d bytes; try a larger --memory", path(),
                        options_.slice_bytes));
  }
  if (taken < options_.header_records) {
    return DataError(absl::StrFormat("%s: has %d records, fewer than the %d of --header", path(),
                                     taken, options_.header_records));
  }
  if (!header_) {
    header_ = header;
  } else if (header != *header_) {
    return DataError(absl::StrFormat(
        "%s: its header differs from the header of earlier inputs; shuffle it separately", path()));
  }
  begin_ = std::min(size, end_);
  position_.byte += begin_;
  return absl::OkStatus();
}

absl::Status SliceReader::FindCut() {
  std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
  if (position_.input == options_.range.end_input) {
    // Records that begin at or after end_byte belong to another reader.
    const uint64_t limit = options_.range.end_byte;
    const uint64_t at = position_.byte;
    size_t own = bytes.size();
    if (at >= limit) {
      own = 0;
    } else if (options_.record.format == RecordFormat::kBytes) {
      const uint64_t size = options_.record.record_bytes;
      own = std::min<uint64_t>(own, (limit - at + size - 1) / size * size);
    } else if (limit - at <= bytes.size()) {
      const size_t hit = bytes.find(RecordDelimiter(options_.record.format)[0], limit - at - 1);
      if (hit != std::string_view::npos) own = hit + 1;
    }
    if (own < bytes.size() || at >= limit) {
      end_ = cut_ = begin_ + own;
      ended_ = true;
      return absl::OkStatus();
    }
  }
  if (options_.record.format == RecordFormat::kBytes) {
    const size_t rest = bytes.size() % options_.record.record_bytes;
    if (ended_ && rest != 0) {
      return DataError(absl::StrFormat(
          "%s: record %d has %d bytes instead of %d: the size of the input is not a multiple of "
          "the record size",
          path(), position_.record + bytes.size() / options_.record.record_bytes + 1, rest,
          options_.record.record_bytes));
    }
    cut_ = end_ - rest;
    return absl::OkStatus();
  }
  if (ended_) {
    cut_ = end_;
    return absl::OkStatus();
  }
  const void* const last =
      bytes.empty()
          ? nullptr
          : memrchr(bytes.data(), RecordDelimiter(options_.record.format)[0], bytes.size());
  cut_ = last == nullptr ? begin_
                         : static_cast<size_t>(static_cast<const char*>(last) - buffer_.get()) + 1;
  return absl::OkStatus();
}

void SliceReader::EmitSlice(Slice* slice) {
  const std::string_view bytes(buffer_.get() + begin_, cut_ - begin_);
  size_t size = 0;
  uint64_t records = 0;
  if (options_.record.format == RecordFormat::kBytes) {
    records =
        std::min<uint64_t>(bytes.size() / options_.record.record_bytes, options_.slice_records);
    size = records * options_.record.record_bytes;
  } else {
    const char delimiter = RecordDelimiter(options_.record.format)[0];
    while (size < bytes.size()) {
      std::string_view part = bytes.substr(size, kCountBytes);
      size_t count = CountIn(part, delimiter);
      if (records + count > options_.slice_records) {
        // The records are so small that only some of this part fit in the slice.
        size_t taken = 0;
        for (; records < options_.slice_records; ++records) {
          taken = part.find(delimiter, taken) + 1;
        }
        size += taken;
        break;
      }
      records += count;
      size += part.size();
    }
    // Counts up to the last delimiter, so that a slice never ends within a record.
    if (size < bytes.size()) {
      size = bytes.rfind(delimiter, size - 1) + 1;
    } else if (bytes.back() != delimiter) {
      if (records == options_.slice_records) {
        size = bytes.rfind(delimiter) + 1;
      } else {
        ++records;
      }
    }
  }
  slice->buffer = buffer_;
  slice->bytes = bytes.substr(0, size);
  slice->input = position_.input;
  slice->first_record = position_.record;
  slice->records = records;
  records_[position_.input] += records;
  position_.record += records;
  position_.byte += size;
  bytes_ += size;
  begin_ += size;
}

absl::Status SliceReader::ReadOversized(Slice* slice) {
  const bool fixed = options_.record.format == RecordFormat::kBytes;
  uint64_t left = options_.record.record_bytes;  // For records of a fixed size.
  oversized_records_->Begin();
  while (true) {
    const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
    size_t size = bytes.size();
    bool whole = false;
    if (fixed) {
      size = static_cast<size_t>(std::min<uint64_t>(size, left));
      left -= size;
      whole = left == 0;
    } else if (const void* hit =
                   bytes.empty()
                       ? nullptr
                       : std::memchr(bytes.data(), RecordDelimiter(options_.record.format)[0],
                                     bytes.size())) {
      size = static_cast<size_t>(static_cast<const char*>(hit) - bytes.data());
      whole = true;
    }
    CM_RETURN_IF_ERROR(oversized_records_->Append(bytes.substr(0, size)));
    const size_t taken = size + (whole && !fixed ? 1 : 0);
    begin_ += taken;
    position_.byte += taken;
    bytes_ += taken;
    if (whole) break;
    if (ended_) {
      if (!fixed) break;
      return DataError(absl::StrFormat(
          "%s: record %d has %d bytes instead of %d: the size of the input is not a multiple of "
          "the record size",
          path(), position_.record + 1, options_.record.record_bytes - left,
          options_.record.record_bytes));
    }
    CM_RETURN_IF_ERROR(Refill());
  }
  CM_ASSIGN_OR_RETURN(slice->oversized, oversized_records_->End());
  slice->input = position_.input;
  slice->first_record = position_.record++;
  slice->records = 1;
  ++records_[position_.input];
  return FindCut();
}

}  // namespace corpusmill
