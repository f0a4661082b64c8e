#include "tokenizer/train/counting_job.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

absl::Status Remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  return error ? IoError(path, "cannot remove", error.value()) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<CountingJob> CountingJob::Open(const std::string& folder, bool resume,
                                              Context& context) {
  CM_RETURN_IF_ERROR(CreateFolders(folder));
  CountingJob job(folder, context);
  for (const std::string name : {"ngrams", "pieces"}) {
    if (resume || (!Exists(job.PathOf(name)) && !Exists(job.PartPath(name, 1)))) continue;
    return UsageError(absl::StrFormat(
        "%s: has counts of a training; --resume goes on with it, or name another folder", folder));
  }
  return job;
}

std::string CountingJob::PartPath(const std::string& name, size_t part) const {
  return absl::StrFormat("%s.%d", PathOf(name), part);
}

absl::StatusOr<CorpusTotals> CountingJob::CheckCounts(const std::string& path,
                                                      const CountsInfo& info) const {
  CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open(path, context_));
  CM_RETURN_IF_ERROR(CheckSameCounting("the training", info, path, file->info()));
  if (info.totals.unit != file->info().totals.unit) {
    return UsageError(absl::StrFormat("%s: the inputs had other weights", path));
  }
  return file->info().totals;
}

absl::Status CountingJob::Count(const std::string& name, const OpenCorpus& corpus,
                                const CountsInfo& info, const CountPart& count_part) const {
  std::vector<std::string> parts;
  CorpusTotals done;
  while (Exists(PartPath(name, parts.size() + 1))) {
    parts.push_back(PartPath(name, parts.size() + 1));
    CM_ASSIGN_OR_RETURN(const CorpusTotals totals, CheckCounts(parts.back(), info));
    done.Add(totals);
  }
  const std::string path = PathOf(name);
  if (Exists(path)) {
    CM_RETURN_IF_ERROR(CheckCounts(path, info).status());
  } else {
    CM_ASSIGN_OR_RETURN(CorpusCursor cursor, CorpusCursor::Open(corpus, context_));
    if (!parts.empty()) {
      context_.reporter().Log(
          LogLevel::kInfo, absl::StrFormat("going on behind %d texts, of which %s has the counts",
                                           done.texts, folder_));
      CM_RETURN_IF_ERROR(cursor.Skip(done));
    }
    while (!cursor.ended()) {
      parts.push_back(PartPath(name, parts.size() + 1));
      CM_RETURN_IF_ERROR(count_part(cursor, parts.back()));
    }
    if (parts.size() == 1) {
      std::error_code error;
      std::filesystem::rename(parts[0], path, error);
      if (error) return IoError(path, "cannot rename to", error.value());
      return SyncFolder(folder_);
    }
    CM_RETURN_IF_ERROR(
        CountsFile::Merge(parts, path, {.allow_same_texts = true}, context_).status());
  }
  // From the last on: those that are left after a crash are still numbered from 1.
  for (; !parts.empty(); parts.pop_back()) CM_RETURN_IF_ERROR(Remove(parts.back()));
  return absl::OkStatus();
}

}  // namespace corpusmill
