#ifndef CORPUSMILL_CORPUS_CODECS_BOOST_ENCODER_INTERNAL_H_
#define CORPUSMILL_CORPUS_CODECS_BOOST_ENCODER_INTERNAL_H_

// Encoders built from the filters of Boost.Iostreams, which are called directly: a filtering_stream
// would turn an error into a silent end of the stream. Included only by the sources of codecs.

#include <ios>
#include <new>
#include <string>
#include <string_view>

#include "boost/iostreams/categories.hpp"
#include "boost/iostreams/operations.hpp"
#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"

namespace corpusmill {

/// Encodes each frame with a new Filter(Params(level)).
template <typename Filter, typename Params>
class BoostFrameEncoder final : public FrameEncoder {
 public:
  explicit BoostFrameEncoder(int level) : level_(level) {}

  absl::Status Encode(std::string_view plain, std::string* out) override {
    constexpr std::streamsize kBufferBytes = 1 << 16;
    out->clear();
    StringDevice device{out};
    try {
      Filter filter{Params(level_), kBufferBytes};
      if (!plain.empty()) {
        boost::iostreams::write(filter, device, plain.data(),
                                static_cast<std::streamsize>(plain.size()));
      }
      boost::iostreams::close(filter, device, std::ios_base::out);
    } catch (const std::bad_alloc&) {
      return MemoryError("no memory");
    } catch (const std::ios_base::failure& e) {
      return absl::UnavailableError(e.what());
    }
    return absl::OkStatus();
  }

 private:
  /// A Boost Sink that appends to a string.
  struct StringDevice {
    using char_type = char;
    using category = boost::iostreams::sink_tag;
    std::streamsize write(const char* buffer, std::streamsize size) {
      out->append(buffer, static_cast<size_t>(size));
      return size;
    }
    std::string* out;
  };

  const int level_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_BOOST_ENCODER_INTERNAL_H_
