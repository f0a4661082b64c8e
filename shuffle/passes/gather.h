#ifndef CORPUSMILL_SHUFFLE_PASSES_GATHER_H_
#define CORPUSMILL_SHUFFLE_PASSES_GATHER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "shuffle/buckets/bucket_source.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/buckets/spill_files.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/order/selector.h"
#include "shuffle/passes/scatter.h"
#include "shuffle/passes/sorted_bucket.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// What is known after the first pass: how much comes out of each cell, and where
/// the output ends.
struct GatherPlan {
  /// Of the records that come out, for each cell.
  std::vector<CellTotals> cells;
  /// With `take`, if there are more records than that: the last that comes out.
  std::optional<Place> last;
  /// With `last`: of the cells that it lies in, one for each stream.
  std::vector<CellTotals> cut;

  CellTotals Sum() const;
  /// What each stream holds.
  ShuffleResult Result(const CellMap& map, std::string header, size_t delimiter_bytes) const;
};

/// What comes out of each cell if the output ends behind `last`. The cells that `last`
/// lies in are read, unless their totals are known, in the order of the streams.
absl::StatusOr<GatherPlan> PlanGather(const CellMap& map, const Selector& selector,
                                      const CellSource& cells, const std::optional<Place>& last,
                                      const std::vector<CellTotals>& known_cut = {});

/// Finds where the output ends, looking only at the cells near that place.
absl::StatusOr<GatherPlan> PlanGatherTake(const CellMap& map, const Selector& selector,
                                          const CellSource& cells,
                                          const std::optional<uint64_t>& take, Context& context);

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
  /// each cell after it was written, in order, by the thread that writes to the target,
  /// with the giants that are not needed any more; it frees them when that is right. A
  /// record that was changed or lost on the way is kInternal.
  using Done = std::function<absl::Status(size_t cell, std::vector<Giant> giants)>;
  absl::Status Run(size_t begin, size_t end, std::string_view delimiter, ShuffleTarget& target,
                   const Done& done);

  /// How many cells had to be dealt out again.
  size_t split_cells() const { return split_cells_; }

 private:
  /// A cell that is to be written.
  struct Leaf {
    CellSource* source;
    size_t cell;
    Interval interval;
    CellTotals totals;  // Of the records that come out.
    std::function<absl::Status(std::vector<Giant> giants)> done;
  };
  /// In each respect the largest of some leaves.
  struct Largest {
    CellTotals totals;
    uint64_t read_bytes = 0;
    void Include(const Leaf& leaf);
  };
  bool FitsInMemory(const CellTotals& totals, uint64_t read_bytes) const;
  absl::Status RunLeaves(const std::vector<Leaf>& leaves, std::string_view delimiter,
                         ShuffleTarget& target);
  absl::Status RunSmall(const Leaf* begin, const Leaf* end, const Largest& largest,
                        std::string_view delimiter, ShuffleTarget& target);
  absl::Status RunLarge(const Leaf& leaf, std::string_view delimiter, ShuffleTarget& target);

  const Source source_;
  SpillFiles& files_;
  Context& context_;
  size_t split_cells_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_PASSES_GATHER_H_
