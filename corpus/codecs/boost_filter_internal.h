#ifndef CORPUSMILL_CORPUS_CODECS_BOOST_FILTER_INTERNAL_H_
#define CORPUSMILL_CORPUS_CODECS_BOOST_FILTER_INTERNAL_H_

// Codecs built from the filters of Boost.Iostreams, which are called directly: a filtering_stream
// would turn an error into a silent end of the stream. Included only by the sources of codecs.

#include <algorithm>
#include <cstdint>
#include <exception>
#include <ios>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "boost/iostreams/categories.hpp"
#include "boost/iostreams/operations.hpp"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec_table.h"
#include "corpus/codecs/counting_source.h"

namespace corpusmill {

constexpr std::streamsize kFilterBufferBytes = 1 << 16;
// Largest input of one filter call: zlib and bzip2 count in 32 bits.
constexpr size_t kMaxCallBytes = 1 << 30;

/// A Boost Source over a ByteSource that remembers the error.
struct SourceDevice {
  using char_type = char;
  using category = boost::iostreams::source_tag;
  std::streamsize read(char* buffer, std::streamsize size) {
    absl::StatusOr<size_t> n = source->Read(buffer, static_cast<size_t>(size));
    if (!n.ok()) {
      *error = n.status();
      throw std::ios_base::failure("read failed");
    }
    return *n == 0 ? -1 : static_cast<std::streamsize>(*n);
  }
  ByteSource* source;
  absl::Status* error;
};

template <typename Filter>
class BoostSource final : public ByteSource {
 public:
  /// `explain` may return a more specific error than corrupt data for an exception of the filter;
  /// otherwise it returns OK.
  using Explain = absl::Status (*)(const std::exception& error, std::string_view name);

  BoostSource(std::unique_ptr<CountingSource> raw, Filter filter, std::string_view codec,
              MemoryLease lease, Explain explain)
      : raw_(std::move(raw)),
        filter_(std::move(filter)),
        codec_(codec),
        explain_(explain),
        lease_(std::move(lease)),
        device_{raw_.get(), &read_error_} {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (ended_) return 0;
    try {
      const std::streamsize n = boost::iostreams::read(
          filter_, device_, buffer, static_cast<std::streamsize>(std::min(size, kMaxCallBytes)));
      if (n > 0) return static_cast<size_t>(n);
      ended_ = true;
    } catch (const std::bad_alloc&) {
      return MemoryError(absl::StrFormat("%s: no memory to decode it", name()));
    } catch (const std::exception& e) {
      if (!read_error_.ok()) return read_error_;
      if (explain_ != nullptr) CM_RETURN_IF_ERROR(explain_(e, name()));
      return DataError(absl::StrFormat("%s: truncated or corrupt %s data near compressed byte %d",
                                       name(), codec_, raw_->offset()));
    }
    // No data may follow the end that the decoder found.
    char extra;
    CM_ASSIGN_OR_RETURN(const size_t more, raw_->Read(&extra, 1));
    if (more != 0) {
      return DataError(absl::StrFormat("%s: bytes that are not %s data follow compressed byte %d",
                                       name(), codec_, raw_->offset() - 1));
    }
    return 0;
  }
  const std::string& name() const override { return raw_->name(); }

 private:
  const std::unique_ptr<CountingSource> raw_;
  Filter filter_;
  const std::string_view codec_;
  const Explain explain_;
  const MemoryLease lease_;
  absl::Status read_error_;
  SourceDevice device_;
  bool ended_ = false;
};

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

/// Encodes each frame with a new filter from `make_filter`.
template <typename Filter>
class BoostFrameEncoder final : public FrameEncoder {
 public:
  explicit BoostFrameEncoder(Filter (*make_filter)()) : make_filter_(make_filter) {}

  absl::Status Encode(std::string_view plain, std::string* out) override {
    out->clear();
    StringDevice device{out};
    try {
      Filter filter = make_filter_();
      if (!plain.empty()) {
        boost::iostreams::write(filter, device, plain.data(),
                                static_cast<std::streamsize>(plain.size()));
      }
      boost::iostreams::close(filter, device, std::ios_base::out);
    } catch (const std::ios_base::failure& e) {
      return absl::UnavailableError(e.what());
    }
    return absl::OkStatus();
  }

 private:
  Filter (*const make_filter_)();
};

/// Decodes `raw` with a Boost filter, which takes `decoder_bytes` of the budget.
template <typename Filter>
absl::StatusOr<std::unique_ptr<ByteSource>> OpenBoostDecoder(
    std::unique_ptr<CountingSource> raw, Filter filter, std::string_view codec,
    uint64_t decoder_bytes, Context& context,
    typename BoostSource<Filter>::Explain explain = nullptr) {
  CM_ASSIGN_OR_RETURN(
      MemoryLease lease,
      context.memory().Take(decoder_bytes, absl::StrFormat("%s: decoding", raw->name())));
  return std::make_unique<BoostSource<Filter>>(std::move(raw), std::move(filter), codec,
                                               std::move(lease), explain);
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CODECS_BOOST_FILTER_INTERNAL_H_
