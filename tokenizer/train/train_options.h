#ifndef CORPUSMILL_TOKENIZER_TRAIN_TRAIN_OPTIONS_H_
#define CORPUSMILL_TOKENIZER_TRAIN_TRAIN_OPTIONS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "corpus/records/inputs.h"
#include "corpus/text/unicode.h"

namespace corpusmill {

/// Longest piece that refining makes or keeps, and longest required piece.
inline constexpr uint64_t kMaxRefinedBytes = 256;

/// A training as a job: where its counts are kept, and what the plan of the job says.
/// The corpus must give its texts in the same order in every run.
struct TrainingJobOptions {
  std::string folder;  ///< Empty: no job.
  /// Go on with the job in the folder, or begin it if there is none.
  bool resume = false;
  /// After a crash, at most about this many bytes of text are counted again.
  uint64_t checkpoint_bytes = uint64_t{2} << 30;
  /// "ngrams" or "pieces": return after that task, without models. Empty: do all tasks.
  std::string last_task;

  /// The files of the corpus. A job is not resumed when one of them has changed.
  std::vector<InputFile> inputs;
  /// How texts are read from them, as (name, value): must be equal to resume.
  std::vector<std::pair<std::string, std::string>> corpus;

  /// What repeats the command elsewhere; the newest is kept. Paths are absolute.
  std::vector<std::string> arguments;
  /// The files of the models: once all exist, the job is done.
  std::vector<std::string> outputs;
};

struct TrainOptions {
  /// Context of the byte n-gram model that proposes pieces: n-grams of up to
  /// `order` bytes are counted. 1 to 9; more needs more memory. BytePiece's is 6.
  int order = 8;
  /// n-grams of two bytes or more counted less often are dropped. 0 chooses: the cube root of
  /// the text's size in units of 10 kB, at least 2; min_count with bytepiece_compat.
  uint64_t ngram_min_count = 0;
  /// Largest vocabulary sizes wanted, the three implicit symbols included, each
  /// at least 259. One model is made for each. Empty is an error.
  std::vector<uint64_t> vocab_sizes;
  /// Longest piece, in bytes; 1 to Model::kMaxPieceBytes.
  uint64_t max_piece_length_bytes = 36;
  /// Pieces counted less often are dropped; at least 1.
  uint64_t min_count = 2;
  /// Makes every decimal digit (Unicode category Nd) a piece of its own.
  bool isolate_digits = false;
  /// Keeps the bytes of a character together: no piece starts inside one.
  bool ensure_unicode = true;
  /// Repeats the reference bit for bit, its defect included: under
  /// ensure_unicode a character with an n-gram rarer than ngram_min_count breaks the
  /// rest of its chunk into single bytes. By default such n-grams are kept when
  /// they lie inside a character, and only bytes that are not UTF-8 become
  /// single bytes.
  bool bytepiece_compat = false;
  /// Pieces of 2 to 256 bytes that every model has, however rare; see CharactersOf. Not with
  /// bytepiece_compat.
  std::vector<std::string> required_pieces;
  /// Fits the vocabulary to the corpus by encoding it again and again; see Refine. Not
  /// with bytepiece_compat.
  bool refine = false;
  /// Applied to the text first; text that is not UTF-8 passes as it is.
  Normalization normalization = Normalization::kNfc;
  /// The weight of a text that counts once: min_count means so many of it, so that
  /// weights may stand for fractions. Counts of the model are sums of weights.
  uint64_t unit = 1;
  /// Where counts go that do not fit in memory.
  std::string temp_dir = ".";

  /// Keeps the counts in a folder, so that a training survives a crash.
  TrainingJobOptions job;
};

/// kInvalidArgument naming the option that is out of range; the second looks only at those
/// that counting needs.
absl::Status ValidateTrainOptions(const TrainOptions& options);
absl::Status ValidateCountOptions(const TrainOptions& options);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_TRAIN_OPTIONS_H_
