#ifndef CORPUSMILL_CLI_BASE_HELP_H_
#define CORPUSMILL_CLI_BASE_HELP_H_

#include <string>

#include "CLI/CLI.hpp"

/// Everything a person or a shell reads about the commands, made from their one
/// definition. An app's description is its summary, its footer the examples and
/// details, its group the heading it is listed under. Of a flag's long names the first is
/// shown, with its --no- form; the others are old names, which are accepted and not shown.
namespace corpusmill {

/// "corpusmill tokenizer train"
std::string FullName(const CLI::App& app);
/// "tokenizer train"; empty for the program.
std::string CommandPath(const CLI::App& app);

/// `corpusmill … --help`: examples first, then usage, details and flags.
std::string RenderHelp(const CLI::App& app);

/// docs/cli.md.
std::string RenderMarkdown(const CLI::App& root);

/// A completion script for `shell`: bash, zsh or fish; empty for any other.
std::string RenderCompletion(const CLI::App& root, const std::string& shell);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_HELP_H_
