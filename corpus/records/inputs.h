#ifndef CORPUSMILL_CORPUS_RECORDS_INPUTS_H_
#define CORPUSMILL_CORPUS_RECORDS_INPUTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/codecs/codec.h"
#include "corpus/containers/content_stream.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/record_format.h"

namespace corpusmill {

/// How many copies of each record an input contributes: `copies`, and one more with probability
/// fraction/2^64.
struct Weight {
  uint64_t copies = 1;
  uint64_t fraction = 0;
  bool operator==(const Weight&) const = default;
  bool is_one() const { return *this == Weight{}; }
};

/// Parses "2.5": digits, optionally with a decimal point and more digits; at most 18 digits, above
/// 0 and at most 1000000. Exact except for the last bit of the fraction, which is rounded down.
/// kInvalidArgument otherwise.
absl::StatusOr<Weight> ParseWeight(std::string_view text);

/// Weights as whole numbers in the same proportion.
struct WholeWeights {
  static constexpr uint64_t kMaxUnit = 1'000'000;
  uint64_t unit = 1;  ///< The whole number for a weight of 1.
  std::vector<uint64_t> weights;
};

/// {2.5, 1} → unit 2, {5, 2}; {0.1, 3} → unit 10, {1, 30}. The unit is the smallest possible.
/// kInvalidArgument for weights that need a unit above 1000000.
absl::StatusOr<WholeWeights> ToWholeWeights(const std::vector<Weight>& weights);

/// An INPUT argument of a command without its weight.
struct InputArgument {
  std::string path;
  Weight weight;
};

/// "a/*.jsonl@2.5" → {"a/*.jsonl", 2.5}. The text after the last `@` is a weight if it is digits,
/// optionally with a decimal point and more digits, and something precedes it. Otherwise it belongs
/// to the path, and the weight is 1. Write `a@2@1` for a file named `a@2`. kInvalidArgument for a
/// weight that ParseWeight refuses.
absl::StatusOr<InputArgument> ParseInputArgument(const std::string& argument);

/// One input of a command. The order of the list numbers the inputs.
struct InputFile {
  std::string path;         ///< "-" is standard input.
  uint64_t size_bytes = 0;  ///< As stored, before decoding; 0 for a pipe.
  bool is_regular = false;  ///< A file that can be read again, and whose size is known.
  int64_t modified_ns = 0;  ///< Time of the last change, since 1970; 0 for a pipe.
  uint64_t inode = 0;       ///< Distinguishes it from a file that replaced it; 0 if unknown.
  Weight weight;            ///< Weight of the argument that named it.
  /// Memory for decoding it, by its first bytes; unknown for a pipe, and until it was resolved.
  std::optional<DecoderMemory> decoder;
  /// For an input that is not a file: opens its bytes, which may be encoded. Called once per pass
  /// over the input. `path` is then a name for messages.
  std::function<absl::StatusOr<std::unique_ptr<ByteSource>>()> open;
};

/// An input whose bytes a program makes.
///
///   const InputFile input = SourceInput("questions", [&]() {
///     return absl::StatusOr<std::unique_ptr<ByteSource>>(std::make_unique<Questions>(database));
///   });
InputFile SourceInput(std::string name,
                      std::function<absl::StatusOr<std::unique_ptr<ByteSource>>()> open);

struct ResolveOptions {
  /// Whether the command supports weights. If not, any weight but 1 is a usage error.
  bool allow_weights = false;
  /// The record format of the command. If FindsContent, a file that is no text, such as a PDF
  /// document, is refused before any work.
  RecordFormat format = RecordFormat::kLines;
  /// Receives a warning for each argument of which files are left out; may be null.
  Reporter* reporter = nullptr;
};

/// Resolves the INPUT arguments of a command to files.
///
/// A file or pipe stands for itself. A folder stands for all files below it, sorted by relative
/// path without the codec extension; names that begin with `.` or `_` or end with `.part`, pipes
/// and devices are left out, with a warning that counts them. A pattern (see ExpandPattern) stands
/// for its matches, sorted the same way (a file that has exactly that name comes first). "-", or no
/// argument at all, stands for standard input, which may appear once. A file named twice is read
/// twice. `PATH@W` gives the files of PATH the weight W; see ParseInputArgument.
///
/// Opens every regular file once, so that an unreadable file is reported before any work.
/// kInvalidArgument if an argument matches nothing, kUnavailable if it cannot be read, kDataLoss
/// with advice for a file that is no text.
absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments,
                                                     const ResolveOptions& options = {});

/// kInvalidArgument naming the first input that can be read only once, such as a pipe.
absl::Status CheckReadableAgain(const std::vector<InputFile>& inputs);

/// Sum of size_bytes; 0 if any is unknown.
uint64_t TotalBytes(const std::vector<InputFile>& inputs);

/// Reserves the memory that decoding the inputs, one after the other, takes beyond
/// Context::kFreeDecoderBytes. Call it before other memory is shared out, and keep the result until
/// the last input is read. kResourceExhausted, with the file and the memory that it needs, if the
/// budget is too small.
absl::StatusOr<MemoryReservation> ReserveDecoders(const std::vector<InputFile>& inputs,
                                                  Context& context);

/// Takes from the budget the memory of `lists` lists with an entry for each input, such as the
/// inputs themselves and reports of them, beyond what fits in the constant part of the limit.
/// kResourceExhausted, with the memory that the list needs, if the budget is too small.
absl::StatusOr<MemoryLease> ChargeInputList(const std::vector<InputFile>& inputs, int lists,
                                            Context& context);

/// The decoded bytes of one input, with statistics of the stored bytes.
///
/// Advances the context's reporter by stored bytes as they are read. At the end of a regular file,
/// kDataLoss if its size or time of change differs from those when it was resolved: its records
/// could not be repeated.
class InputStream : public ContentStream {
 public:
  virtual Codec codec() const = 0;
  /// Whether the bytes so far are the stored bytes.
  bool is_plain() const { return codec() == Codec::kNone && is_unchanged(); }
  virtual uint64_t stored_bytes() const = 0;
  /// XXH3-128 of the stored bytes read so far; all of them once Read or NextMember has told the end
  /// of the input. REQUIRES: OpenInputOptions::hash.
  virtual Hash128 stored_hash() const = 0;
};

struct OpenInputOptions {
  /// Hash the stored bytes as they are read.
  bool hash = true;
  /// Advance the context's reporter by the stored bytes.
  bool report_progress = true;
  /// Where reading begins. Above 0 the input must be a regular file without a codec and must not be
  /// hashed; no codec is looked for.
  uint64_t begin_byte = 0;
  /// How to read content that is not text; see OpenContent. Without it, the decompressed bytes are
  /// the content.
  std::optional<ContentOptions> content;
};

/// Opens one input for reading. `context` must outlive the stream.
absl::StatusOr<std::unique_ptr<InputStream>> OpenInput(const InputFile& input, Context& context,
                                                       const OpenInputOptions& options = {});

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_RECORDS_INPUTS_H_
