#include "cli/base/help.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace corpusmill {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kHelpColumn = 30;

/// "corpusmill tokenizer train"
std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : FullName(*app.get_parent()) + " " + app.get_name();
}

std::vector<const CLI::App*> Commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> Options(const CLI::App& app, bool positional) {
  return app.get_options(
      [positional](const CLI::Option* option) { return option->get_positional() == positional; });
}

/// All commands below `app` that do something.
std::vector<const CLI::App*> Leaves(const CLI::App& app) {
  std::vector<const CLI::App*> leaves;
  for (const CLI::App* command : Commands(app)) {
    const std::vector<const CLI::App*> below = Leaves(*command);
    if (below.empty()) leaves.push_back(command);
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

/// "-o, --output PATH"
std::string FlagNames(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) {
    names += (names.empty() ? "--" : ", --") + name;
  }
  // CLI11 appends what it checks, behind a colon.
  const std::string type = option.get_type_name();
  if (!type.empty()) names += " " + type.substr(0, type.find(':'));
  return names;
}

std::string FlagHelp(const CLI::Option& option) {
  std::string help = option.get_description();
  if (option.get_required()) help += " (required)";
  const std::string value = option.get_default_str();
  if (!value.empty()) help += " [" + value + "]";
  return help;
}

/// Wraps words into lines that begin at `column`; the first is there already.
std::string Wrap(const std::string& text, size_t column) {
  std::string out;
  size_t at = column;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (at > column && at + 1 + word.size() > kColumns) {
      out += "\n" + std::string(column, ' ');
      at = column;
    } else if (at > column) {
      out += " ";
      ++at;
    }
    out += word;
    at += word.size();
  }
  return out;
}

std::string Entry(const std::string& name, const std::string& help) {
  std::string line = "  " + name;
  line += line.size() + 2 > kHelpColumn ? "\n" + std::string(kHelpColumn, ' ')
                                        : std::string(kHelpColumn - line.size(), ' ');
  return line + Wrap(help, kHelpColumn) + "\n";
}

std::string Usage(const CLI::App& app) {
  std::string usage = FullName(app);
  if (!Commands(app).empty()) return usage + " COMMAND …";
  usage += " [flags]";
  for (const CLI::Option* option : Options(app, true)) {
    const std::string name = option->get_name(true);
    const std::string more = option->get_expected_max() > 1 ? "…" : "";
    usage += option->get_required() ? " " + name + more : " [" + name + "…]";
  }
  return usage;
}

/// Groups in the order in which they first appear.
template <typename T, typename GroupOf>
std::vector<std::pair<std::string, std::vector<const T*>>> Grouped(
    const std::vector<const T*>& items, const GroupOf& group_of) {
  std::vector<std::pair<std::string, std::vector<const T*>>> groups;
  for (const T* item : items) {
    const std::string group = group_of(*item);
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& entry) { return entry.first == group; });
    if (found == groups.end()) found = groups.insert(groups.end(), {group, {}});
    found->second.push_back(item);
  }
  return groups;
}

std::string LeafName(const CLI::App& root, const CLI::App& leaf) {
  return FullName(leaf).substr(root.get_name().size() + 1);
}

}  // namespace

