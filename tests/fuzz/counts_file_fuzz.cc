// Reads arbitrary counts files, with a valid header hash so that the content is parsed: no crash,
// no hang, little memory. Merging a readable file with nothing gives the same file.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "tokenizer/counts/counts_file.h"
#include "tokenizer/ngrams/ngram_model.h"

namespace corpusmill {
namespace {

constexpr size_t kHashed = 40, kHeaderBytes = 10448;

void Check(bool condition) {
  if (!condition) std::abort();
}

using Listing = std::vector<std::pair<std::string, uint64_t>>;

bool Read(const CountsFile& file, Listing* listing) {
  const auto stream = file.OpenAll();
  std::string_view bytes;
  uint64_t count;
  while (true) {
    const absl::StatusOr<bool> more = stream->Next(&bytes, &count);
    if (!more.ok()) return false;
    if (!*more) return true;
    Check(!bytes.empty() && count > 0);
    Check(listing->empty() || listing->back().first < bytes);
    listing->emplace_back(bytes, count);
  }
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  // A valid header, overwritten by the input from some position on and followed by it.
  if (size < 2) return 0;
  const size_t at = data[0] * 48;
  std::string file(kHeaderBytes, '\0');
  file.replace(0, 8,
               "\x89"
               "CMCNT\r\n");
  const auto put = [&](size_t offset, size_t width, uint64_t value) {
    for (size_t i = 0; i < width; ++i) file[offset + i] = static_cast<char>(value >> 8 * i);
  };
  put(8, 4, 1);
  put(12, 4, data[1] & 1);
  put(40, 4, 6);
  for (const size_t unit : {96, 160}) put(unit, 8, 1);
  for (size_t i = 0; i < 256; ++i) put(208 + 40 * i, 8, kHeaderBytes);
  file.resize(std::max(file.size(), at + size - 2));
  file.replace(at, size - 2, reinterpret_cast<const char*>(data) + 2, size - 2);
  file.resize((file.size() + 4095) / 4096 * 4096);
  put(16, 8, file.size());
  const Hash128 hash = HashBytes(std::string_view(file).substr(kHashed, kHeaderBytes - kHashed));
  put(24, 8, hash.low);
  put(32, 8, hash.high);

  static const std::string path = "/tmp/corpusmill-fuzz-" + std::to_string(getpid());
  std::ofstream(path, std::ios::binary) << file;
  Context context({.memory_limit_bytes = 64 << 20, .threads = 1});
  {
    const auto counts = CountsFile::Open(path, context);
    Listing listing;
    if (counts.ok() && Read(**counts, &listing)) {
      if ((*counts)->info().kind == CountsInfo::Kind::kNgrams) {
        (void)NgramModel::Build((*counts)->info().order,
                                [&](uint8_t first) { return (*counts)->OpenSection(first); }, {},
                                context);
      }
      const std::string copy = path + "-copy";
      const auto info = CountsFile::Merge({path}, copy, {.overwrite = true}, context);
      Check(info.ok());
      const auto again = CountsFile::Open(copy, context);
      Listing same;
      Check(again.ok() && Read(**again, &same) && same == listing);
      Check((*again)->info() == (*counts)->info());
      unlink(copy.c_str());
    }
  }
  Check(context.memory().used_bytes() == 0);
  unlink(path.c_str());
  return 0;
}
