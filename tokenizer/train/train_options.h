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

/// Longest piece that refining makes or keeps; also the longest required piece.
inline constexpr uint64_t kMaxRefinedBytes = 256;

/// A training as a job: the folder of its counts and the content of the job's plan. The corpus must
/// return its texts in the same order in every run.
struct TrainingJobOptions {
  std::string folder;  ///< Empty: no job.
  /// Resumes the job in the folder, or starts it if there is none.
  bool resume = false;
  /// After a crash, counts at most about this many bytes of text again.
  uint64_t checkpoint_bytes = uint64_t{2} << 30;
  /// "ngrams" or "pieces": returns after that task, without models. Empty: runs all tasks.
  std::string last_task;

  /// The files of the corpus. A job does not resume if one of them has changed.
  std::vector<InputFile> inputs;
  /// How the texts are read from the files, as (name, value). Must be equal to resume.
  std::vector<std::pair<std::string, std::string>> corpus;

  /// Arguments that repeat the command elsewhere; the newest are kept. Paths are absolute.
  std::vector<std::string> arguments;
  /// The files of the models. Once all exist, the job is done.
  std::vector<std::string> outputs;
};

struct TrainOptions {
  /// Context of the byte n-gram model that proposes pieces: n-grams of up to
  /// `order` bytes are counted. 1 to 9; more needs more memory. BytePiece's is 6.
  int order = 8;
  /// n-grams of two or more bytes that are counted less often are dropped. 0 = the cube root of the
  /// text's size in units of 10 kB, at least 2; min_count with bytepiece_compat.
  uint64_t ngram_min_count = 0;
  /// Vocabulary sizes, each including the three implicit symbols; at least 259. Makes one model for
  /// each, smaller only if the candidates run out, or with bytepiece_compat. Empty is an error.
  std::vector<uint64_t> vocab_sizes;
  /// Longest piece, in bytes; 1 to Model::kMaxPieceBytes.
  uint64_t max_piece_length_bytes = 36;
  /// Pieces counted less often are dropped; at least 1.
  uint64_t min_count = 2;
  /// Makes each decimal digit (Unicode category Nd) a separate piece.
  bool isolate_digits = false;
  /// Keeps the bytes of a character together: no piece starts inside one.
  bool ensure_unicode = true;
  /// Reproduces the reference bit for bit, including its defect: under ensure_unicode, a character
  /// with an n-gram rarer than ngram_min_count breaks the rest of its chunk into single bytes. By
  /// default n-grams inside a character are kept, and only bytes that are not UTF-8 become single
  /// bytes.
  bool bytepiece_compat = false;
  /// Pieces of 2 to 256 bytes that every model contains, however rare; see CharactersOf. Not with
  /// bytepiece_compat.
  std::vector<std::string> required_pieces;
  /// Leaves out refining, which encodes the corpus repeatedly to make fewer tokens; see Refine. It
  /// is always left out with bytepiece_compat and by TrainFromPieces.
  bool fast = false;
  /// Applied to the text first; text that is not UTF-8 passes unchanged.
  Normalization normalization = Normalization::kNfc;
  /// The weight of a text that counts once; it lets weights stand for fractions. min_count is in
  /// these units. Counts of the model are sums of weights.
  uint64_t unit = 1;
  /// Folder for counts that do not fit in memory.
  std::string temp_dir = ".";
  /// What a pass over the corpus adds to the reporter, for the progress: the size of its files, if
  /// the reader of the corpus reports bytes as it reads them. 0 = unknown.
  uint64_t pass_bytes = 0;

  /// Keeps the counts in a folder, so that a training survives a crash.
  TrainingJobOptions job;
};

/// kInvalidArgument naming the option that is out of range. ValidateCountOptions checks only the
/// options for counting.
absl::Status ValidateTrainOptions(const TrainOptions& options);
absl::Status ValidateCountOptions(const TrainOptions& options);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_TRAIN_TRAIN_OPTIONS_H_
