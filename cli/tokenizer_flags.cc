#include "cli/tokenizer_flags.h"

#include <charconv>
#include <optional>

#include "absl/strings/str_format.h"
#include "cli/flags.h"
#include "corpus/file.h"
#include "corpus/status.h"
#include "corpus/unicode.h"
#include "tokenizer/conversion.h"
#include "tokenizer/pruning.h"

namespace corpusmill {

void DefineNormalize(CLI::App& app, TokenizerOptions* options) {
  AddParsed<std::optional<Normalization>>(
      app, "--normalize", &options->normalization,
      [](std::string_view name) -> absl::StatusOr<std::optional<Normalization>> {
        return ParseNormalization(name);
      },
      "Normalization of the text before encoding: none (lossless), nfc or nfkc; "
      "the model's own by default, which for BytePiece is nfc")
      ->type_name("FORM");
}

absl::StatusOr<std::vector<uint64_t>> ParseVocabSizes(std::string_view text) {
  std::vector<uint64_t> sizes;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    uint64_t size;
    const auto [next, error] = std::from_chars(at, end, size);
    if (error != std::errc() || (next < end && *next != ',')) {
      return UsageError(absl::StrFormat("'%s' is no list of sizes; try 32000 or 32000,8000", text));
    }
    sizes.push_back(size);
    if (next == end) break;
    at = next + 1;
  }
  CM_RETURN_IF_ERROR(ValidateVocabSizes(sizes));
  return sizes;
}

absl::StatusOr<Model> LoadBytePieceModel(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(path));
  return ReadBytePieceModel(content, path == kStandardStream ? "<stdin>" : path);
}

void TokenizerFlags::Define(CLI::App& app) {
  app.add_option("-m,--model", path, "BytePiece model file")->type_name("FILE")->required();
  DefineNormalize(app, &options);
}

absl::StatusOr<Tokenizer> TokenizerFlags::Load() const { return Tokenizer::Open(path, options); }

}  // namespace corpusmill
