#include "cli/tokenizer_flags.h"

#include <utility>

#include "cli/flags.h"
#include "corpus/status.h"
#include "corpus/unicode.h"

namespace corpusmill {

void TokenizerFlags::Define(CLI::App& app) {
  app.add_option("-m,--model", path, "BytePiece model file")->type_name("FILE")->required();
  AddParsed<Normalization>(app, "--normalize", &options.normalization, ParseNormalization,
                           "Normalization of the text before encoding: none (lossless), nfc or "
                           "nfkc")
      ->type_name("FORM")
      ->default_str("nfc");
}

absl::StatusOr<Tokenizer> TokenizerFlags::Load() const {
  CM_ASSIGN_OR_RETURN(Model model, Model::Load(path));
  return Tokenizer::Create(std::move(model), options);
}

}  // namespace corpusmill
