#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/model.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

/// Returns a valid model of all bytes with the lines of the input as more pieces. Only valid models
/// reach the deep paths of the parser.
std::vector<Piece> PiecesOf(std::string_view input) {
  std::vector<Piece> pieces;
  for (int i = 0; i < 256; ++i) pieces.push_back({std::string(1, static_cast<char>(i)), 1});
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(line.size() == input.size() ? line.size() : line.size() + 1);
    pieces.push_back({std::string(line), line.size() * 7});
  }
  return pieces;
}

/// Checks that a model is written deterministically and encodes losslessly.
void CheckModel(const Model& model, std::string_view text) {
  const std::string json = model.Serialize();
  absl::StatusOr<Model> again = Model::Parse(json, "again");
  Check(again.ok());
  Check(again->Serialize() == json);
  absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(*std::move(again), {.normalization = Normalization::kNone});
  Check(tokenizer.ok());
  std::vector<uint32_t> ids;
  tokenizer->Encode(text, &ids);
  Check(tokenizer->DecodeBytes(ids).value() == text);
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (absl::StatusOr<Model> model = Model::Parse(input, "fuzz"); model.ok()) {
    CheckModel(*model, input);
  }
  if (absl::StatusOr<Model> model = Model::FromPieces(PiecesOf(input)); model.ok()) {
    CheckModel(*model, input);
    // Changes one byte of a valid model.
    std::string json = model->Serialize();
    if (size >= 4) {
      const size_t at = (data[0] << 16 | data[1] << 8 | data[2]) % json.size();
      json[at] = static_cast<char>(data[3]);
      if (absl::StatusOr<Model> changed = Model::Parse(json, "fuzz"); changed.ok()) {
        CheckModel(*changed, input);
      }
    }
  }
  return 0;
}
