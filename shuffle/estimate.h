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

/// About how many bytes the inputs hold when decoded; 0 if that is unknown, as of a pipe.
uint64_t ExpectedBytes(const std::vector<InputFile>& inputs);

/// The resources that a shuffle will take, as far as is known beforehand.
struct ShuffleEstimate {
  struct Folder {
    std::string path;
    uint64_t temp_bytes = 0;  ///< To be written there.
    uint64_t free_bytes = 0;
  };
  uint64_t input_bytes = 0;  ///< Decoded, about; 0 if unknown.
  Sizing sizing;
  int passes = 0;             ///< 0 if unknown.
  uint64_t memory_bytes = 0;  ///< At most.
  std::vector<Folder> folders;
  double seconds = 0;  ///< Time of the disk alone; 0 if unknown or in memory.

  /// For a person: one line for each quantity.
  std::string ToText() const;
};

/// Measures the speed of the folders with an unnamed file of 64 MiB in each.
absl::StatusOr<ShuffleEstimate> EstimateShuffle(const std::vector<InputFile>& inputs,
                                                const ShuffleOptions& options,
                                                const std::vector<std::string>& folders,
                                                Context& context);

/// Checks that there is room for the temporary files of a shuffle, if their size can be known:
/// kUnavailable naming folder and bytes otherwise.
absl::Status CheckTempSpace(const std::vector<InputFile>& inputs, const ShuffleOptions& options,
                            const std::vector<std::string>& folders);

/// Checks that there is room for `output_bytes` at `path` once `temp_bytes` of files in
/// `folders` on the same file system are freed.
absl::Status CheckOutputSpace(const std::string& path, uint64_t output_bytes,
                              const std::vector<std::string>& folders, uint64_t temp_bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ESTIMATE_H_
