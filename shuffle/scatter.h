#ifndef CORPUSMILL_SHUFFLE_SCATTER_H_
#define CORPUSMILL_SHUFFLE_SCATTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "corpus/inputs.h"
#include "shuffle/cell_map.h"
#include "shuffle/cell_store.h"
#include "shuffle/giant_file.h"
#include "shuffle/options.h"
#include "shuffle/selector.h"
#include "shuffle/sizing.h"

namespace corpusmill {

struct ScatterReport {
  std::vector<uint64_t> records;  ///< Of each input, read.
  std::string header;             ///< With its delimiters.
  /// With options.take, if there are more records: the `take`-th smallest draw has
  /// at least this `high`, and so many selected records have a smaller one.
  uint64_t take_floor = 0;
  uint64_t below_floor = 0;
};

/// The first pass: reads all inputs and appends every record that is selected to
/// the cell of its draw. With options.take, lowers the selector's limit as it goes,
/// so that little more than the sample is ever held.
absl::StatusOr<ScatterReport> Scatter(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& options, const Sizing& sizing,
                                      const CellMap& map, Selector& selector, CellStore& store,
                                      GiantFile& giants, Context& context);

/// Deals the records of one cell of `from` to the cells of `to`: its interval in
/// `to.cells()` equal parts.
absl::Status Rescatter(CellSource& from, size_t cell, const Interval& interval,
                       const Selector& selector, CellStore& to, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_SCATTER_H_
