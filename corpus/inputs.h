#ifndef CORPUSMILL_CORPUS_INPUTS_H_
#define CORPUSMILL_CORPUS_INPUTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/byte_stream.h"
#include "corpus/codec.h"
#include "corpus/context.h"
#include "corpus/hash.h"

namespace corpusmill {

/// One input of a command, in the order that numbers the inputs.
struct InputFile {
  std::string path;         ///< "-" is standard input.
  uint64_t size_bytes = 0;  ///< As stored, before decoding; 0 for a pipe.
  bool is_regular = false;  ///< A file that can be read again, and whose size is known.
};

/// Resolves the INPUT arguments of a command to files.
///
/// A file or pipe stands for itself; a folder for all files below it, sorted by
/// relative path with the codec extension stripped, without names that begin with
/// `.` or `_` or end with `.part`, and without pipes and devices; a pattern with `*`, `?` or `[`
/// for its matches, sorted the same way (a file that has exactly that name comes first); "-", or no
/// argument at all, for standard input, which may appear once. The same file named twice is read
/// twice.
///
/// Every regular file is opened once, so that an unreadable one is told before any
/// work. kInvalidArgument when an argument matches nothing, kUnavailable when it
/// cannot be read, kDataLoss with a one-line conversion for a Parquet file.
absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments);

/// Sum of size_bytes; 0 if any is unknown.
uint64_t TotalBytes(const std::vector<InputFile>& inputs);

/// The decoded bytes of one input, and what is known of the stored ones.
///
/// Advances the context's reporter by stored bytes as they are read. A regular
/// file whose size is not the one it had when it was resolved is kDataLoss at its
/// end: its records could not be repeated.
class InputStream : public ByteSource {
 public:
  virtual Codec codec() const = 0;
  virtual uint64_t stored_bytes() const = 0;
  /// XXH3-128 of the stored bytes read so far; all of them once Read returned 0.
  virtual Hash128 stored_hash() const = 0;
};

/// Opens one input for reading. `context` must outlive the stream.
absl::StatusOr<std::unique_ptr<InputStream>> OpenInput(const InputFile& input, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_INPUTS_H_
