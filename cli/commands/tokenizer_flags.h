#ifndef CORPUSMILL_CLI_COMMANDS_TOKENIZER_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_TOKENIZER_FLAGS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "corpus/base/reporter.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/reserved_symbols.h"

namespace corpusmill {

/// Defines --source-field and --source-delimiter for `documents`, such as "a document".
void DefineSource(CLI::App& app, std::string* member, std::string* delimiter,
                  const std::string& documents = "a document");

/// Adds --normalize alone, for commands that take models as arguments.
void DefineNormalize(CLI::App& app, TokenizerOptions* options);

/// Adds --sha256, for commands that write models.
void DefineSha256(CLI::App& app, bool* wanted);

/// -o and --vocab-size of commands that make models. Several sizes give one model per size,
/// PATH.SIZE; before the extension if that names the format.
class ModelFlags {
 public:
  /// Adds the flags and returns --vocab-size. Parsing checks the sizes.
  CLI::Option* Define(CLI::App& app, const std::string& size_help);
  /// Adds the flags of special symbols. The output's name may then ask for another format than
  /// BytePiece.
  void DefineSymbols(CLI::App& app);

  /// One path per size, in order; one path if there is a single size.
  std::vector<std::string> Paths() const;

  /// Sorts the sizes for pruning, largest first, and checks the symbols. Call before any work.
  absl::Status Check(bool overwrite);

  /// Writes models, given in the order of sizes(). Logs what a format cannot represent. With
  /// `resumed`, a file may exist if it has the same bytes: an earlier run of a job may have written
  /// it.
  absl::Status Write(const std::vector<Model>& models, bool overwrite, Reporter& reporter,
                     bool resumed = false) const;

  /// The requested sizes, and Model::vocab_size of the models that have these with the symbols.
  const std::vector<uint64_t>& sizes() const { return sizes_; }
  std::vector<uint64_t> model_sizes() const;
  /// The ids of a written model.
  uint64_t IdsOf(const Model& model) const;
  /// Warns of models that have fewer pieces than requested. REQUIRES: in the order of sizes().
  void WarnOfMissingPieces(const std::vector<Model>& models, Reporter& reporter) const;
  bool to_standard_output() const;

 private:
  ModelFormat format() const;
  absl::StatusOr<ConvertedModel> Convert(const Model& model) const;
  /// Writes a file. With `resumed` it may exist with the same content.
  static absl::Status WriteUnlessSame(const std::string& path, const std::string& content,
                                      bool overwrite, bool resumed);

  std::string output_;
  bool sha256_ = false;
  std::vector<uint64_t> sizes_;
  ReservedSymbols symbols_;
};

/// Warns of everything that a written format cannot represent.
void LogNotes(const std::vector<ConversionNote>& notes, Reporter& reporter);

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
