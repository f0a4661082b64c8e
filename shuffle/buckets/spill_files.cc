#include "shuffle/buckets/spill_files.h"

#include <algorithm>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {

size_t SpillFiles::LanesPerFile() const {
  // Plain data needs one lane only; with little memory, several lanes cost too much.
  if (context_.temp_compression() == TempCompression::kOff ||
      context_.memory().limit_bytes() < 256 << 20) {
    return 1;
  }
  return std::clamp<size_t>(static_cast<size_t>(context_.threads()), 1, 4);
}

absl::Status SpillFiles::CreateFiles() {
  for (size_t i = 0; i < folders_.size(); ++i) {
    CM_ASSIGN_OR_RETURN(auto file, name_.empty()
                                       ? BlockFile::CreateUnnamed(folders_[i], context_.io())
                                       : BlockFile::Create(PathIn(i), context_.io()));
    File& created = files_.emplace_back();
    created.file = std::move(file);
    for (size_t lane = 0; lane < LanesPerFile(); ++lane) {
      created.lanes.push_back(std::make_unique<Lane>(context_));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Extent> SpillFiles::Reserve(uint64_t bytes) {
  if (files_.empty()) CM_RETURN_IF_ERROR(CreateFiles());
  const Extent extent{static_cast<uint32_t>(turn_), files_[turn_].end, bytes};
  files_[turn_].end += RoundUpToBlock(bytes);
  return extent;
}

void SpillFiles::CountWritten(uint64_t bytes) {
  written_bytes_ += bytes;
  const uint64_t live = live_bytes_ += bytes;
  uint64_t peak = peak_bytes_.load();
  while (peak < live && !peak_bytes_.compare_exchange_weak(peak, live)) {
  }
}

void SpillFiles::NextFile() {
  if (!files_.empty()) turn_ = (turn_ + 1) % files_.size();
}

absl::Status SpillFiles::Write(std::vector<Extent*> extents, std::vector<std::string_view> parts,
                               std::function<void()> done) {
  // Destroyed with the task, whether it ran or was skipped.
  const std::shared_ptr<void> at_end(nullptr, [done = std::move(done)](void*) { done(); });
  File& file = files_[extents.front()->file];
  for (const auto& lane : file.lanes) CM_RETURN_IF_ERROR(lane->queue.status());
  Lane& lane = *file.lanes[file.turn];
  file.turn = (file.turn + 1) % file.lanes.size();
  lane.queue.Submit([this, &file = *file.file, &lane, extents = std::move(extents),
                     parts = std::move(parts), at_end]() -> absl::Status {
    CM_RETURN_IF_ERROR(lane.writer.Write(file, extents, parts));
    uint64_t bytes = 0;
    for (const Extent* const extent : extents) bytes += RoundUpToBlock(extent->stored_bytes);
    CountWritten(bytes);
    return absl::OkStatus();
  });
  return absl::OkStatus();
}

absl::Status SpillFiles::Wait() {
  absl::Status first;  // Waits for all lanes even after an error: they still use memory.
  for (const File& file : files_) {
    for (const auto& lane : file.lanes) {
      absl::Status status = lane->queue.Wait();
      if (first.ok()) first = std::move(status);
    }
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
  return WithFile(extent.file, false,
                  [&](BlockFile& file) { return ReadExtentTo(file, extent, context_, buffer); });
}

absl::Status SpillFiles::ReadChunks(
    const std::vector<Extent>& extents,
    const std::function<absl::Status(std::string_view)>& use) const {
  for (const Extent& extent : extents) {
    CM_RETURN_IF_ERROR(WithFile(extent.file, false, [&](BlockFile& file) {
      return ReadExtent(file, extent, context_, use);
    }));
  }
  return absl::OkStatus();
}

absl::Status SpillFiles::Free(std::vector<Extent> extents) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::pair(a.file, a.offset) < std::pair(b.file, b.offset);
  });
  for (size_t i = 0; i < extents.size();) {
    // Frees neighbouring extents in one call.
    Extent joined = extents[i];
    joined.bytes = 0;
    for (; i < extents.size() && extents[i].file == joined.file &&
           extents[i].offset == joined.offset + joined.bytes;
         ++i) {
      joined.bytes += RoundUpToBlock(extents[i].bytes);
      live_bytes_ -= RoundUpToBlock(extents[i].stored_bytes);
    }
    CM_RETURN_IF_ERROR(WithFile(joined.file, true, [&](BlockFile& file) {
      return file.PunchHole(joined.offset, joined.bytes);
    }));
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
