#include "shuffle/buckets/oversized_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

}  // namespace

void OversizedFile::Begin() {
  oversized_ = {.file = number_, .offset = end_};
  hasher_ = StreamHasher();
}

absl::Status OversizedFile::Append(std::string_view chunk) {
  if (file_ == nullptr) {
    CM_ASSIGN_OR_RETURN(file_, is_named_ ? BlockFile::Create(path_, context_.io())
                                         : BlockFile::CreateUnnamed(path_, context_.io()));
    CM_ASSIGN_OR_RETURN(buffer_, AlignedBuffer::Create(kChunkBytes));
  }
  hasher_.Update(chunk);
  oversized_.length += chunk.size();
  while (!chunk.empty()) {
    const size_t n = std::min(chunk.size(), kChunkBytes - used_);
    std::memcpy(buffer_.data() + used_, chunk.data(), n);
    used_ += n;
    chunk.remove_prefix(n);
    if (used_ == kChunkBytes) CM_RETURN_IF_ERROR(WriteBuffer(kChunkBytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<OversizedRecord> OversizedFile::End() {
  if (used_ > 0) {
    const size_t size = RoundUpToBlock(used_);
    std::memset(buffer_.data() + used_, 0, size - used_);
    CM_RETURN_IF_ERROR(WriteBuffer(size));
  }
  oversized_.hash = hasher_.Digest();
  return oversized_;
}

absl::Status OversizedFile::WriteBuffer(size_t size) {
  CM_RETURN_IF_ERROR(context_.CheckCancelled());
  CM_RETURN_IF_ERROR(file_->Write(end_, {{buffer_.data(), size}}));
  end_ += size;
  used_ = 0;
  return absl::OkStatus();
}

absl::Status OversizedFile::Sync() { return file_ == nullptr ? absl::OkStatus() : file_->Sync(); }

absl::Status ReadOversized(BlockFile& file, const OversizedRecord& oversized,
                           const Context& context,
                           const std::function<absl::Status(std::string_view)>& use) {
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kChunkBytes));
  for (uint64_t at = 0; at < oversized.length; at += kChunkBytes) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    const auto n = static_cast<size_t>(std::min<uint64_t>(oversized.length - at, kChunkBytes));
    CM_RETURN_IF_ERROR(file.Read(oversized.offset + at, buffer.data(), RoundUpToBlock(n)));
    CM_RETURN_IF_ERROR(use({buffer.data(), n}));
  }
  return absl::OkStatus();
}

absl::Status OversizedFile::Read(const OversizedRecord& oversized,
                                 const std::function<absl::Status(std::string_view)>& use) const {
  return ReadOversized(*file_, oversized, context_, use);
}

absl::Status OversizedFile::Free(const OversizedRecord& oversized) {
  return file_->PunchHole(oversized.offset, RoundUpToBlock(oversized.length));
}

}  // namespace corpusmill
