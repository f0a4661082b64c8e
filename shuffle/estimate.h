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

/// What a shuffle will take, as far as can be known before it.
struct ShuffleEstimate {
  struct Folder {
    std::string path;
    uint64_t temp_bytes = 0;  ///< That will be written there.
    uint64_t free_bytes = 0;
  };
  uint64_t input_bytes = 0;  ///< Decoded, about; 0 if unknown.
  Sizing sizing;
  int passes = 0;             ///< 0 if unknown.
  uint64_t memory_bytes = 0;  ///< At most.
  std::vector<Folder> folders;
  double seconds = 0;  ///< By the disk alone; 0 if unknown or in memory.

  /// For a person: one line for each thing.
  std::string ToText() const;
};

/// Measures how fast the folders are by writing and reading 64 MiB there, which is
/// gone afterwards.
absl::StatusOr<ShuffleEstimate> EstimateShuffle(const std::vector<InputFile>& inputs,
                                                const ShuffleOptions& options,
                                                const std::vector<std::string>& folders,
                                                Context& context);

/// Whether there is room for the temporary files of a shuffle, if it can be known what
/// they will take: kUnavailable naming folder and bytes if not.
absl::Status CheckTempSpace(const std::vector<InputFile>& inputs, const ShuffleOptions& options,
                            const std::vector<std::string>& folders);

/// Whether there is room for `output_bytes` where `path` is, once `temp_bytes` of files
/// in `folders` are freed, if they are on the same file system.
absl::Status CheckOutputSpace(const std::string& path, uint64_t output_bytes,
                              const std::vector<std::string>& folders, uint64_t temp_bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ESTIMATE_H_
