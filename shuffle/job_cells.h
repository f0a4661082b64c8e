#ifndef CORPUSMILL_SHUFFLE_JOB_CELLS_H_
#define CORPUSMILL_SHUFFLE_JOB_CELLS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "corpus/context.h"
#include "shuffle/cell_source.h"
#include "shuffle/giant_file.h"
#include "shuffle/part_index.h"
#include "shuffle/spill_files.h"

namespace corpusmill {

/// The cells of a job: those of all its parts together. Holds no file open.
class JobCells final : public CellSource {
 public:
  struct Part {
    PartIndex index;
    std::unique_ptr<SpillFiles> files;
  };
  JobCells(std::vector<Part> parts, size_t cells, MemoryLease lease, Context& context);

  const CellTotals& totals(size_t cell) const override { return totals_[cell]; }
  uint64_t ReadBytes(size_t cell) const override;
  absl::Status Read(size_t cell, char* buffer, std::vector<std::string_view>* logs) const override;
  absl::Status ReadRuns(
      size_t cell, const std::function<absl::Status(std::string_view run)>& use) const override;
  absl::Status Free(const std::vector<size_t>& cells) override;

 private:
  const MemoryLease lease_;
  const std::vector<Part> parts_;
  Context& context_;
  std::vector<CellTotals> totals_;
};

/// The giants of a job, in one file for each part; Giant::file is
/// task · 2^32 + part.
class JobGiants final : public GiantSource {
 public:
  /// `prefix` is that of the paths of the files: see GiantPath.
  JobGiants(std::string prefix, Context& context) : prefix_(std::move(prefix)), context_(context) {}
  absl::Status Read(const Giant& giant,
                    const std::function<absl::Status(std::string_view)>& use) const override;
  absl::Status Free(const Giant& giant) override;

 private:
  const std::string prefix_;
  Context& context_;
};

/// PREFIX.TASK-PART: "PREFIX.3-12".
std::string PartPath(const std::string& prefix, uint64_t task, uint64_t part);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_CELLS_H_
