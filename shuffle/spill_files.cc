#include "shuffle/spill_files.h"

#include <algorithm>
#include <utility>

#include "corpus/status.h"

namespace corpusmill {

absl::Status SpillFiles::CreateFiles() {
  for (size_t i = 0; i < folders_.size(); ++i) {
    CM_ASSIGN_OR_RETURN(auto file, name_.empty()
                                       ? BlockFile::CreateUnnamed(folders_[i], context_.io())
                                       : BlockFile::Create(PathIn(i), context_.io()));
    files_.push_back({std::move(file), std::make_unique<IoQueue>()});
  }
  return absl::OkStatus();
}

absl::StatusOr<Extent> SpillFiles::Reserve(uint64_t bytes) {
  if (files_.empty()) CM_RETURN_IF_ERROR(CreateFiles());
  const uint64_t on_disk = RoundUpToBlock(bytes);
  const Extent extent{static_cast<uint32_t>(turn_), files_[turn_].end, bytes};
  files_[turn_].end += on_disk;
  written_bytes_ += on_disk;
  const uint64_t live = live_bytes_ += on_disk;
  peak_bytes_ = std::max(peak_bytes_.load(), live);
  return extent;
}

void SpillFiles::NextFile() {
  if (!files_.empty()) turn_ = (turn_ + 1) % files_.size();
}

absl::Status SpillFiles::Write(const Extent& extent, std::vector<std::string_view> parts,
                               std::function<void()> done) {
  // Destroyed with the task, whether it ran or was skipped.
  const std::shared_ptr<void> at_end(nullptr, [done = std::move(done)](void*) { done(); });
  File& file = files_[extent.file];
  CM_RETURN_IF_ERROR(file.queue->status());
  file.queue->Submit([&file, extent, parts = std::move(parts), at_end] {
    return file.file->Write(extent.offset, parts);
  });
  return absl::OkStatus();
}

absl::Status SpillFiles::Wait(size_t pending) {
  absl::Status first;  // All are waited for, as after an error, too, memory is in use.
  for (File& file : files_) {
    absl::Status status = file.queue->Wait(pending);
    if (first.ok()) first = std::move(status);
  }
  return first;
}

absl::Status SpillFiles::Sync() {
  CM_RETURN_IF_ERROR(Wait());
  for (File& file : files_) CM_RETURN_IF_ERROR(file.file->Sync());
  return absl::OkStatus();
}

absl::Status SpillFiles::WithFile(size_t number, bool writable,
                                  const std::function<absl::Status(BlockFile&)>& use) const {
  if (number < files_.size()) return use(*files_[number].file);
  if (number >= folders_.size()) return DataError("damaged temporary data");
  CM_ASSIGN_OR_RETURN(const auto file, BlockFile::Open(PathIn(number), context_.io(), writable));
  return use(*file);
}

absl::Status SpillFiles::Read(const Extent& extent, char* buffer) const {
  return WithFile(extent.file, false, [&](BlockFile& file) {
    return file.Read(extent.offset, buffer, RoundUpToBlock(extent.bytes));
  });
}

absl::Status SpillFiles::ReadPieces(
    const std::vector<Extent>& extents,
    const std::function<absl::Status(std::string_view)>& use) const {
  constexpr uint64_t kPieceBytes = 1 << 20;
  if (extents.empty()) return absl::OkStatus();
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kPieceBytes));
  for (const Extent& extent : extents) {
    for (uint64_t at = 0; at < extent.bytes; at += kPieceBytes) {
      CM_RETURN_IF_ERROR(context_.CheckCancelled());
      const uint64_t size = std::min<uint64_t>(kPieceBytes, extent.bytes - at);
      CM_RETURN_IF_ERROR(Read({extent.file, extent.offset + at, size}, buffer.data()));
      CM_RETURN_IF_ERROR(use({buffer.data(), size}));
    }
  }
  return absl::OkStatus();
}

absl::Status SpillFiles::Free(std::vector<Extent> extents) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::pair(a.file, a.offset) < std::pair(b.file, b.offset);
  });
  for (size_t i = 0; i < extents.size();) {
    // Neighbours go in one call.
    Extent joined = extents[i];
    joined.bytes = RoundUpToBlock(joined.bytes);
    for (++i; i < extents.size() && extents[i].file == joined.file &&
              extents[i].offset == joined.offset + joined.bytes;
         ++i) {
      joined.bytes += RoundUpToBlock(extents[i].bytes);
    }
    CM_RETURN_IF_ERROR(WithFile(joined.file, true, [&](BlockFile& file) {
      return file.PunchHole(joined.offset, joined.bytes);
    }));
    live_bytes_ -= joined.bytes;
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
