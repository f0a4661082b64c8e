#ifndef CORPUSMILL_TESTS_SHUFFLE_PASSES_H_
#define CORPUSMILL_TESTS_SHUFFLE_PASSES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/inputs.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/order/options.h"

/// Runs the two passes with sizes that Shuffle chooses only for much more data.
namespace corpusmill {

struct PassesOptions {
  ShuffleOptions shuffle;
  size_t buckets = 1;
  /// Uses temporary files even if the data fits in memory.
  bool spill = true;
  /// Memory for the second pass; 0: all. Larger buckets are split.
  uint64_t gather_bytes = 0;
  uint64_t pool_bytes = 1 << 20;
};

struct PassesResult {
  std::string out;
  size_t split_buckets = 0;
  uint64_t temp_bytes = 0;              ///< Without oversized records.
  std::vector<OversizedRecord> unused;  ///< Oversized records passed to `done`.
  std::vector<size_t> done;             ///< The buckets in the order of `done` calls.
};

/// Slices have at least 32 KiB; longer records are oversized.
absl::StatusOr<PassesResult> RunPasses(const std::vector<InputFile>& inputs,
                                       const PassesOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_SHUFFLE_PASSES_H_
