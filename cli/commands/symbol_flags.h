#ifndef CORPUSMILL_CLI_COMMANDS_SYMBOL_FLAGS_H_
#define CORPUSMILL_CLI_COMMANDS_SYMBOL_FLAGS_H_

#include "CLI/CLI.hpp"
#include "tokenizer/model/reserved_symbols.h"

namespace corpusmill {

/// Adds the flags of a new vocabulary's special symbols: --add-control, --add-user-defined,
/// --pad-to-multiple, and for each of pad, bos, eos and unk a name and an id.
void DefineReservedSymbols(CLI::App& app, ReservedSymbols* symbols);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_SYMBOL_FLAGS_H_
