#ifndef CORPUSMILL_TESTS_CORPUS_IO_STREAMS_H_
#define CORPUSMILL_TESTS_CORPUS_IO_STREAMS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/reporter.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/byte_stream.h"

/// Test data, and streams that return it in awkward slices.
namespace corpusmill {

/// splitmix64: the same numbers everywhere.
class TestRandom {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  /// Uniform enough in [0, n). REQUIRES: n > 0.
  uint64_t Below(uint64_t n) { return Next() % n; }

 private:
  uint64_t state_;
};

std::string RandomBytes(size_t size, uint64_t seed);
/// Lines of English and Chinese words.
std::string RandomText(size_t size, uint64_t seed);

/// A source that returns 1 to max_slice bytes per call.
std::unique_ptr<ByteSource> SlicedSource(std::string bytes, size_t max_slice, std::string name);

/// Reads to the end, asking for read_bytes at a time.
absl::StatusOr<std::string> Drain(ByteSource& source, size_t read_bytes = 1 << 16);

/// `bytes` through an encoder, in writes of 1 to max_slice bytes.
absl::StatusOr<std::string> Encode(std::string_view bytes, Codec codec, Context& context,
                                   size_t max_slice = SIZE_MAX);
/// Decodes `bytes` as a file named "in" with the codec found in them.
absl::StatusOr<std::string> Decode(std::string_view bytes, Context& context,
                                   size_t read_bytes = 1 << 16, Codec* codec = nullptr);

/// Records all reports.
class RecordingReporter final : public Reporter {
 public:
  void Log(LogLevel, std::string_view message) override { lines.emplace_back(message); }
  void StartPhase(std::string_view, uint64_t) override {}
  void Advance(uint64_t bytes) override { advanced += bytes; }
  void EndPhase() override {}

  std::vector<std::string> lines;
  uint64_t advanced = 0;
};

/// Runs a shell command; its exit status.
int Shell(const std::string& command);
/// True if a program is installed. Tests that need it skip visibly otherwise.
bool HaveProgram(const std::string& program);

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_CORPUS_IO_STREAMS_H_
