#include "shuffle/job/job_buckets.h"

#include <algorithm>
#include <utility>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// What came of reading temporary files, with what to do about it.
absl::Status WithAdvice(const absl::Status& status, const std::string& file,
                        const std::string& part) {
  if (absl::IsDataLoss(status)) {
    return DataError(
        absl::StrFormat("%s: is damaged; remove %s to scatter that part again", file, part));
  }
  if (!absl::IsUnavailable(status)) return status;
  return absl::UnavailableError(absl::StrFormat(
      "%s; if it is lost, remove %s to scatter that part again", Message(status), part));
}

uint64_t TaskOf(const Giant& giant) { return giant.file >> 32; }
uint64_t PartOf(const Giant& giant) { return giant.file & 0xffffffff; }

}  // namespace

absl::Status JobGiants::Read(const Giant& giant,
                             const std::function<absl::Status(std::string_view)>& use) const {
  const std::string path = files_.Giants(TaskOf(giant), PartOf(giant));
  absl::Status used;  // Its errors have nothing to do with the giant.
  const auto read = [&]() -> absl::Status {
    CM_ASSIGN_OR_RETURN(const auto file, BlockFile::Open(path, context_.io(), false));
    return ReadGiant(*file, giant, context_,
                     [&](std::string_view piece) { return used = use(piece); });
  };
  const absl::Status status = read();
  if (!used.ok()) return used;
  return WithAdvice(status, path, files_.Part(TaskOf(giant), PartOf(giant)));
}

absl::Status JobGiants::Free(const Giant& giant) {
  const std::string path = files_.Giants(TaskOf(giant), PartOf(giant));
  CM_ASSIGN_OR_RETURN(const auto file, BlockFile::Open(path, context_.io(), true));
  return file->PunchHole(giant.offset, RoundUpToBlock(giant.length));
}

absl::Status JobGiants::Check(const Giant& giant) const {
  StreamHasher hasher;
  CM_RETURN_IF_ERROR(Read(giant, [&](std::string_view piece) {
    hasher.Update(piece);
    return absl::OkStatus();
  }));
  if (hasher.Digest() == giant.hash) return absl::OkStatus();
  return WithAdvice(DataError("other bytes"), files_.Giants(TaskOf(giant), PartOf(giant)),
                    files_.Part(TaskOf(giant), PartOf(giant)));
}

JobCells::JobCells(std::vector<Part> parts, size_t cells, MemoryLease lease)
    : lease_(std::move(lease)), parts_(std::move(parts)), totals_(cells) {
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
      CM_RETURN_IF_ERROR(WithAdvice(part.files->Read(extent, buffer), part.name, part.path));
      buffer += RoundUpToBlock(extent.bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status JobCells::ReadRuns(size_t cell,
                                const std::function<absl::Status(std::string_view)>& use) const {
  for (const Part& part : parts_) CM_RETURN_IF_ERROR(ReadRunsOf(part, cell, use));
  return absl::OkStatus();
}

absl::Status JobCells::ReadRunsOf(const Part& part, size_t cell,
                                  const std::function<absl::Status(std::string_view)>& use) {
  absl::Status used;
  RunAssembler runs([&](std::string_view run) { return used = use(run); });
  absl::Status status = part.files->ReadPieces(
      part.index.cells[cell].extents, [&runs](std::string_view piece) { return runs.Add(piece); });
  if (status.ok()) status = runs.End();
  // That a run makes no sense is the file's fault, everything else that of its user.
  if (!used.ok() && !absl::IsDataLoss(used)) return used;
  return WithAdvice(status, part.name, part.path);
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

absl::Status JobCells::Check(size_t cell, const Interval& interval, const Selector& selector,
                             const JobGiants& giants) const {
  for (const Part& part : parts_) {
    MultisetHash found;
    std::vector<Giant> found_giants;
    const auto check_run = [&](std::string_view run) -> absl::Status {
      LogReader log(run);
      CellTotals totals;
      for (LogEntry entry; log.Next(&entry);) {
        if (!interval.Contains(selector.DrawOf(entry.id))) return DataError("of another cell");
        totals.Add(entry);
        if (entry.is_giant) found_giants.push_back(entry.AsGiant());
      }
      found.Merge(totals.multiset);
      return log.status();
    };
    CM_RETURN_IF_ERROR(ReadRunsOf(part, cell, check_run));
    if (!(found == part.index.cells[cell].totals.multiset)) {
      return WithAdvice(DataError("other records"), part.name, part.path);
    }
    for (const Giant& giant : found_giants) CM_RETURN_IF_ERROR(giants.Check(giant));
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
