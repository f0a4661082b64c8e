#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/formats/reference_encoder.h"
#include "tokenizer/formats/sentencepiece.h"
#include "tokenizer/formats/sentencepiece_proto.h"
#include "tokenizer/model/charsmap.h"
#include "tokenizer/model/text_normalizer.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

/// Checks the invariants of any text under any rules.
void CheckRules(const TextRules& rules, std::string_view text) {
  const absl::StatusOr<TextNormalizer> normalizer = TextNormalizer::Create(rules);
  if (!normalizer.ok()) return;
  std::string out, again;
  std::vector<size_t> origins;
  normalizer->Normalize(text, &out);
  normalizer->Normalize(text, &again, &origins);
  Check(out == again && origins.size() == out.size() + 1);
  Check(std::is_sorted(origins.begin(), origins.end()) && origins.back() <= text.size());
}

/// Checks that a vocabulary from a file encodes any text and equals its copy.
void CheckModel(const std::string& bytes, std::string_view text) {
  const absl::StatusOr<Vocabulary> vocabulary = SentencePieceToVocabulary(bytes, "fuzz");
  if (!vocabulary.ok()) return;
  const absl::StatusOr<ReferenceEncoder> reference = ReferenceEncoder::Create(bytes, "fuzz");
  Check(reference.ok());
  std::vector<uint32_t> ids;
  reference->Encode(text, &ids);
  for (const uint32_t id : ids) Check(id < vocabulary->size());
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  const std::string input(reinterpret_cast<const char*>(data), size);
  CheckModel(input, "text of any kind \u4E2D\xFF");
  TextRules rules{.normalization = Normalization::kNone, .charsmap = input};
  CheckRules(rules, input);
  // Deep paths need a valid model: the input's bytes are its charsmap and flags.
  if (size < 3) return 0;
  SentencePieceProto proto;
  proto.pieces = {{"<unk>", 0, SentencePieceProto::kUnknown}, {"\u2581", -1}, {"a", -2}};
  proto.add_dummy_prefix = data[0] & 1;
  proto.remove_extra_whitespaces = data[0] & 2;
  proto.escape_whitespaces = data[0] & 4;
  proto.treat_whitespace_as_suffix = data[0] & 8;
  if (data[0] & 16) proto.charsmap = input.substr(1);
  for (size_t i = 1; i + 4 < size && i < 400; i += 4) {
    proto.pieces.push_back({input.substr(i, 1 + data[i] % 3), static_cast<float>(data[i + 3]) / -9,
                            1 + data[i + 3] % 6u});
  }
  const std::string model = proto.Serialize();
  CheckModel(model, input);
  // Changes one byte of a valid model.
  std::string changed = model;
  changed[(data[0] << 8 | data[1]) % changed.size()] = static_cast<char>(data[2]);
  CheckModel(changed, input);
  rules.collapse_spaces = data[0] & 2;
  rules.replace_invalid_utf8 = rules.lower_block_is_space = data[0] & 4;
  rules.charsmap = BuildCharsmap({{"a", "bb"}, {"ab", ""}, {"\xC3\xA9", " "}}).value();
  CheckRules(rules, input);
  rules.normalization = Normalization::kNfkc;
  CheckRules(rules, input);
  return 0;
}
