#ifndef CORPUSMILL_PIPELINES_PREPARE_PREPARE_H_
#define CORPUSMILL_PIPELINES_PREPARE_PREPARE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "corpus/text/unicode.h"
#include "pipelines/shards/manifest.h"

namespace corpusmill {

/// What happens to the tokens that do not fill the last sequence.
enum class TailAction {
  kPad,   ///< A last sequence with padding.
  kDrop,  ///< They are left out, and counted.
};

/// "pad", "drop". kInvalidArgument otherwise.
absl::StatusOr<TailAction> ParseTailAction(std::string_view text);
std::string_view TailActionName(TailAction action);

struct PrepareOptions {
  DocumentOptions documents;
  /// The tokenizer.
  std::string model_path;
  /// Folder to create: shards and a manifest.
  std::string output_path;
  /// Replace a folder of shards that exists; any other folder never is.
  bool overwrite = false;
  /// Tokens in a sequence, 2 to 2^20.
  uint64_t seq_len = 2048;
  /// Put <bos> before, <eos> after each document.
  bool add_bos = false;
  bool add_eos = true;
  /// Tokens in a shard, up to 2^30; rounded down to whole sequences, at least one.
  uint64_t shard_tokens = uint64_t{1} << 25;
  TailAction tail = TailAction::kPad;
  /// Applied to the text before it is encoded; models are trained on NFC.
  Normalization normalization = Normalization::kNfc;
};

struct PrepareReport {
  /// As it stands in the output folder.
  Manifest manifest;
};

/// Causal-LM training data: documents → ids → sequences of seq_len tokens with
/// boundaries → safetensors shards and a manifest.
///
///   CM_ASSIGN_OR_RETURN(auto inputs, ResolveInputs({"docs.jsonl.zst"}));
///   CM_ASSIGN_OR_RETURN(PrepareReport report,
///                       Prepare(inputs, {.model_path = "m.model", .output_path = "out"},
///                       context));
///
/// Documents are concatenated in input order and cut every seq_len tokens; a
/// sequence says which stretches of it belong to which document. The format is in
/// docs/formats/shards.md. Every record, byte and token that came in is in a shard
/// or counted in the manifest among the dropped; Prepare checks that the books
/// balance and fails otherwise.
///
/// The output folder appears whole or not at all. Its bytes depend on the inputs,
/// the model and the options, never on threads or memory. Text is encoded in
/// pieces of lines, so that memory bounds the longest line, not the longest document
/// beyond what the record reader needs. Inputs without any text give a manifest
/// without shards, and a warning.
absl::StatusOr<PrepareReport> Prepare(const std::vector<InputFile>& inputs,
                                      const PrepareOptions& options, Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_PREPARE_PREPARE_H_
