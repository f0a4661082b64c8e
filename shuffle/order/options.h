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
  kRecord,   ///< By identity: position of the input, position in the input.
  kContent,  ///< By bytes: equal records stay together.
  kField,    ///< By the value of a JSON member: equal values stay together.
};

/// One of the disjoint subsets of the output, such as train and test.
struct Split {
  std::string name;
  /// The split's exclusive upper bound of the split draw's `high`; its lower bound is the `end`
  /// of the previous split. Ignored for the last split, which has no upper bound.
  uint64_t end = 0;
};

/// Selects the output records, their outputs and their order. Memory, threads and the folders for
/// temporary files do not change the output.
struct ShuffleOptions {
  /// Any string. The order is a pure function of the seed and the input records.
  std::string seed;
  /// Refuses kWhole, whose records have no delimiter to write. kAuto means kLines, of inputs of any
  /// content that FindsContent allows.
  RecordOptions record;
  /// Number of header records at the start of every input, equal in all inputs. They are not
  /// shuffled, have no index, and are written once at the top of every output.
  uint64_t header_records = 0;

  /// Keeps only the first `take` records of the order.
  std::optional<uint64_t> take;
  /// Keeps only records with a draw below this; each record is chosen independently.
  std::optional<Draw> below;

  /// Empty: all records go to one output.
  std::vector<Split> splits;
  std::string split_seed = "split";
  SplitBy split_by = SplitBy::kRecord;
  std::string split_field;  ///< For kField.

  /// Shuffles parallel inputs: each input has its own output, and the n-th records of all inputs
  /// get the same position. The inputs must have equal record counts.
  bool aligned = false;

  /// Fewer bits make records tie in Draw::high.
  int draw_bits_for_testing = 64;
};

/// Parses "0.25": returns the draw below which exactly a quarter of all draws lie. nullopt for 1.
/// kInvalidArgument unless `text` is a decimal above 0 and at most 1.
absl::StatusOr<std::optional<Draw>> ParseFraction(std::string_view text);

/// Parses "train=0.98,valid=0.01,test=0.01": returns the splits in that order. The shares are
/// decimals in any unit: "98,1,1" means the same. kInvalidArgument if `text` is malformed.
absl::StatusOr<std::vector<Split>> ParseSplits(std::string_view text);

/// Parses "record", "content" or "field:NAME", which also sets *field. kInvalidArgument otherwise.
absl::StatusOr<SplitBy> ParseSplitBy(std::string_view text, std::string* field);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ORDER_OPTIONS_H_
