#ifndef CORPUSMILL_TOKENIZER_ENCODE_DOCUMENT_SYMBOLS_H_
#define CORPUSMILL_TOKENIZER_ENCODE_DOCUMENT_SYMBOLS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// Which symbols to put around each document.
struct DocumentSymbolOptions {
  /// Puts the vocabulary's bos symbol before, and its eos symbol after each document.
  bool add_bos = false;
  bool add_eos = false;
  /// Names of the symbols to put there instead, whether or not add_bos and add_eos are set; empty:
  /// none.
  std::string bos;
  std::string eos;
};

/// The ids of these symbols.
struct DocumentSymbols {
  std::optional<uint32_t> bos, eos;
};

/// Finds the symbols in a vocabulary.
///
///   CM_ASSIGN_OR_RETURN(const DocumentSymbols symbols,
///                       FindDocumentSymbols({.add_bos = true, .eos = "<|im_end|>"}, vocabulary));
///
/// kInvalidArgument if the vocabulary has no such symbol.
absl::StatusOr<DocumentSymbols> FindDocumentSymbols(const DocumentSymbolOptions& options,
                                                    const Vocabulary& vocabulary);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_DOCUMENT_SYMBOLS_H_
