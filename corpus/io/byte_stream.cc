#include "corpus/io/byte_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

class StringSourceImpl final : public ByteSource {
 public:
  StringSourceImpl(std::string_view bytes, std::string name)
      : bytes_(bytes), name_(std::move(name)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t n = std::min(size, bytes_.size());
    if (n > 0) std::memcpy(buffer, bytes_.data(), n);  // An empty view may have no address.
    bytes_.remove_prefix(n);
    return n;
  }
  const std::string& name() const override { return name_; }

 private:
  std::string_view bytes_;
  const std::string name_;
};

class StringSinkImpl final : public ByteSink {
 public:
  StringSinkImpl(std::string* out, std::string name) : out_(out), name_(std::move(name)) {}
  absl::Status Write(std::string_view bytes) override {
    out_->append(bytes);
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  const std::string& name() const override { return name_; }

 private:
  std::string* const out_;
  const std::string name_;
};

}  // namespace

absl::Status ReadAll(ByteSource& source, size_t limit_bytes, std::string* out) {
  out->clear();
  constexpr size_t kStep = 1 << 16;
  while (true) {
    const size_t old = out->size();
    out->resize(old + std::max(kStep, old));
    CM_ASSIGN_OR_RETURN(const size_t n, source.Read(out->data() + old, out->size() - old));
    out->resize(old + n);
    if (n == 0) return absl::OkStatus();
    if (out->size() > limit_bytes) {
      return DataError(
          absl::StrFormat("%s: larger than %s", source.name(), FormatByteSize(limit_bytes)));
    }
  }
}

std::unique_ptr<ByteSource> StringSource(std::string_view bytes, std::string name) {
  return std::make_unique<StringSourceImpl>(bytes, std::move(name));
}

std::unique_ptr<ByteSink> StringSink(std::string* out, std::string name) {
  return std::make_unique<StringSinkImpl>(out, std::move(name));
}

}  // namespace corpusmill
