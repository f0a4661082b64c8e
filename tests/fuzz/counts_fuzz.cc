// Reads arbitrary blocks of counts, alone and merged with themselves: no crash, no hang, little
// memory. Readable counts can be written and read again. The first byte of the input is the number
// of entries of one block with a valid header and the rest as payload; 0 reads the rest as blocks.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/base/hash.h"
#include "corpus/io/byte_stream.h"
#include "tokenizer/counts/counts_stream.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

using Listing = std::vector<std::pair<std::string, uint64_t>>;

bool Read(CountStream& stream, Listing* listing) {
  std::string_view bytes;
  uint64_t count;
  while (true) {
    const absl::StatusOr<bool> more = stream.Next(&bytes, &count);
    if (!more.ok()) return false;
    if (!*more) return true;
    Check(!bytes.empty() && count > 0);
    listing->emplace_back(bytes, count);
  }
}

std::unique_ptr<CountReader> ReaderOf(std::string_view bytes) {
  return std::make_unique<CountReader>(StringSource(bytes, "fuzz"));
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] != 0) {
    std::string header(16, '\0');
    const auto put = [&](size_t at, size_t width, uint64_t value) {
      for (size_t i = 0; i < width; ++i) header[at + i] = static_cast<char>(value >> 8 * i);
    };
    put(0, 4, bytes.size());
    put(4, 4, data[0]);
    put(8, 8, HashBytes(bytes).low);
    bytes.insert(0, header);
  }
  Listing once;
  const bool whole = Read(*ReaderOf(bytes), &once);

  std::vector<std::unique_ptr<CountStream>> two;
  two.push_back(ReaderOf(bytes));
  two.push_back(ReaderOf(bytes));
  CountMerger merger(std::move(two));
  Listing twice;
  if (Read(merger, &twice)) {
    Check(whole && twice.size() == once.size());
    for (size_t i = 0; i < once.size(); ++i) {
      Check(twice[i].first == once[i].first && twice[i].second == 2 * once[i].second);
      Check(i == 0 || once[i - 1].first < once[i].first);
    }
  }

  // A writer requires sorted entries; only a merger sorts them.
  for (size_t i = 1; i < once.size(); ++i) {
    if (once[i].first <= once[i - 1].first) return 0;
  }
  std::string written;
  const auto sink = StringSink(&written, "fuzz");
  CountWriter writer(sink.get());
  for (const auto& [key, count] : once) Check(writer.Add(key, count).ok());
  Check(writer.EndBlock().ok());
  Listing again;
  Check(Read(*ReaderOf(written), &again));
  Check(again == once);
  return 0;
}
