#ifndef CORPUSMILL_PIPELINES_CLEANING_CLEAN_PROGRESS_H_
#define CORPUSMILL_PIPELINES_CLEANING_CLEAN_PROGRESS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/hash.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "pipelines/cleaning/ledger.h"
#include "pipelines/cleaning/run_statistics.h"

namespace corpusmill {

/// What a part of a pass has done, or all parts of a finished pass: a file of a job's folder. See
/// docs/formats/job.md.
struct CleanProgress {
  CleanProgress() = default;
  CleanProgress(size_t stages, size_t sources)
      : ledger(stages, sources), statistics(stages, sources) {}

  uint64_t position = 0;      ///< Documents of the pass up to the end of the part.
  uint64_t parts = 0;         ///< 1, or the parts of the pass.
  uint64_t line_bytes = 0;    ///< Lines of documents and rejects, before compression.
  uint64_t stored_bytes = 0;  ///< After it.
  Hash128 stored_hash;        ///< XXH3-128 of the stored bytes of a part.
  Ledger ledger;
  RunStatistics statistics;
  // Of the finished first pass:
  DocumentCounts read;
  std::vector<InputReport> inputs;

  /// Adds the next part of the pass.
  void Add(const CleanProgress& part);
};

/// Writes the file whole and durable.
absl::Status WriteCleanProgress(const std::string& path, const CleanProgress& progress);

/// kDataLoss "PATH: is damaged; ADVICE" if the hash differs, or the file is of another number of
/// stages or sources.
absl::StatusOr<CleanProgress> ReadCleanProgress(const std::string& path, size_t stages,
                                                size_t sources, const std::string& advice);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_CLEAN_PROGRESS_H_
