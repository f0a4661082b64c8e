// Reads arbitrary bytes as encoded documents: no crash, no hang, no memory beyond the budget. The
// first byte of the input selects the meaning of the rest:
//
//   0 mod 5: an .npy file of ids, with matching offsets
//   1 mod 5: an .npy file of offsets for 100 ids
//   2 mod 5: an .idx file, with a .bin file of 200 bytes
//   3 mod 5: the rest of an .idx file after a valid header
//   4 mod 5: lines; the second byte chooses ids, pieces, JSONL or any

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/records/inputs.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/id_reader.h"
#include "pipelines/token_files/megatron.h"
#include "pipelines/token_files/npy.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {
namespace {

/// Reads at most a thousand documents: many sequences of an index may share the same ids.
void ReadAll(absl::StatusOr<std::unique_ptr<IdReader>> reader) {
  if (!reader.ok()) return;
  StoredDocument document;
  for (int i = 0; i < 1000; ++i) {
    const absl::StatusOr<bool> more = (*reader)->Next(&document);
    if (!more.ok()) {
      if (more.status().message().empty()) std::abort();
      return;
    }
    if (!*more) return;
    if (document.ids.size() > document.tokens) std::abort();
  }
}

std::string Le(uint64_t number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof(number));
}

const Vocabulary& SmallVocabulary() {
  static const Vocabulary* const vocabulary = [] {
    std::vector<Vocabulary::Entry> entries = {{"<unk>", Vocabulary::Type::kUnknown},
                                              {"<eos>", Vocabulary::Type::kControl},
                                              {"a", Vocabulary::Type::kPiece, -1}};
    return new Vocabulary(
        Vocabulary::FromEntries(std::move(entries), {.eos = 1, .unknown = 0}, {}).value());
  }();
  return *vocabulary;
}

void ReadNpy(std::string_view ids, std::string_view offsets, Context& context) {
  ReadAll(kNpyFormat.pair.open_reader(StringRandomAccessFile(ids, "a.npy"),
                                      StringRandomAccessFile(offsets, "a.offsets.npy"), context));
}

void ReadMegatron(std::string_view idx, Context& context) {
  static const std::string* const bin = new std::string(200, 'x');
  ReadAll(kMegatronFormat.pair.open_reader(StringRandomAccessFile(*bin, "a.bin"),
                                           StringRandomAccessFile(idx, "a.idx"), context));
}

void ReadLines(std::string_view bytes, const IdFormat* format, Context& context) {
  const InputFile input = SourceInput("lines", [bytes]() {
    return absl::StatusOr<std::unique_ptr<ByteSource>>(StringSource(bytes, "lines"));
  });
  ReadAll(OpenIdReader(input, {.format = format}, SmallVocabulary(), context));
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  static Context* const context =
      new Context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0: {
      const auto file = StringRandomAccessFile(input, "a.npy");
      const absl::StatusOr<NumberArray> array = OpenNpy(*file);
      const uint64_t count = array.ok() ? array->count() : 0;
      ReadNpy(input, NpyHeader(ElementType::kI64, 3) + Le(0) + Le(count / 2) + Le(count), *context);
      break;
    }
    case 1:
      ReadNpy(NpyHeader(ElementType::kU8, 100) + std::string(100, 'x'), input, *context);
      break;
    case 2:
      ReadMegatron(input, *context);
      break;
    case 3: {
      const uint64_t sequences =
          input.size() / 20;  // 12 bytes per sequence, one document per sequence.
      if (sequences == 0) break;
      std::string idx = MegatronHeader(ElementType::kU16, sequences, sequences - 1);
      idx.append(input.substr(0, 20 * sequences));
      ReadMegatron(idx, *context);
      break;
    }
    default: {
      if (input.empty()) break;
      static constexpr const IdFormat* kFormats[] = {nullptr, &kIdsFormat, &kPiecesFormat,
                                                     &kJsonlFormat};
      ReadLines(input.substr(1), kFormats[input[0] & 3], *context);
    }
  }
  if (context->memory().used_bytes() != 0) std::abort();
  return 0;
}
