#ifndef CORPUSMILL_PIPELINES_PREPARE_PREPARE_H_
#define CORPUSMILL_PIPELINES_PREPARE_PREPARE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "corpus/text/unicode.h"
#include "pipelines/cleaning/clean.h"
#include "pipelines/recipes/recipe.h"
#include "pipelines/shards/manifest.h"

namespace corpusmill {

/// The treatment of tokens that do not fill the last sequence.
enum class TailAction {
  kPad,   ///< Pads the last sequence.
  kDrop,  ///< Drops and counts the tokens.
};

/// Parses "pad" or "drop". kInvalidArgument otherwise.
absl::StatusOr<TailAction> ParseTailAction(std::string_view text);
std::string_view TailActionName(TailAction action);

struct PrepareOptions {
  DocumentOptions documents;
  /// Path of the tokenizer's model.
  std::string model_path;
  /// Folder to create for the shards and the manifest.
  std::string output_path;
  /// Replaces an existing folder of shards; never any other folder.
  bool overwrite = false;
  /// Tokens in a sequence, 2 to 2^20.
  uint64_t seq_len = 2048;
  /// See DocumentSymbolOptions.
  bool add_bos = false;
  bool add_eos = true;
  std::string bos;
  std::string eos;
  /// Finds the vocabulary's control and user-defined symbols in text. If false, and text contains
  /// the names of symbols, logs a warning.
  bool match_symbols = false;
  /// Tokens in a shard, up to 2^30; rounded down to whole sequences, at least one.
  uint64_t shard_tokens = uint64_t{1} << 25;
  TailAction tail = TailAction::kPad;
  /// Applied to the text before it is encoded; models are trained on NFC.
  Normalization normalization = Normalization::kNfc;
};

struct PrepareReport {
  /// The manifest in the output folder.
  Manifest manifest;
  /// What the stages of a recipe did.
  std::optional<CleanReport> clean;
};

/// Prepares causal-LM training data: documents → ids → sequences of seq_len tokens with
/// boundaries → safetensors shards and a manifest.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"docs.jsonl.zst"}));
///   CM_ASSIGN_OR_RETURN(PrepareReport report,
///                       Prepare(inputs, {.model_path = "m.model", .output_path = "out"},
///                       context));
///
/// Concatenates documents in input order and cuts the result every seq_len tokens; each sequence
/// lists the ranges of its documents. docs/formats/shards.md describes the format. Every input
/// record, byte and token is either in a shard or counted as dropped in the manifest; Prepare
/// fails if these totals do not balance.
///
/// The output folder appears whole or not at all. Its bytes depend on the inputs, the model and
/// the options, never on threads or memory. Encodes text in parts of whole lines: memory limits
/// the length of a line; only the record reader limits the length of a document. Inputs without
/// text give a manifest without shards, and a warning.
absl::StatusOr<PrepareReport> Prepare(const std::vector<InputFile>& inputs,
                                      const PrepareOptions& options, Context& context);

/// The same for the documents that pass the stages of a recipe. `clean` says how the sources are
/// read and where rejects go; `options.documents` is not used. The manifest has the ledger, and
/// report.html shows it.
absl::StatusOr<PrepareReport> Prepare(const Recipe& recipe,
                                      const std::vector<std::vector<InputFile>>& sources,
                                      const CleanOptions& clean, const PrepareOptions& options,
                                      Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_PREPARE_PREPARE_H_
