#include "cli/tokenizer_flags.h"

#include <optional>

#include "cli/flags.h"
#include "corpus/status.h"
#include "corpus/unicode.h"

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

void TokenizerFlags::Define(CLI::App& app) {
  app.add_option("-m,--model", path, "BytePiece model file")->type_name("FILE")->required();
  DefineNormalize(app, &options);
}

absl::StatusOr<Tokenizer> TokenizerFlags::Load() const { return Tokenizer::Open(path, options); }

}  // namespace corpusmill
