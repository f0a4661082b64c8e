#ifndef CORPUSMILL_CLI_COMMANDS_TOKENIZER_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_TOKENIZER_FLAGS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/model.h"

namespace corpusmill {

/// Defines --source-field and --source-delimiter for `documents`, such as "a document".
void DefineSource(CLI::App& app, std::string* member, std::string* delimiter,
                  const std::string& documents = "a document");

/// Adds --normalize alone, for commands that take models as arguments.
void DefineNormalize(CLI::App& app, TokenizerOptions* options);

/// -o and --vocab-size of commands that make BytePiece models: one, or one for each of
/// several sizes, PATH.SIZE.
class ModelFlags {
 public:
  /// Returns --vocab-size. Sizes are checked.
  CLI::Option* Define(CLI::App& app, const std::string& size_help);

  /// One for each size in order, or one.
  std::vector<std::string> Paths() const;

  /// To be called before any work. Puts the sizes into the order of pruning, largest first.
  absl::Status Check(bool overwrite);

  /// Models in the order of sizes().
  absl::Status Write(const std::vector<Model>& models, bool overwrite) const;

  const std::vector<uint64_t>& sizes() const { return sizes_; }
  bool to_standard_output() const;

 private:
  std::string output_;
  std::vector<uint64_t> sizes_;
};

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

#endif  // CORPUSMILL_CLI_COMMANDS_TOKENIZER_FLAGS_H_