std::string RenderHelp(const CLI::App& app) {
  std::string out = FullName(app) + ": " + app.get_description() + "\n";
  if (!app.get_footer().empty()) out += "\n" + app.get_footer();
  out += "\nUsage: " + Usage(app) + "\n";
  const std::vector<const CLI::App*> commands =
      app.get_parent() == nullptr ? Leaves(app) : Commands(app);
  const auto group_of_command = [](const CLI::App& command) { return command.get_group(); };
  for (const auto& [group, members] : Grouped<CLI::App>(commands, group_of_command)) {
    out += "\n" + group + ":\n";
    for (const CLI::App* command : members) {
      const std::string name =
          app.get_parent() == nullptr ? LeafName(app, *command) : command->get_name();
      out += Entry(name, command->get_description());
    }
  }
  const std::vector<const CLI::Option*> arguments = Options(app, true);
  if (!arguments.empty()) out += "\nArguments:\n";
  for (const CLI::Option* option : arguments)
    out += Entry(option->get_name(true), FlagHelp(*option));
  const auto group_of_flag = [](const CLI::Option& option) { return option.get_group(); };
  for (const auto& [group, members] : Grouped<CLI::Option>(Options(app, false), group_of_flag)) {
    out += "\n" + (group == "Options" ? "Flags" : group) + ":\n";
    for (const CLI::Option* option : members) out += Entry(FlagNames(*option), FlagHelp(*option));
  }
  return out;
}

std::string RenderMarkdown(const CLI::App& root) {
  std::string out =
      "# Command line\n\nMade from the program's own definitions by `corpusmill docs`; do not "
      "edit.\n"
      "\n```\n" +
      RenderHelp(root) + "```\n";
  for (const CLI::App* leaf : Leaves(root)) {
    out += "\n## " + FullName(*leaf) + "\n\n```\n" + RenderHelp(*leaf) + "```\n";
  }
  return out;
}

std::string RenderCompletion(const CLI::App& root, const std::string& shell) {
  const auto flags_of = [](const CLI::App& leaf) {
    std::string flags;
    for (const CLI::Option* option : Options(leaf, false)) {
      for (const std::string& name : option->get_snames()) flags += " -" + name;
      for (const std::string& name : option->get_lnames()) flags += " --" + name;
    }
    return flags.empty() ? flags : flags.substr(1);
  };
  const auto names_of = [](const CLI::App& app) {
    std::string names;
    for (const CLI::App* command : Commands(app)) {
      names += (names.empty() ? "" : " ") + command->get_name();
    }
    return names;
  };
  std::string out;
  if (shell == "bash" || shell == "zsh") {
    if (shell == "zsh") out += "#compdef corpusmill\nautoload -Uz bashcompinit && bashcompinit\n";
    out +=
        "_corpusmill() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\n"
        "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
    for (const CLI::App* leaf : Leaves(root)) {
      out += "    '" + LeafName(root, *leaf) + "'" + (leaf->get_parent() == &root ? "' '*" : "") +
             ") words='" + flags_of(*leaf) + "' ;;\n";
    }
    for (const CLI::App* command : Commands(root)) {
      if (Commands(*command).empty()) continue;
      out += "    '" + command->get_name() + " '*) words='" + names_of(*command) + "' ;;\n";
    }
    out += "  esac\n  [ \"$COMP_CWORD\" -gt 1 ] || words='" + names_of(root) +
           " --help --version'\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "  case \"$word\" in -*) ;; *) [ \"$COMP_CWORD\" -le 1 ] || "
           "COMPREPLY+=($(compgen -f -- \"$word\")) ;; esac\n"
           "}\ncomplete -o filenames -F _corpusmill corpusmill\n";
  } else if (shell == "fish") {
    for (const CLI::App* command : Commands(root)) {
      out += "complete -c corpusmill -n __fish_use_subcommand -a " + command->get_name() + " -d '" +
             command->get_description() + "'\n";
      for (const CLI::App* leaf : Commands(*command)) {
        out += "complete -c corpusmill -n '__fish_seen_subcommand_from " + command->get_name() +
               "' -a " + leaf->get_name() + " -d '" + leaf->get_description() + "'\n";
      }
    }
    for (const CLI::App* leaf : Leaves(root)) {
      for (const CLI::Option* option : Options(*leaf, false)) {
        if (option->get_lnames().empty()) continue;
        out += "complete -c corpusmill -n '__fish_seen_subcommand_from " + leaf->get_name() +
               "' -l " + option->get_lnames()[0] + "\n";
      }
    }
  }
  return out;
}

}  // namespace corpusmill
