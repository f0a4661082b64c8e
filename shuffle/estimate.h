#ifndef CORPUSMILL_SHUFFLE_ESTIMATE_H_
#define CORPUSMILL_SHUFFLE_ESTIMATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "shuffle/order/options.h"
#include "shuffle/passes/sizing.h"

namespace corpusmill {

/// Estimates the decoded size of the inputs in bytes; 0 if unknown (a pipe).
uint64_t ExpectedBytes(const std::vector<InputFile>& inputs);

/// The resources that a shuffle is expected to take.
struct ShuffleEstimate {
  struct Folder {
    std::string path;
    uint64_t temp_bytes = 0;  ///< To be written to `path`.
    uint64_t free_bytes = 0;
  };
  uint64_t input_bytes = 0;  ///< Decoded size, estimated; 0 if unknown.
  Sizing sizing;
  int passes = 0;             ///< 0 if unknown.
  uint64_t memory_bytes = 0;  ///< Upper bound.
  std::vector<Folder> folders;
  double seconds = 0;  ///< Disk time alone; 0 if unknown or in memory.

  /// Formats one line per quantity, for people.
  std::string ToText() const;
};

/// Estimates a shuffle. Measures the speed of each folder with an unnamed file of 64 MiB.
absl::StatusOr<ShuffleEstimate> EstimateShuffle(const std::vector<InputFile>& inputs,
                                                const ShuffleOptions& options,
                                                const std::vector<std::string>& folders,
                                                Context& context);

/// Checks that `folders` have room for the temporary files of a shuffle, if their size is known.
/// kUnavailable names the folder and the bytes.
absl::Status CheckTempSpace(const std::vector<InputFile>& inputs, const ShuffleOptions& options,
                            const std::vector<std::string>& folders);

/// Checks that `path` has room for `output_bytes` after `temp_bytes` of files in `folders` on the
/// same file system are freed.
absl::Status CheckOutputSpace(const std::string& path, uint64_t output_bytes,
                              const std::vector<std::string>& folders, uint64_t temp_bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ESTIMATE_H_
