#include "cli/command_line.h"

#include <sstream>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "cli/base/help.h"
#include "corpus/base/version.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

void SetHelpFlag(CLI::App& app) { app.set_help_flag("-h,--help", "Print this help"); }

/// What the help shows before the usage line: examples, then details.
std::string Footer(const CommandInfo& info) {
  std::string footer = "Examples:\n";
  std::istringstream examples{std::string(info.examples)};
  for (std::string line; std::getline(examples, line);) footer += "  " + line + "\n";
  if (!info.details.empty()) footer += "\n" + std::string(info.details) + "\n";
  return footer;
}

}  // namespace

CommandLine::CommandLine(const CommandTable& table)
    : root_("turns raw text into training tensors", "corpusmill") {
  root_.footer(
      "Examples:\n"
      "  corpusmill shuffle --seed 1 -o shuffled.jsonl.zst corpus/*.jsonl\n"
      "  corpusmill tokenizer train --vocab-size 32000 -o zh.model shuffled.jsonl.zst\n"
      "  corpusmill prepare -m zh.model --seq-len 2048 -o shards/ shuffled.jsonl.zst\n");
  root_.require_subcommand(1);
  root_.set_version_flag("--version",
                         absl::StrFormat("corpusmill %s (Unicode %s)", kVersion, UnicodeVersion()),
                         "Print the version");
  SetHelpFlag(root_);
  for (const CommandFactory make : table.commands) Add(table, make());
}

const CLI::App& CommandLine::Reached() const {
  const CLI::App* app = &root_;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

Command* CommandLine::Chosen() const {
  for (const auto& [app, command] : commands_) {
    if (app == &Reached()) return command.get();
  }
  return nullptr;
}

CLI::App* CommandLine::Family(const CommandTable& table, CLI::App& parent, const std::string& name,
                              const std::string& group) {
  for (CLI::App* app : parent.get_subcommands([](CLI::App*) { return true; })) {
    if (app->get_name() == name) return app;
  }
  CLI::App* const app = parent.add_subcommand(name);
  for (const CommandFamily& family : table.families) {
    if (CommandPath(*app) == family.path) app->description(std::string(family.summary));
  }
  app->footer("");  // Else CLI11 takes the one above.
  app->require_subcommand(1);
  app->group(group);
  SetHelpFlag(*app);
  return app;
}

void CommandLine::Add(const CommandTable& table, std::unique_ptr<Command> command) {
  const CommandInfo& info = command->info();
  const std::string group(info.group);
  CLI::App* parent = &root_;
  std::string name(info.path);
  for (size_t space; (space = name.find(' ')) != std::string::npos;) {
    parent = Family(table, *parent, name.substr(0, space), group);
    name = name.substr(space + 1);
  }
  CLI::App* const app = parent->add_subcommand(name, std::string(info.summary));
  app->group(group);
  app->footer(Footer(info));
  command->Define(*app);
  if (info.common_flags) common_.Define(*app);
  SetHelpFlag(*app);
  commands_.emplace_back(app, std::move(command));
}

std::string UsageMessage(const CLI::ParseError& error, const CLI::App& app,
                         const std::vector<std::string>& args) {
  const bool is_family = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  if (is_family) {
    const std::string name = FullName(app) + " ";
    for (const std::string& arg : args) {
      if (arg.starts_with("-") || absl::StrContains(name, " " + arg + " ")) continue;
      return absl::StrFormat("'%s' is not a command", arg);
    }
    return "a command is missing";
  }
  std::string message = error.what();
  constexpr std::string_view kExtra = "The following argument was not expected: ";
  constexpr std::string_view kExtras = "The following arguments were not expected: ";
  for (const std::string_view prefix : {kExtra, kExtras}) {
    if (!message.starts_with(prefix)) continue;
    message = message.substr(prefix.size());
    message += message.starts_with("-") ? ": unknown flag" : ": unexpected argument";
  }
  // "--seed: At Most 1 required but received 2"
  constexpr std::string_view kTwice = ": At Most 1 required but received ";
  if (const size_t at = message.find(kTwice); at != std::string::npos) {
    message = absl::StrFormat("%s: given %s times; give it once", message.substr(0, at),
                              message.substr(at + kTwice.size()));
  }
  for (char& c : message) {
    if (c == '\n') c = ' ';
  }
  return message;
}

}  // namespace corpusmill
