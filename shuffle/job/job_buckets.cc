#include "shuffle/job/job_buckets.h"

#include <algorithm>
#include <utility>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// Adds advice to the status of reading temporary files.
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

uint64_t TaskOf(const OversizedRecord& oversized) { return oversized.file >> 32; }
uint64_t PartOf(const OversizedRecord& oversized) { return oversized.file & 0xffffffff; }

}  // namespace

absl::Status JobOversizedRecords::Read(
    const OversizedRecord& oversized,
    const std::function<absl::Status(std::string_view)>& use) const {
  const std::string path = files_.Oversized(TaskOf(oversized), PartOf(oversized));
  absl::Status used;  // Errors of `use`, which need no advice about the record.
  const auto read = [&]() -> absl::Status {
    CM_ASSIGN_OR_RETURN(const auto file, BlockFile::Open(path, context_.io(), false));
    return ReadOversized(*file, oversized, context_,
                         [&](std::string_view chunk) { return used = use(chunk); });
  };
  const absl::Status status = read();
  if (!used.ok()) return used;
  return WithAdvice(status, path, files_.Part(TaskOf(oversized), PartOf(oversized)));
}

absl::Status JobOversizedRecords::Free(const OversizedRecord& oversized) {
  const std::string path = files_.Oversized(TaskOf(oversized), PartOf(oversized));
  CM_ASSIGN_OR_RETURN(const auto file, BlockFile::Open(path, context_.io(), true));
  return file->PunchHole(oversized.offset, RoundUpToBlock(oversized.length));
}

absl::Status JobOversizedRecords::Check(const OversizedRecord& oversized) const {
  StreamHasher hasher;
  CM_RETURN_IF_ERROR(Read(oversized, [&](std::string_view chunk) {
    hasher.Update(chunk);
    return absl::OkStatus();
  }));
  if (hasher.Digest() == oversized.hash) return absl::OkStatus();
  return WithAdvice(DataError("other bytes"),
                    files_.Oversized(TaskOf(oversized), PartOf(oversized)),
                    files_.Part(TaskOf(oversized), PartOf(oversized)));
}

JobBuckets::JobBuckets(std::vector<Part> parts, size_t buckets, MemoryLease lease)
    : lease_(std::move(lease)), parts_(std::move(parts)), totals_(buckets) {
  for (const Part& part : parts_) {
    for (size_t bucket = 0; bucket < buckets; ++bucket)
      totals_[bucket].Merge(part.index.buckets[bucket].totals);
  }
}

uint64_t JobBuckets::ReadBytes(size_t bucket) const {
  uint64_t bytes = 0;
  for (const Part& part : parts_) {
    bytes += RoundUpToBlock(part.index.buckets[bucket].totals.log_bytes);
  }
  return bytes;
}

absl::Status JobBuckets::Read(size_t bucket, char* buffer,
                              std::vector<std::string_view>* logs) const {
  logs->clear();
  for (const Part& part : parts_) {
    const PartIndex::Bucket& stored = part.index.buckets[bucket];
    if (stored.totals.log_bytes == 0) continue;
    logs->emplace_back(buffer, stored.totals.log_bytes);
    // All extents but the last are whole blocks, and each log begins at a block.
    for (const Extent& extent : stored.extents) {
      CM_RETURN_IF_ERROR(WithAdvice(part.files->Read(extent, buffer), part.name, part.path));
      buffer += RoundUpToBlock(extent.bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status JobBuckets::ReadRuns(size_t bucket,
                                  const std::function<absl::Status(std::string_view)>& use) const {
  for (const Part& part : parts_) CM_RETURN_IF_ERROR(ReadRunsOf(part, bucket, use));
  return absl::OkStatus();
}

absl::Status JobBuckets::ReadRunsOf(const Part& part, size_t bucket,
                                    const std::function<absl::Status(std::string_view)>& use) {
  absl::Status used;
  RunAssembler runs([&](std::string_view run) { return used = use(run); });
  absl::Status status =
      part.files->ReadChunks(part.index.buckets[bucket].extents,
                             [&runs](std::string_view chunk) { return runs.Add(chunk); });
  if (status.ok()) status = runs.End();
  // A malformed run is an error of the file; all other errors are those of `use`.
  if (!used.ok() && !absl::IsDataLoss(used)) return used;
  return WithAdvice(status, part.name, part.path);
}

absl::Status JobBuckets::Free(const std::vector<size_t>& buckets) {
  for (const Part& part : parts_) {
    std::vector<Extent> extents;
    for (const size_t bucket : buckets) {
      const std::vector<Extent>& stored = part.index.buckets[bucket].extents;
      extents.insert(extents.end(), stored.begin(), stored.end());
    }
    CM_RETURN_IF_ERROR(part.files->Free(std::move(extents)));
  }
  return absl::OkStatus();
}

absl::Status JobBuckets::Check(size_t bucket, const Interval& interval, const Selector& selector,
                               const JobOversizedRecords& oversized_records) const {
  for (const Part& part : parts_) {
    MultisetHash found;
    std::vector<OversizedRecord> found_oversized;
    const auto check_run = [&](std::string_view run) -> absl::Status {
      LogReader log(run);
      BucketTotals totals;
      for (LogEntry entry; log.Next(&entry);) {
        if (!interval.Contains(selector.DrawOf(entry.id))) return DataError("of another bucket");
        totals.Add(entry);
        if (entry.is_oversized) found_oversized.push_back(entry.AsOversized());
      }
      found.Merge(totals.multiset);
      return log.status();
    };
    CM_RETURN_IF_ERROR(ReadRunsOf(part, bucket, check_run));
    if (!(found == part.index.buckets[bucket].totals.multiset)) {
      return WithAdvice(DataError("other records"), part.name, part.path);
    }
    for (const OversizedRecord& oversized : found_oversized)
      CM_RETURN_IF_ERROR(oversized_records.Check(oversized));
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
