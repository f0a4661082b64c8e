#ifndef CORPUSMILL_TOKENIZER_FORMATS_COMPILED_MODEL_H_
#define CORPUSMILL_TOKENIZER_FORMATS_COMPILED_MODEL_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/model/vocabulary.h"
#include "tokenizer/search/match_automaton.h"

namespace corpusmill {

/// A vocabulary with all that it may have, and the automaton made from it, in one
/// file that is mapped and used as it is. docs/formats/compiled-model.md has the bytes.
struct CompiledModel {
  Vocabulary vocabulary;
  MatchAutomaton automaton;
};

/// The automaton of a vocabulary's pieces, which it searches for text. Where a byte is
/// no piece, characters that begin with it are unknown: the first byte costs 10 more
/// than the least probable piece, as in SentencePiece, and the others nothing. Values
/// are ids; MatchAutomaton::kNone is that of a byte without an id of its own.
absl::StatusOr<MatchAutomaton> BuildAutomaton(const Vocabulary& vocabulary);

/// Whether a file that begins with these bytes is a compiled model.
bool IsCompiledModel(std::string_view bytes);

/// The file's content. A pure function of the vocabulary.
std::string SerializeCompiledModel(const Vocabulary& vocabulary, const MatchAutomaton& automaton);

/// Reads a file's content, at an address that is a multiple of
/// MatchAutomaton::kAlignment; the automaton keeps using it, and `owner` keeps it
/// alive. All of it is checked against its hash. kDataLoss naming `name` when it is
/// not whole and valid.
absl::StatusOr<CompiledModel> ParseCompiledModel(std::string_view bytes,
                                                 std::shared_ptr<const void> owner,
                                                 std::string_view name);

/// ParseCompiledModel of a copy.
absl::StatusOr<CompiledModel> CopyCompiledModel(std::string_view bytes, std::string_view name);

/// Maps the file and reads it; kFailedPrecondition when it is no compiled model, which
/// its first bytes tell. A file that is cut short while it is mapped ends the process.
absl::StatusOr<CompiledModel> MapCompiledModel(const std::string& path);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_COMPILED_MODEL_H_
