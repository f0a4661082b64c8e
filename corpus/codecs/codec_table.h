#ifndef CORPUSMILL_CORPUS_CODECS_CODEC_TABLE_H_
#define CORPUSMILL_CORPUS_CODECS_CODEC_TABLE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/counting_source.h"
#include "corpus/io/byte_stream.h"

/// The description of a codec. To add a codec, define a CodecInfo in a file of its own and add its
/// line to codec_table.cc; CONTRIBUTING.md has an example.
namespace corpusmill {

/// A codec, by number: kNone is 0, the others are positions from 1 on in the table of
/// codec_table.cc. The enumerators are for callers who want a certain codec; ParseCodec knows all.
enum class Codec { kNone, kGzip, kBzip2, kXz, kZstd };

/// What the first bytes of a stream say about a codec.
enum class Match {
  kNo,
  kPartial,  ///< More bytes decide.
  kYes,
};

/// Whether `head` begins with `magic`.
Match MatchMagic(std::string_view head, std::string_view magic);

/// The memory of a decoder.
struct DecoderMemory {
  uint64_t bytes = 0;
  /// True if a stream of fewer decoded bytes takes about as much as these: its window is larger
  /// than what is known of it.
  bool at_most = false;
};

/// The levels of a codec, from fast to small.
struct LevelRange {
  int least, most;
  int usual;  ///< The level if none is given.
};

/// Encodes frames that can be decoded on their own. Used by one thread at a time.
class FrameEncoder {
 public:
  virtual ~FrameEncoder() = default;
  /// Replaces `*out` by one frame of `plain`, at most kFrameBytes. The bytes depend only on
  /// `plain`, not on earlier frames. A frame is at most 1/64 larger than kFrameBytes.
  virtual absl::Status Encode(std::string_view plain, std::string* out) = 0;
};

struct CodecInfo {
  /// The name in flags, reports and messages, and the extension of files: "gz".
  std::string_view name;
  /// A second name that ParseCodec accepts: "gzip".
  std::string_view long_name;

  /// Decides by the first bytes of a stream, up to 32. The first byte of most text must give kNo,
  /// so that a pipe is not waited on for more.
  Match (*match)(std::string_view head);

  /// The memory of the decoder of a stream, by the same first bytes.
  DecoderMemory (*decoder_memory)(std::string_view head);

  /// Decodes all frames of `raw`. A truncated or corrupt stream must be kDataLoss naming the
  /// file and the offset. Memory beyond some KiB is taken from context.decoder_memory().
  absl::StatusOr<std::unique_ptr<ByteSource>> (*open_decoder)(std::unique_ptr<CountingSource> raw,
                                                              Context& context);

  LevelRange levels;
  /// Memory of one working encoder, besides its text and its frame.
  uint64_t (*encoder_bytes)(int level);
  std::unique_ptr<FrameEncoder> (*make_encoder)(int level);
};

using CodecTable = std::span<const CodecInfo* const>;
/// All codecs of this program. A test may pass a table of its own to the functions below.
CodecTable Codecs();

/// Returns the CodecInfo of a codec. REQUIRES: codec is not kNone.
const CodecInfo& InfoOf(Codec codec, CodecTable codecs = Codecs());

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_CODEC_TABLE_H_
