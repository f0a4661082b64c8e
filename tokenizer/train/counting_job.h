#ifndef CORPUSMILL_TOKENIZER_TRAIN_COUNTING_JOB_H_
#define CORPUSMILL_TOKENIZER_TRAIN_COUNTING_JOB_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/train/corpus_pass.h"

namespace corpusmill {

/// A folder that keeps the counts of a training, so that after a crash it goes on behind the
/// last part that was counted: `ngrams.1`, `ngrams.2`… for parts of the first pass, then
/// `ngrams` for all of it, and so on with `pieces`.
///
///   CM_ASSIGN_OR_RETURN(const CountingJob job, CountingJob::Open("job", resume, context));
///   CM_RETURN_IF_ERROR(job.Count("ngrams", corpus, info, count_part));
///   CM_ASSIGN_OR_RETURN(const auto counts, CountsFile::Open(job.PathOf("ngrams"), context));
///
/// For one process and thread at a time.
class CountingJob {
 public:
  /// Counts the next part of the corpus into a file; about so much of it.
  using CountPart = std::function<absl::Status(CorpusCursor& cursor, const std::string& path)>;

  /// Makes the folder. kInvalidArgument when there are counts and not `resume`.
  static absl::StatusOr<CountingJob> Open(const std::string& folder, bool resume, Context& context);

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  /// Makes the file `name` of all texts, of parts that are there and of those it lets
  /// count_part count. `info` says what they must be like, but for the texts: else
  /// kInvalidArgument. kDataLoss when the corpus does not begin with the texts of the parts.
  absl::Status Count(const std::string& name, const OpenCorpus& corpus, const CountsInfo& info,
                     const CountPart& count_part) const;

 private:
  CountingJob(std::string folder, Context& context)
      : folder_(std::move(folder)), context_(context) {}
  std::string PartPath(const std::string& name, size_t part) const;
  absl::StatusOr<CorpusTotals> CheckCounts(const std::string& path, const CountsInfo& info) const;

  const std::string folder_;
  Context& context_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_COUNTING_JOB_H_
