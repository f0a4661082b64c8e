#ifndef CORPUSMILL_SHUFFLE_ORDER_SELECTOR_H_
#define CORPUSMILL_SHUFFLE_ORDER_SELECTOR_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/hash.h"
#include "corpus/base/random.h"
#include "corpus/records/inputs.h"
#include "corpus/text/json.h"
#include "shuffle/order/options.h"

namespace corpusmill {

/// Identifies one copy of a record in the output.
struct RecordId {
  uint64_t input = 0;
  uint64_t record = 0;
  uint64_t copy = 0;
  auto operator<=>(const RecordId&) const = default;
};

/// Chooses the copies, the stream and the position of each record. A stream is one sequence of
/// records in the output: a split, an aligned input, or a split of an aligned input; otherwise
/// there is one stream.
///
/// All results are pure functions of the options and the record's identity (or content).
/// Thread-safe.
class Selector {
 public:
  Selector(const ShuffleOptions& options, const std::vector<InputFile>& inputs);

  size_t streams() const { return sources_ * splits_; }
  /// The approximate share of all records that `stream` gets.
  double Share(size_t stream) const;

  /// An upper bound for the copies of one record of an input.
  uint64_t MaxCopies(uint64_t input) const;

  /// Whether any record may have several copies.
  bool HasCopies() const;

  /// The record's position in the order.
  Draw DrawOf(const RecordId& id) const {
    Draw draw = order_key_.At(DrawPurpose::kOrder, aligned_ ? 0 : id.input, id.record, id.copy);
    draw.high &= draw_mask_;
    return draw;
  }

  /// Whether a copy may be in the output, by what is known so far; sets *draw.
  /// REQUIRES: id.copy < MaxCopies(id.input).
  bool Selects(const RecordId& id, Draw* draw) const;

  /// The stream of a record. SplitBy::kField needs kRecordPadding after `bytes`; its kDataLoss does
  /// not name the record.
  absl::StatusOr<size_t> StreamOf(const RecordId& id, std::string_view bytes,
                                  JsonObjectParser* parser) const;
  /// The stream of an oversized record, by the hash of its bytes.
  absl::StatusOr<size_t> StreamOfOversized(const RecordId& id, const Hash128& content) const;

  /// Makes Selects reject draws whose `high` is above this. REQUIRES: `high` does not grow.
  void LowerLimit(uint64_t high) { limit_.store(high, std::memory_order_relaxed); }
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }

 private:
  size_t SplitOf(const Draw& draw) const;

  const RandomKey order_key_;
  const RandomKey split_key_;
  const ShuffleOptions options_;
  const bool aligned_;
  const uint64_t draw_mask_;
  std::vector<Weight> weights_;
  const size_t sources_;
  const size_t splits_;
  std::atomic<uint64_t> limit_{~uint64_t{0}};
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ORDER_SELECTOR_H_
