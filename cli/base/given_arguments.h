#ifndef CORPUSMILL_CLI_BASE_GIVEN_ARGUMENTS_H_
#define CORPUSMILL_CLI_BASE_GIVEN_ARGUMENTS_H_

#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace corpusmill {

/// Returns the flags and arguments of a parsed command line, for parsing again in any folder: paths
/// become absolute. Omits the flags in `left_out` and the common flags, such as --memory.
std::vector<std::string> GivenArguments(const CLI::App& app, const std::set<std::string>& left_out);

/// Returns the arguments of an earlier GivenArguments, with the flags of `given` in place of the
/// earlier ones of the same name.
std::vector<std::string> WithArguments(const std::vector<std::string>& earlier,
                                       const std::vector<std::string>& given);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_GIVEN_ARGUMENTS_H_
