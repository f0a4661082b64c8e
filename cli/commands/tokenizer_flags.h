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

/// Adds --sha256, for commands that write models.
void DefineSha256(CLI::App& app, bool* wanted);

/// -o and --vocab-size of commands that write BytePiece models. Several sizes give one model per
/// size, PATH.SIZE.
class ModelFlags {
 public:
  /// Adds the flags and returns --vocab-size. Parsing checks the sizes.
  CLI::Option* Define(CLI::App& app, const std::string& size_help);

  /// One path per size, in order; one path if there is a single size.
  std::vector<std::string> Paths() const;

  /// Sorts the sizes for pruning, largest first. Call before any work.
  absl::Status Check(bool overwrite);

  /// Writes models, given in the order of sizes(). With `resumed`, a file may exist if it has the
  /// same bytes: an earlier run of a job may have written it.
  absl::Status Write(const std::vector<Model>& models, bool overwrite, bool resumed = false) const;

  const std::vector<uint64_t>& sizes() const { return sizes_; }
  bool to_standard_output() const;

 private:
  std::string output_;
  bool sha256_ = false;
  std::vector<uint64_t> sizes_;
};

/// Reads the MODEL argument of commands that change counts. Only BytePiece models have counts. "-"
/// is standard input.
absl::StatusOr<Model> LoadBytePieceModel(const std::string& path);

/// Defines --match-symbols for commands that encode documents.
void DefineMatchSymbols(CLI::App& app, bool* match_symbols);

/// Defines --bos and --eos, the names of symbols around each document.
void DefineBosEos(CLI::App& app, std::string* bos, std::string* eos);

/// The help of arguments and flags that take a tokenizer of any format.
inline constexpr const char* kAnyModelHelp =
    "Model file of any format: BytePiece, SentencePiece, Hugging Face or compiled (.cmtok)";

/// -m and --normalize.
struct TokenizerFlags {
  std::string path;
  TokenizerOptions options;

  void Define(CLI::App& app);
  absl::StatusOr<Tokenizer> Load() const;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_TOKENIZER_FLAGS_H_
