#include "tests/corpus/io/streams.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

class SlicedSourceImpl final : public ByteSource {
 public:
  SlicedSourceImpl(std::string bytes, size_t max_slice, std::string name)
      : bytes_(std::move(bytes)), max_slice_(max_slice), name_(std::move(name)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t n =
        std::min({size, bytes_.size() - at_, static_cast<size_t>(1 + random_.Below(max_slice_))});
    std::memcpy(buffer, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  const std::string& name() const override { return name_; }

 private:
  const std::string bytes_;
  const size_t max_slice_;
  const std::string name_;
  size_t at_ = 0;
  TestRandom random_{1};
};

}  // namespace

uint64_t TestRandom::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string RandomBytes(size_t size, uint64_t seed) {
  TestRandom random(seed);
  std::string bytes(size + 8, '\0');
  for (size_t i = 0; i < size; i += 8) {
    const uint64_t word = random.Next();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  bytes.resize(size);
  return bytes;
}

std::string RandomText(size_t size, uint64_t seed) {
  static constexpr std::string_view kParts[] = {"the ", "shuf", "of ",  "a ",   "corpus, ",
                                                "记录", "语料", "的",   "。\n", "and\n",
                                                "tok",  "0123", "\t{}", "é",    "\r\n"};
  TestRandom random(seed);
  std::vector<std::string> words(4000);
  for (std::string& word : words) {
    word = kParts[random.Below(std::size(kParts))];
    for (uint64_t more = random.Below(8); more > 0; --more)
      word += static_cast<char>('a' + random.Below(26));
  }
  std::string text;
  while (text.size() < size) text += words[random.Below(1 + random.Below(words.size()))];
  text.resize(size);
  return text;
}

std::unique_ptr<ByteSource> SlicedSource(std::string bytes, size_t max_slice, std::string name) {
  return std::make_unique<SlicedSourceImpl>(std::move(bytes), max_slice, std::move(name));
}

absl::StatusOr<std::string> Drain(ByteSource& source, size_t read_bytes) {
  std::string all;
  std::string buffer(read_bytes, '\0');
  while (true) {
    CM_ASSIGN_OR_RETURN(const size_t n, source.Read(buffer.data(), buffer.size()));
    if (n == 0) return all;
    all.append(buffer, 0, n);
  }
}

absl::StatusOr<std::string> Encode(std::string_view bytes, Codec codec, Context& context,
                                   size_t max_slice) {
  std::string out;
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink,
                      OpenEncoder(StringSink(&out, "out"), codec, context));
  TestRandom random(2);
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(
        0, max_slice == SIZE_MAX ? bytes.size() : static_cast<size_t>(1 + random.Below(max_slice)));
    CM_RETURN_IF_ERROR(sink->Write(slice));
    bytes.remove_prefix(slice.size());
  }
  CM_RETURN_IF_ERROR(sink->Close());
  return out;
}

absl::StatusOr<std::string> Decode(std::string_view bytes, Context& context, size_t read_bytes,
                                   Codec* codec) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                      OpenDecoder(StringSource(bytes, "in"), context, codec));
  return Drain(*source, read_bytes);
}

int Shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool HaveProgram(const std::string& program) {
  return Shell("command -v " + program + " > /dev/null 2>&1") == 0;
}

}  // namespace corpusmill
