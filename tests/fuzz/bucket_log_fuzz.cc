// Reads arbitrary bytes as temporary data. Records lie within the bytes and are the same after
// being distributed again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shuffle/buckets/bucket_log.h"

using corpusmill::LogEntry;
using corpusmill::LogReader;
using corpusmill::RunBuilder;

namespace {

struct Found {
  corpusmill::RecordId id;
  bool is_oversized;
  uint64_t length;
  std::string bytes;
  bool operator==(const Found&) const = default;
};

std::vector<Found> ReadAll(std::string_view log, bool* whole) {
  std::vector<Found> found;
  LogReader reader(log);
  for (LogEntry entry; reader.Next(&entry);) {
    if (entry.bytes < log.data() || entry.bytes + entry.stored_bytes() > log.data() + log.size()) {
      __builtin_trap();
    }
    found.push_back({entry.id, entry.is_oversized, entry.length,
                     std::string(entry.bytes, entry.stored_bytes())});
  }
  *whole = reader.status().ok();
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  (void)LogReader::RunBytes(log);
  bool whole;
  for (const Found& found : ReadAll(log, &whole)) {
    RunBuilder builder(1);
    builder.Begin(found.id.input, found.id.copy);
    if (found.is_oversized) {
      LogEntry entry{.length = found.length, .bytes = found.bytes.data()};
      builder.AddOversized(0, found.id.record, entry.AsOversized());
    } else {
      builder.Add(0, found.id.record, found.bytes, {});
    }
    builder.Build();
    const std::vector<Found> again = ReadAll(builder.runs()[0].bytes, &whole);
    if (!whole || again != std::vector<Found>{found}) __builtin_trap();
  }
  return 0;
}
