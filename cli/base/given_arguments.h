#ifndef CORPUSMILL_CLI_BASE_GIVEN_ARGUMENTS_H_
#define CORPUSMILL_CLI_BASE_GIVEN_ARGUMENTS_H_

#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace corpusmill {

/// The flags and arguments that a parsed command line gave a command, for parsing them again
/// in any folder: paths become absolute. Leaves out the flags of every command, such as
/// --memory, and those in `left_out`.
std::vector<std::string> GivenArguments(const CLI::App& app, const std::set<std::string>& left_out);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_GIVEN_ARGUMENTS_H_
