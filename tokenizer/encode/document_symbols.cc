#include "tokenizer/encode/document_symbols.h"

#include <string_view>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// `flag` is "bos" or "eos".
absl::StatusOr<std::optional<uint32_t>> Find(bool add, const std::string& name,
                                             const std::optional<uint32_t>& role,
                                             std::string_view flag, std::string_view place,
                                             const Vocabulary& vocabulary) {
  if (!name.empty()) {
    const absl::StatusOr<uint32_t> id = vocabulary.SymbolId(name);
    if (!id.ok()) return Annotate(id.status(), absl::StrFormat("--%s", flag));
    return *id;
  }
  if (add && !role.has_value()) {
    return UsageError(absl::StrFormat(
        "the vocabulary has no symbol for the %s of a document; name one with --%s, or leave out "
        "--add-%s",
        place, flag, flag));
  }
  return add ? role : std::nullopt;
}

}  // namespace

absl::StatusOr<DocumentSymbols> FindDocumentSymbols(const DocumentSymbolOptions& options,
                                                    const Vocabulary& vocabulary) {
  const Vocabulary::Roles& roles = vocabulary.roles();
  DocumentSymbols symbols;
  CM_ASSIGN_OR_RETURN(symbols.bos,
                      Find(options.add_bos, options.bos, roles.bos, "bos", "start", vocabulary));
  CM_ASSIGN_OR_RETURN(symbols.eos,
                      Find(options.add_eos, options.eos, roles.eos, "eos", "end", vocabulary));
  return symbols;
}

}  // namespace corpusmill
