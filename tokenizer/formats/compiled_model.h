#ifndef CORPUSMILL_TOKENIZER_FORMATS_COMPILED_MODEL_H_
#define CORPUSMILL_TOKENIZER_FORMATS_COMPILED_MODEL_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/model/vocabulary.h"
#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// A vocabulary and its automaton in one file that is memory-mapped and used in place. Format:
/// docs/formats/compiled-model.md.
struct CompiledModel {
  Vocabulary vocabulary;
  MatchAutomaton automaton;
};

/// Builds the automaton of a vocabulary's pieces. If a byte is not a piece, characters that begin
/// with it are unknown: the first byte scores 10 below the least probable piece, as in
/// SentencePiece, and the other bytes score 0. Values are ids, or MatchAutomaton::kNone for a byte
/// without an id.
absl::StatusOr<MatchAutomaton> BuildAutomaton(const Vocabulary& vocabulary);

/// True if a file that begins with these bytes is a compiled model.
bool IsCompiledModel(std::string_view bytes);

/// Returns the file's content, a pure function of the vocabulary.
std::string SerializeCompiledModel(const Vocabulary& vocabulary, const MatchAutomaton& automaton);

/// Reads a file's content at an address that is a multiple of MatchAutomaton::kAlignment. The
/// automaton keeps a reference to the content, and `owner` keeps it alive. Verifies the hash of all
/// bytes. kDataLoss, with `name`, unless the content is complete and valid.
absl::StatusOr<CompiledModel> ParseCompiledModel(std::string_view bytes,
                                                 std::shared_ptr<const void> owner,
                                                 std::string_view name);

/// As ParseCompiledModel, of a copy of `bytes`.
absl::StatusOr<CompiledModel> CopyCompiledModel(std::string_view bytes, std::string_view name);

/// Maps and reads the file. kFailedPrecondition if its first bytes are not those of a compiled
/// model. Truncating the file while it is mapped crashes the process.
absl::StatusOr<CompiledModel> MapCompiledModel(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_COMPILED_MODEL_H_
