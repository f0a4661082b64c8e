#ifndef CORPUSMILL_SHUFFLE_GATHER_H_
#define CORPUSMILL_SHUFFLE_GATHER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/context.h"
#include "shuffle/cell_map.h"
#include "shuffle/cell_source.h"
#include "shuffle/giant_file.h"
#include "shuffle/scatter.h"
#include "shuffle/selector.h"
#include "shuffle/sorted_cell.h"
#include "shuffle/spill_files.h"
#include "shuffle/target.h"

namespace corpusmill {

/// What is known after the first pass: how much comes out of each cell, and where
/// the output ends.
struct GatherPlan {
  /// Of the records that come out, for each cell.
  std::vector<CellTotals> cells;
  /// With `take`, if there are more records than that: the last that comes out.
  std::optional<Place> last;

  CellTotals Sum() const;
  /// What each stream holds.
  ShuffleResult Result(const CellMap& map, std::string header, size_t delimiter_bytes) const;
};

/// Finds where the output ends, looking only at the records near that place. Frees
/// the cells behind it.
absl::StatusOr<GatherPlan> PlanGather(const CellMap& map, const Selector& selector,
                                      CellSource& cells, const std::optional<uint64_t>& take,
                                      const ScatterReport& scattered, Context& context);

/// The second pass over some cells, in the order of the output.
class Gatherer {
 public:
  struct Source {
    const CellMap& map;
    const Selector& selector;
    const GatherPlan& plan;
    CellSource& cells;
    GiantSource& giants;
  };
  /// `files` take what has to be dealt out again.
  Gatherer(const Source& source, SpillFiles& files, Context& context)
      : source_(source), files_(files), context_(context) {}

  /// Sorts and writes cells [begin, end), several at a time. A cell that does not fit in
  /// memory is dealt out to finer ones first, as often as is needed. `done` is called for
  /// each cell after it was written, in order, and frees it when that is right. A record
  /// that was changed or lost on the way is kInternal.
  absl::Status Run(size_t begin, size_t end, std::string_view delimiter, ShuffleTarget& target,
                   const std::function<absl::Status(size_t cell)>& done);

  /// How many cells had to be dealt out again.
  size_t split_cells() const { return split_cells_; }

 private:
  /// A cell that is to be written.
  struct Leaf {
    CellSource* source;
    size_t cell;
    Interval interval;
    CellTotals totals;  // Of the records that come out.
    std::function<absl::Status()> done;
  };
  bool FitsInMemory(const Leaf& leaf) const;
  absl::Status RunLeaves(const std::vector<Leaf>& leaves, std::string_view delimiter,
                         ShuffleTarget& target);
  absl::Status RunSmall(const Leaf* begin, const Leaf* end, std::string_view delimiter,
                        ShuffleTarget& target);
  absl::Status RunLarge(const Leaf& leaf, std::string_view delimiter, ShuffleTarget& target);

  const Source source_;
  SpillFiles& files_;
  Context& context_;
  size_t split_cells_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_GATHER_H_
