// Reads arbitrary bytes with DocumentReader: no crash, no hang, balanced counts, valid UTF-8 where
// required. The first byte of the input selects the format and the policies; the rest is the file.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

/// In-memory bytes with a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(memfd_create("fuzz", 0)) {
    Check(fd_ >= 0);
    while (!bytes.empty()) {
      const ssize_t n = write(fd_, bytes.data(), bytes.size());
      Check(n > 0);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  ~MemoryFile() { close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  const int fd_;
};

DocumentOptions OptionsFrom(uint8_t choice) {
  static constexpr RecordFormat kFormats[] = {
      RecordFormat::kAuto,  RecordFormat::kJsonl, RecordFormat::kJsonl, RecordFormat::kJsonl,
      RecordFormat::kLines, RecordFormat::kNul,   RecordFormat::kWhole, RecordFormat::kBytes};
  DocumentOptions options;
  options.record = {kFormats[choice & 7], /*record_bytes=*/3};
  options.on_bad_record.action = static_cast<BadRecordAction>((choice >> 3 & 3) % 3);
  options.on_bad_record.quarantine_path = "/dev/null";
  options.invalid_utf8 = static_cast<InvalidUtf8>((choice >> 5 & 3) % 3);
  if ((choice & 0x80) != 0) options.field = "id";
  return options;
}

/// The results of a reader, for comparing two runs.
struct Reading {
  absl::Status status;
  std::string text;
  DocumentCounts counts;
};

Reading Read(const std::vector<InputFile>& inputs, const DocumentOptions& options,
             Context& context) {
  Reading reading;
  DocumentReader reader(inputs, options, context);
  Document document;
  uint64_t documents = 0, last_record = 0;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next(&document);
    reading.status = more.status();
    if (!more.ok() || !*more) break;
    Check(document.input == 0);
    Check(documents == 0 || document.record > last_record);
    last_record = document.record;
    ++documents;
    reading.text.append(document.text);
    if (options.record.format == RecordFormat::kJsonl ||
        options.invalid_utf8 != InvalidUtf8::kKeep) {
      Check(IsValidUtf8(document.text));
      Check(IsValidUtf8(document.id) && IsValidUtf8(document.source));
    }
  }
  if (reading.status.ok()) reading.status = reader.Close();
  reading.counts = reader.counts();
  const DocumentCounts& counts = reading.counts;
  Check(counts.documents == documents && counts.text_bytes == reading.text.size());
  Check(counts.records == counts.documents + counts.bad_records + counts.blank_records ||
        !reading.status.ok());
  if (reading.status.ok()) {
    Check(reader.inputs().size() == 1 && reader.inputs()[0].records == counts.records);
    Check(reader.inputs()[0].stored_bytes == inputs[0].size_bytes);
  } else {
    Check(reading.status.code() == absl::StatusCode::kDataLoss ||
          reading.status.code() == absl::StatusCode::kResourceExhausted ||
          reading.status.code() == absl::StatusCode::kUnavailable);  // A table, without Python.
  }
  return reading;
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  static Context* const context = [] {
    setenv("CORPUSMILL_PYTHON", "/nonexistent/python", 1);
    return new Context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  }();
  if (size == 0) return 0;
  const DocumentOptions options = OptionsFrom(data[0]);
  const MemoryFile file({reinterpret_cast<const char*>(data) + 1, size - 1});
  const absl::StatusOr<std::vector<InputFile>> inputs = ResolveInputs({file.path()});
  Check(inputs.ok());
  const Reading reading = Read(*inputs, options, *context);
  // Skipping reads at least the documents that failing reads.
  DocumentOptions skip = options;
  skip.on_bad_record.action = BadRecordAction::kSkip;
  const Reading skipped = Read(*inputs, skip, *context);
  Check(skipped.text.starts_with(reading.text));
  Check(skipped.counts.bad_records >= reading.counts.bad_records);
  Check(context->memory().used_bytes() == 0);
  return 0;
}
