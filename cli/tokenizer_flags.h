#ifndef CORPUSMILL_CLI_TOKENIZER_FLAGS_H_
#define CORPUSMILL_CLI_TOKENIZER_FLAGS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "tokenizer/model.h"
#include "tokenizer/tokenizer.h"

namespace corpusmill {

/// Adds --normalize alone, for commands that take models as arguments.
void DefineNormalize(CLI::App& app, TokenizerOptions* options);

/// The value of --vocab-size, in any order and checked: "32000,8000" → {32000, 8000}.
absl::StatusOr<std::vector<uint64_t>> ParseVocabSizes(std::string_view text);

/// Reads the MODEL argument of commands that change counts, which only BytePiece models
/// have; "-" is standard input.
absl::StatusOr<Model> LoadBytePieceModel(const std::string& path);

/// -m and --normalize.
struct TokenizerFlags {
  std::string path;
  TokenizerOptions options;

  void Define(CLI::App& app);
  absl::StatusOr<Tokenizer> Load() const;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_TOKENIZER_FLAGS_H_
