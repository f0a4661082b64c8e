#ifndef CORPUSMILL_SHUFFLE_ORDER_OPTIONS_H_
#define CORPUSMILL_SHUFFLE_ORDER_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/random.h"
#include "corpus/records/records.h"

namespace corpusmill {

/// How records are assigned to splits.
enum class SplitBy {
  kRecord,   ///< Its identity: position of the input, position in it.
  kContent,  ///< Its bytes: equal records stay together.
  kField,    ///< The value of a member of the JSON object: equal values stay together.
};

/// One of the disjoint subsets of the output, such as train and test.
struct Split {
  std::string name;
  /// Records whose split draw has a `high` below this and not below that of the
  /// split before; of the last split it is not looked at.
  uint64_t end = 0;
};

/// Decides which records come out, where and in what order. Memory, threads and the folders
/// for temporary files do not change the output.
struct ShuffleOptions {
  /// Any string: the order is a pure function of it and of the input records.
  std::string seed;
  /// kWhole is refused: its records have no delimiter to write. kAuto is kLines.
  RecordOptions record;
  /// The first records of every input, which must be equal in all of them. They
  /// are not shuffled, have no index, and stand once at the top of every output.
  uint64_t header_records = 0;

  /// Only the first `take` records of the whole order.
  std::optional<uint64_t> take;
  /// Only records with a draw below this: each is chosen by itself.
  std::optional<Draw> below;

  /// None: all records go to one output.
  std::vector<Split> splits;
  std::string split_seed = "split";
  SplitBy split_by = SplitBy::kRecord;
  std::string split_field;  ///< For kField.

  /// The inputs are parallel: the n-th records of all are put at the same place,
  /// each input in an output of its own. All must have as many records.
  bool aligned = false;

  /// Fewer make records tie in Draw::high, which never happens otherwise.
  int draw_bits_for_testing = 64;
};

/// "0.25" → the draw below which a quarter of all draws lies, exactly. nullopt for
/// 1. kInvalidArgument when it is not a decimal above 0 and at most 1.
absl::StatusOr<std::optional<Draw>> ParseFraction(std::string_view text);

/// "train=0.98,valid=0.01,test=0.01" → the splits in that order. The shares are
/// decimals in any unit: "98,1,1" means the same. kInvalidArgument otherwise.
absl::StatusOr<std::vector<Split>> ParseSplits(std::string_view text);

/// "record", "content" or "field:NAME", which also sets *field.
absl::StatusOr<SplitBy> ParseSplitBy(std::string_view text, std::string* field);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ORDER_OPTIONS_H_
