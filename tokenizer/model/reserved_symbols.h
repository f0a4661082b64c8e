#ifndef CORPUSMILL_TOKENIZER_MODEL_RESERVED_SYMBOLS_H_
#define CORPUSMILL_TOKENIZER_MODEL_RESERVED_SYMBOLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

/// The symbols of a new vocabulary, in place of the implicit <pad>, <bos> and <eos> of a model.
///
///   ReservedSymbols symbols;
///   symbols.bos = {"<s>", 1};
///   symbols.controls = {"<|user|>", "<|assistant|>"};
///   CM_RETURN_IF_ERROR(symbols.Validate(32000));
///   options.vocab_sizes = {symbols.ModelSizeFor(32000)};          // of a training
///   …
///   CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, symbols.AddTo(model));   // 32,000 ids
///
/// Ids: pad, bos, eos and unknown have theirs, or the smallest that are free, in this order. Pieces
/// take the other ids in the order of the model. Unused ids, controls and user-defined symbols
/// follow.
struct ReservedSymbols {
  struct Role {
    std::string name;
    std::optional<uint32_t> id = std::nullopt;  ///< The smallest free id if absent.
    bool is_present = true;

    bool operator==(const Role&) const = default;
  };
  Role pad = {"<pad>"}, bos = {"<bos>"}, eos = {"<eos>"};
  Role unknown = {.name = "<unk>", .is_present = false};
  std::vector<std::string> controls, user_defined;
  /// Unused ids make the number of ids a multiple of this.
  uint64_t pad_to_multiple = 1;

  /// Number of symbols, without unused ids.
  uint64_t size() const;
  /// True if the symbols are those that every BytePiece model has.
  bool AreImplicit() const;
  /// kInvalidArgument if two symbols have one name or id, if a name is empty, or if a vocabulary of
  /// `vocab_size` ids is too small for them.
  absl::Status Validate(uint64_t vocab_size) const;
  /// Model::vocab_size of the model that makes a vocabulary of `vocab_size` ids with these symbols.
  uint64_t ModelSizeFor(uint64_t vocab_size) const;

  /// The vocabulary of the model's pieces and these symbols. If there are not enough pieces to
  /// reach the id of a symbol, the ids between are unused.
  absl::StatusOr<Vocabulary> AddTo(const Model& model) const;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_RESERVED_SYMBOLS_H_
