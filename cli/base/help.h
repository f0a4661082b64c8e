#ifndef CORPUSMILL_CLI_BASE_HELP_H_
#define CORPUSMILL_CLI_BASE_HELP_H_

#include <string>

#include "CLI/CLI.hpp"

/// Everything a person or a shell reads about the commands, made from their one
/// definition. An app's description is its summary, its footer the examples and
/// details, its group the heading it is listed under.
namespace corpusmill {

/// `corpusmill … --help`: examples first, then usage, details and flags.
std::string RenderHelp(const CLI::App& app);

/// docs/cli.md.
std::string RenderMarkdown(const CLI::App& root);

/// A completion script for `shell`: bash, zsh or fish; empty for any other.
std::string RenderCompletion(const CLI::App& root, const std::string& shell);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_HELP_H_
