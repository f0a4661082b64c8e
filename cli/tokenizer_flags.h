#ifndef CORPUSMILL_CLI_TOKENIZER_FLAGS_H_
#define CORPUSMILL_CLI_TOKENIZER_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "tokenizer/tokenizer.h"

namespace corpusmill {

/// Adds --normalize alone, for commands that take models as arguments.
void DefineNormalize(CLI::App& app, TokenizerOptions* options);

/// -m and --normalize.
struct TokenizerFlags {
  std::string path;
  TokenizerOptions options;

  void Define(CLI::App& app);
  absl::StatusOr<Tokenizer> Load() const;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_TOKENIZER_FLAGS_H_
