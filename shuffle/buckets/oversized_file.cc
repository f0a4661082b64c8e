#include "shuffle/buckets/oversized_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

}  // namespace

void GiantFile::Begin() {
  giant_ = {.file = number_, .offset = end_};
  hasher_ = StreamHasher();
}

absl::Status GiantFile::Append(std::string_view piece) {
  if (file_ == nullptr) {
    CM_ASSIGN_OR_RETURN(file_, is_named_ ? BlockFile::Create(path_, context_.io())
                                         : BlockFile::CreateUnnamed(path_, context_.io()));
    CM_ASSIGN_OR_RETURN(buffer_, AlignedBuffer::Create(kPieceBytes));
  }
  hasher_.Update(piece);
  giant_.length += piece.size();
  while (!piece.empty()) {
    const size_t n = std::min(piece.size(), kPieceBytes - used_);
    std::memcpy(buffer_.data() + used_, piece.data(), n);
    used_ += n;
    piece.remove_prefix(n);
    if (used_ == kPieceBytes) CM_RETURN_IF_ERROR(WriteBuffer(kPieceBytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<Giant> GiantFile::End() {
  if (used_ > 0) {
    const size_t size = RoundUpToBlock(used_);
    std::memset(buffer_.data() + used_, 0, size - used_);
    CM_RETURN_IF_ERROR(WriteBuffer(size));
  }
  giant_.hash = hasher_.Digest();
  return giant_;
}

absl::Status GiantFile::WriteBuffer(size_t size) {
  CM_RETURN_IF_ERROR(context_.CheckCancelled());
  CM_RETURN_IF_ERROR(file_->Write(end_, {{buffer_.data(), size}}));
  end_ += size;
  used_ = 0;
  return absl::OkStatus();
}

absl::Status GiantFile::Sync() { return file_ == nullptr ? absl::OkStatus() : file_->Sync(); }

absl::Status ReadGiant(BlockFile& file, const Giant& giant, const Context& context,
                       const std::function<absl::Status(std::string_view)>& use) {
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kPieceBytes));
  for (uint64_t at = 0; at < giant.length; at += kPieceBytes) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    const auto n = static_cast<size_t>(std::min<uint64_t>(giant.length - at, kPieceBytes));
    CM_RETURN_IF_ERROR(file.Read(giant.offset + at, buffer.data(), RoundUpToBlock(n)));
    CM_RETURN_IF_ERROR(use({buffer.data(), n}));
  }
  return absl::OkStatus();
}

absl::Status GiantFile::Read(const Giant& giant,
                             const std::function<absl::Status(std::string_view)>& use) const {
  return ReadGiant(*file_, giant, context_, use);
}

absl::Status GiantFile::Free(const Giant& giant) {
  return file_->PunchHole(giant.offset, RoundUpToBlock(giant.length));
}

}  // namespace corpusmill
