// Reads arbitrary lists of counted words and builds models from them: no crash, no hang, no memory
// beyond the budget, no lost byte. The first byte of the input selects escaped words; the rest is
// the list.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/inputs.h"
#include "pipelines/vocabulary/counted_words.h"
#include "tokenizer/prune/pruning.h"

namespace corpusmill {
namespace {

/// Returns the bytes of all pieces, weighted by their counts.
uint64_t BytesOf(const std::vector<Piece>& pieces) {
  uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.count * piece.bytes.size();
  return bytes;
}

void CheckList(const CountedWords& list) {
  if (list.words.empty() || list.lines < list.words.size()) std::abort();
  for (size_t i = 0; i < list.words.size(); ++i) {
    if (list.words[i].bytes.empty() || list.words[i].count == 0) std::abort();
    if (i > 0 && list.words[i - 1].bytes >= list.words[i].bytes) std::abort();
  }
  if (BytesOf(list.words) >> 63 != 0) std::abort();
}

void CheckModels(const CountedWords& list, Context& context) {
  const absl::StatusOr<PruningResult> result = PruneWords(list.words, {100000, 300, 259}, context);
  if (!result.ok()) {  // Fails only for 2^62 bytes of text or more.
    if (BytesOf(list.words) >> 62 == 0) std::abort();
    return;
  }
  uint64_t bytes = BytesOf(list.words) + 256;
  for (const Piece& word : list.words) bytes -= word.bytes.size() == 1;
  for (const Model& model : result->models) {
    if (BytesOf(model.pieces()) != bytes) std::abort();
  }
  if (result->models[2].vocab_size() != 259) std::abort();
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  static Context* const context =
      new Context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const InputFile input = SourceInput("list", [text]() {
    return absl::StatusOr<std::unique_ptr<ByteSource>>(StringSource(text, "list"));
  });
  {
    const absl::StatusOr<CountedWords> list =
        ReadCountedWords({input}, {.escaped = (data[0] & 1) != 0}, *context);
    if (list.ok()) {
      CheckList(*list);
      if (text.size() < 4096) CheckModels(*list, *context);
    } else if (list.status().message().empty()) {
      std::abort();
    }
  }
  if (context->memory().used_bytes() != 0) std::abort();
  return 0;
}
