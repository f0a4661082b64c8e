// Decodes arbitrary bytes with one thread and with two: no crash, no hang, equal results. Then
// encodes the same bytes and decodes the output.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {
namespace {

// Limits the decoded bytes: a few bytes may decode to gigabytes.
constexpr size_t kMaxDecodedBytes = 4 << 20;

void Check(bool condition) {
  if (!condition) std::abort();
}

struct Decoded {
  absl::Status status;
  std::string bytes;
  Codec codec = Codec::kNone;
};

Decoded Decode(std::string_view input, Context& context) {
  Decoded decoded;
  {
    absl::StatusOr<std::unique_ptr<ByteSource>> source =
        OpenDecoder(StringSource(input, "fuzz"), context, &decoded.codec);
    decoded.status = source.status();
    char buffer[4096];
    while (decoded.status.ok() && decoded.bytes.size() < kMaxDecodedBytes) {
      const absl::StatusOr<size_t> n = (*source)->Read(buffer, sizeof(buffer));
      decoded.status = n.status();
      if (!n.ok() || *n == 0) break;
      Check(*n <= sizeof(buffer));
      decoded.bytes.append(buffer, *n);
    }
  }
  if (!decoded.status.ok()) {
    Check(decoded.status.code() == absl::StatusCode::kDataLoss ||
          decoded.status.code() == absl::StatusCode::kResourceExhausted);
  }
  Check(context.memory().used_bytes() == 0);
  return decoded;
}

void CheckRoundTrip(std::string_view input, Codec codec, Context& context) {
  std::string encoded;
  absl::StatusOr<std::unique_ptr<ByteSink>> sink =
      OpenEncoder(StringSink(&encoded, "fuzz"), codec, context);
  Check(sink.ok());
  const size_t half = input.size() / 2;
  Check((*sink)->Write(input.substr(0, half)).ok() && (*sink)->Write(input.substr(half)).ok());
  Check((*sink)->Close().ok());
  sink->reset();
  const Decoded decoded = Decode(encoded, context);
  Check(decoded.status.ok() && decoded.codec == codec && decoded.bytes == input);
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  static Context* const one = new Context({.memory_limit_bytes = 64u << 20, .threads = 1});
  static Context* const two = new Context({.memory_limit_bytes = 64u << 20, .threads = 2});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Decoded a = Decode(input, *one);
  const Decoded b = Decode(input, *two);
  Check(a.codec == b.codec);
  if (a.codec == Codec::kNone) Check(a.status.ok() && a.bytes == input);
  if (a.status.ok() && b.status.ok()) {
    const size_t common = std::min(a.bytes.size(), b.bytes.size());
    Check(a.bytes.compare(0, common, b.bytes, 0, common) == 0);
    Check(a.bytes.size() == b.bytes.size() || common >= kMaxDecodedBytes);
  }
  // The error may be missing from one result only beyond the decoded limit.
  if (a.status.ok() != b.status.ok()) {
    Check(std::max(a.bytes.size(), b.bytes.size()) >= kMaxDecodedBytes ||
          a.status.code() == absl::StatusCode::kResourceExhausted ||
          b.status.code() == absl::StatusCode::kResourceExhausted);
  }
  constexpr Codec kQuickCodecs[] = {Codec::kGzip, Codec::kZstd, Codec::kBzip2, Codec::kZstd};
  CheckRoundTrip(input, kQuickCodecs[size % 4], *two);
  return 0;
}
