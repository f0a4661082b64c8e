#ifndef CORPUSMILL_CORPUS_CODECS_MEMBER_SOURCE_H_
#define CORPUSMILL_CORPUS_CODECS_MEMBER_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/counting_source.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// Decodes one member after another: a gzip member, a bzip2 or an xz stream.
class MemberDecoder {
 public:
  enum class State {
    kMore,  ///< The member has not ended.
    kEnd,   ///< The last byte of the member is consumed and its checksum is right.
    kCorrupt,
    kNoMemory,  ///< An allocation failed.
  };
  virtual ~MemberDecoder() = default;

  /// Begins a member. False if an allocation failed.
  virtual bool Begin() = 0;
  /// Consumes bytes of *in and fills *out, and moves both spans past what it used.
  virtual State Step(std::span<const char>* in, std::span<char>* out) = 0;
  /// The memory that is touched once a member has given `produced` bytes.
  virtual uint64_t MemoryBytes(uint64_t produced) const = 0;
};

/// Decodes the members of `raw`. Between and behind members, zero bytes in multiples of
/// `padding_unit` are padding.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenMembers(std::unique_ptr<CountingSource> raw,
                                                        std::unique_ptr<MemberDecoder> decoder,
                                                        const CodecInfo& codec,
                                                        uint64_t padding_unit, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_MEMBER_SOURCE_H_
