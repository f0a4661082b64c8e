#include "shuffle/job_cells.h"

#include <algorithm>
#include <utility>

#include "corpus/status.h"

namespace corpusmill {
std::string PartPath(const std::string& prefix, uint64_t task, uint64_t part) {
  return absl::StrFormat("%s.%d-%d", prefix, task, part);
}

JobCells::JobCells(std::vector<Part> parts, size_t cells, MemoryLease lease, Context& context)
    : lease_(std::move(lease)), parts_(std::move(parts)), context_(context), totals_(cells) {
  for (const Part& part : parts_) {
    for (size_t cell = 0; cell < cells; ++cell) totals_[cell].Merge(part.index.cells[cell].totals);
  }
}

uint64_t JobCells::ReadBytes(size_t cell) const {
  uint64_t bytes = 0;
  for (const Part& part : parts_) {
    bytes += RoundUpToBlock(part.index.cells[cell].totals.log_bytes);
  }
  return bytes;
}

absl::Status JobCells::Read(size_t cell, char* buffer, std::vector<std::string_view>* logs) const {
  logs->clear();
  for (const Part& part : parts_) {
    const PartIndex::Cell& stored = part.index.cells[cell];
    if (stored.totals.log_bytes == 0) continue;
    logs->emplace_back(buffer, stored.totals.log_bytes);
    // Extents but the last are whole blocks, and each log begins at one.
    for (const Extent& extent : stored.extents) {
      CM_RETURN_IF_ERROR(part.files->Read(extent, buffer));
      buffer += RoundUpToBlock(extent.bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status JobCells::ReadRuns(size_t cell,
                                const std::function<absl::Status(std::string_view)>& use) const {
  for (const Part& part : parts_) {
    RunAssembler runs(use);
    CM_RETURN_IF_ERROR(
        part.files->ReadPieces(part.index.cells[cell].extents,
                               [&runs](std::string_view piece) { return runs.Add(piece); }));
    CM_RETURN_IF_ERROR(runs.End());
  }
  return absl::OkStatus();
}

absl::Status JobCells::Free(const std::vector<size_t>& cells) {
  for (const Part& part : parts_) {
    std::vector<Extent> extents;
    for (const size_t cell : cells) {
      const std::vector<Extent>& stored = part.index.cells[cell].extents;
      extents.insert(extents.end(), stored.begin(), stored.end());
    }
    CM_RETURN_IF_ERROR(part.files->Free(std::move(extents)));
  }
  return absl::OkStatus();
}

absl::Status JobGiants::Read(const Giant& giant,
                             const std::function<absl::Status(std::string_view)>& use) const {
  CM_ASSIGN_OR_RETURN(const auto file,
                      BlockFile::Open(PartPath(prefix_, giant.file >> 32, giant.file & 0xffffffff),
                                      context_.io(), false));
  return ReadGiant(*file, giant, context_, use);
}

absl::Status JobGiants::Free(const Giant& giant) {
  CM_ASSIGN_OR_RETURN(const auto file,
                      BlockFile::Open(PartPath(prefix_, giant.file >> 32, giant.file & 0xffffffff),
                                      context_.io(), true));
  return file->PunchHole(giant.offset, RoundUpToBlock(giant.length));
}

}  // namespace corpusmill
