#ifndef CORPUSMILL_CLI_COMMANDS_COUNTS_INFO_H_
#define CORPUSMILL_CLI_COMMANDS_COUNTS_INFO_H_

#include <ostream>

#include "tokenizer/counts/counts_file.h"

namespace corpusmill {

/// Prints the contents of a counts file and the flags it was counted with.
void PrintCountsInfo(const CountsFile& file, bool json, std::ostream& out);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_COUNTS_INFO_H_
