#ifndef CORPUSMILL_PIPELINES_PREPARE_CLM_ENCODER_H_
#define CORPUSMILL_PIPELINES_PREPARE_CLM_ENCODER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/text/unicode.h"
#include "pipelines/shards/manifest.h"
#include "tokenizer/encode/document_symbols.h"
#include "tokenizer/encode/symbol_names.h"
#include "tokenizer/encode/token_batch.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {

/// A tokenizer for normalised text, and its entry in the manifest.
struct LoadedTokenizer {
  Tokenizer tokenizer;
  ManifestTokenizer manifest;
  std::vector<uint32_t> token_bytes;  ///< Length of each id's piece.
};

/// Loads a model whose tokens account for every byte of text. kInvalidArgument for other models.
absl::StatusOr<LoadedTokenizer> LoadTokenizer(const std::string& path);

/// The ids of a batch and the size of its normalised text.
struct PreparedBatch {
  TokenBatch tokens;
  uint64_t normalized_bytes = 0;
  uint64_t symbol_bytes = 0;  ///< Names of control symbols among them.
  uint64_t special_tokens = 0;
  SymbolNames names;
};

/// Encodes parts of documents. Thread-safe: each thread encodes its own batch.
class ClmEncoder {
 public:
  /// `tokenizer` must outlive the encoder.
  ClmEncoder(const Tokenizer& tokenizer, Normalization normalization, bool match_symbols,
             const DocumentSymbols& around)
      : tokenizer_(tokenizer),
        normalization_(normalization),
        match_symbols_(match_symbols),
        around_(around) {}

  /// Appends the ids of one part, with bos before the first and eos after the last of a document.
  absl::Status EncodePart(std::string_view text, bool first, bool last, EncodeScratch* scratch,
                          PreparedBatch* result) const;

 private:
  absl::Status EncodeText(std::string_view text, std::vector<uint32_t>* ids, EncodeScratch* scratch,
                          PreparedBatch* result) const;
  absl::Status EncodeRun(std::string_view run, std::vector<uint32_t>* ids, EncodeScratch* scratch,
                         PreparedBatch* result) const;

  const Tokenizer& tokenizer_;
  const Normalization normalization_;
  const bool match_symbols_;
  const DocumentSymbols around_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_PREPARE_CLM_ENCODER_H_
