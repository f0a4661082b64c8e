// Reads arbitrary bytes as content of any kind, whole and in slices of one byte: no crash, no hang,
// equal results.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "corpus/base/context.h"
#include "corpus/containers/content_stream.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {
namespace {

// Limits the decoded bytes: a few bytes may decode to gigabytes.
constexpr size_t kMaxBytes = 1 << 20;

void Check(bool condition) {
  if (!condition) std::abort();
}

/// Returns one byte per call.
class SlowSource final : public ByteSource {
 public:
  explicit SlowSource(std::string_view bytes) : bytes_(bytes) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t) override {
    if (bytes_.empty()) return 0;
    *buffer = bytes_.front();
    bytes_.remove_prefix(1);
    return 1;
  }
  const std::string& name() const override { return name_; }

 private:
  std::string_view bytes_;
  const std::string name_ = "fuzz";
};

struct Result {
  absl::Status status;
  std::string bytes;
};

Result ReadAllMembers(std::unique_ptr<ByteSource> source, bool join, Context& context) {
  Result result;
  const auto stream = OpenContent(std::move(source), "", {.join_members = join}, context);
  result.status = stream.status();
  bool more = stream.ok();
  while (more && result.status.ok() && result.bytes.size() < kMaxBytes) {
    char buffer[4096];
    const absl::StatusOr<size_t> n = (*stream)->Read(buffer, sizeof(buffer));
    result.status = n.status();
    if (!n.ok()) break;
    result.bytes.append(buffer, *n);
    if (*n > 0) continue;
    const absl::StatusOr<bool> next = (*stream)->NextMember();
    result.status = next.status();
    more = next.ok() && *next;
  }
  if (!result.status.ok()) {
    Check(result.status.code() == absl::StatusCode::kDataLoss ||
          result.status.code() == absl::StatusCode::kResourceExhausted ||
          result.status.code() == absl::StatusCode::kUnavailable);  // No Python here.
  }
  return result;
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  static Context* const context = [] {
    setenv("CORPUSMILL_PYTHON", "/nonexistent/python", 1);
    return new Context({.memory_limit_bytes = 256u << 20, .threads = 1});
  }();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Result whole = ReadAllMembers(StringSource(input, "fuzz"), false, *context);
  const Result slow = ReadAllMembers(std::make_unique<SlowSource>(input), false, *context);
  const size_t common = std::min(whole.bytes.size(), slow.bytes.size());
  Check(whole.bytes.compare(0, common, slow.bytes, 0, common) == 0);
  Check(whole.status.ok() == slow.status.ok() || common >= kMaxBytes ||
        std::max(whole.bytes.size(), slow.bytes.size()) >= kMaxBytes);
  (void)ReadAllMembers(StringSource(input, "fuzz"), true, *context);
  Check(context->memory().used_bytes() == 0);
  return 0;
}
