#include "corpus/io/block_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<std::unique_ptr<BlockFileSink>> BlockFileSink::Create(BlockFile* file,
                                                                     uint64_t offset) {
  std::unique_ptr<BlockFileSink> sink(new BlockFileSink(file, offset));
  for (AlignedBuffer& buffer : sink->buffers_) {
    CM_ASSIGN_OR_RETURN(buffer, AlignedBuffer::Create(kMemoryBytes / 2));
  }
  return sink;
}

absl::Status BlockFileSink::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    AlignedBuffer& buffer = buffers_[current_];
    const size_t part = std::min(bytes.size(), buffer.size() - filled_);
    std::memcpy(buffer.data() + filled_, bytes.data(), part);
    filled_ += part;
    bytes.remove_prefix(part);
    if (filled_ == buffer.size()) CM_RETURN_IF_ERROR(Flush(filled_));
  }
  return absl::OkStatus();
}

/// Submits the first bytes of the current buffer and switches to the other one.
absl::Status BlockFileSink::Flush(size_t bytes) {
  CM_RETURN_IF_ERROR(queue_.Wait());
  queue_.Submit([this, data = buffers_[current_].data(), bytes, at = begin_] {
    return file_.Write(at, {{data, bytes}});
  });
  begin_ += bytes;
  filled_ = 0;
  current_ = 1 - current_;
  return absl::OkStatus();
}

absl::Status BlockFileSink::Close() {
  if (filled_ > 0) {
    const size_t whole = RoundUpToBlock(filled_);
    std::memset(buffers_[current_].data() + filled_, 0, whole - filled_);
    CM_RETURN_IF_ERROR(Flush(whole));
  }
  return queue_.Wait();
}

absl::StatusOr<std::unique_ptr<BlockFileSource>> BlockFileSource::Create(BlockFile* file,
                                                                         uint64_t begin,
                                                                         uint64_t end,
                                                                         size_t buffer_bytes) {
  std::unique_ptr<BlockFileSource> source(new BlockFileSource(file, begin, end));
  CM_ASSIGN_OR_RETURN(source->buffer_, AlignedBuffer::Create(buffer_bytes));
  return source;
}

absl::StatusOr<size_t> BlockFileSource::Read(char* buffer, size_t size) {
  if (at_ == end_) return 0;
  if (at_ < loaded_begin_ || at_ >= loaded_end_) {
    loaded_begin_ = RoundDownToBlock(at_);
    const size_t bytes = std::min<uint64_t>(buffer_.size(), RoundUpToBlock(end_) - loaded_begin_);
    CM_RETURN_IF_ERROR(file_.Read(loaded_begin_, buffer_.data(), bytes));
    loaded_end_ = loaded_begin_ + bytes;
  }
  const size_t part = std::min<uint64_t>(size, std::min(loaded_end_, end_) - at_);
  std::memcpy(buffer, buffer_.data() + (at_ - loaded_begin_), part);
  at_ += part;
  return part;
}

}  // namespace corpusmill
