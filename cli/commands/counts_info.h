#ifndef CORPUSMILL_CLI_COMMANDS_COUNTS_INFO_H_
#define CORPUSMILL_CLI_COMMANDS_COUNTS_INFO_H_

#include <ostream>

#include "tokenizer/counts/counts_file.h"

namespace corpusmill {

/// Says what a file of counts has, and how it was counted.
void PrintCountsInfo(const CountsFile& file, bool json, std::ostream& out);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_COMMANDS_COUNTS_INFO_H_
