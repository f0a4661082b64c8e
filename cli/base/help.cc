#include "cli/base/help.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace corpusmill {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kHelpColumn = 30;

std::vector<const CLI::App*> Commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> Options(const CLI::App& app, bool positional) {
  return app.get_options(
      [positional](const CLI::Option* option) { return option->get_positional() == positional; });
}

/// All commands below `app`, without the families.
std::vector<const CLI::App*> Leaves(const CLI::App& app) {
  std::vector<const CLI::App*> leaves;
  for (const CLI::App* command : Commands(app)) {
    const std::vector<const CLI::App*> below = Leaves(*command);
    if (below.empty()) leaves.push_back(command);
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

/// The names that are shown, with their dashes.
std::vector<std::string> ShownNames(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  const std::vector<std::string>& long_names = option.get_lnames();
  for (const std::string& name : long_names) {
    if (name == long_names[0] || name == "no-" + long_names[0]) names.push_back("--" + name);
  }
  return names;
}

/// "-o, --output PATH"
std::string FlagNames(const CLI::Option& option) {
  std::string names = absl::StrJoin(ShownNames(option), ", ");
  // CLI11 appends the name of the check after a colon.
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

/// In characters; `text` is UTF-8.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

/// Wraps words into lines that begin at `column`; the first is there already.
std::string Wrap(const std::string& text, size_t column) {
  std::string out;
  size_t at = column;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (at > column && at + 1 + Width(word) > kColumns) {
      out += "\n" + std::string(column, ' ');
      at = column;
    } else if (at > column) {
      out += " ";
      ++at;
    }
    out += word;
    at += Width(word);
  }
  return out;
}

std::string Entry(const std::string& name, const std::string& help) {
  std::string line = "  " + name;
  line += Width(line) + 2 > kHelpColumn ? "\n" + std::string(kHelpColumn, ' ')
                                        : std::string(kHelpColumn - Width(line), ' ');
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

/// What may follow a family: the names below it. What may follow a command: its flags.
std::vector<std::string> WordsAfter(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : Commands(app)) words.push_back(command->get_name());
  if (!words.empty() && app.get_parent() != nullptr) return words;
  for (const CLI::Option* option : Options(app, false)) {
    for (std::string& name : ShownNames(*option)) words.push_back(std::move(name));
  }
  return words;
}

/// The program, then every family and command below it.
std::vector<const CLI::App*> Nodes(const CLI::App& app) {
  std::vector<const CLI::App*> nodes = {&app};
  for (const CLI::App* command : Commands(app)) {
    const std::vector<const CLI::App*> below = Nodes(*command);
    nodes.insert(nodes.end(), below.begin(), below.end());
  }
  return nodes;
}

/// Goes along the words before the cursor as far as they name commands, then offers what may
/// follow, and files after a command.
std::string BashCompletion(const CLI::App& root) {
  std::string steps, cases;
  for (const CLI::App* app : Nodes(root)) {
    const std::string path = CommandPath(*app);
    if (!path.empty()) steps += (steps.empty() ? "" : "|") + absl::StrCat("'", path, "'");
    absl::StrAppend(&cases, "    '", path, "') words='", absl::StrJoin(WordsAfter(*app), " "), "'",
                    Commands(*app).empty() ? " files=1" : "", " ;;\n");
  }
  return absl::StrCat(
      "_corpusmill() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" command= next words= files= i\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    next=\"${command:+$command }${COMP_WORDS[i]}\"\n"
      "    case \"$next\" in\n"
      "    ",
      steps,
      ") command=$next ;;\n"
      "    *) break ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n",
      cases,
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  [[ -z $files || $word == -* ]] || COMPREPLY+=($(compgen -f -- \"$word\"))\n"
      "}\n"
      "complete -o filenames -F _corpusmill corpusmill\n");
}

/// In single quotes, as fish reads them.
std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string FishCompletion(const CLI::App& root) {
  std::string out =
      "# Whether the words before the cursor begin with these and, after -x, go on with a flag or "
      "nothing.\n"
      "function __corpusmill_at\n"
      "  set -l words (commandline -opc)[2..]\n"
      "  set -l exact 0\n"
      "  if test \"$argv[1]\" = -x\n"
      "    set exact 1\n"
      "    set -e argv[1]\n"
      "  end\n"
      "  test (count $words) -ge (count $argv); or return 1\n"
      "  for i in (seq (count $argv))\n"
      "    test \"$words[$i]\" = \"$argv[$i]\"; or return 1\n"
      "  end\n"
      "  test $exact -eq 0; or test (count $words) -eq (count $argv)\n"
      "end\n";
  for (const CLI::App* app : Nodes(root)) {
    const std::string path = CommandPath(*app);
    for (const CLI::App* command : Commands(*app)) {
      absl::StrAppend(&out, "complete -c corpusmill -f -n '__corpusmill_at -x",
                      path.empty() ? "" : " ", path, "' -a ", command->get_name(), " -d ",
                      FishQuoted(command->get_description()), "\n");
    }
    if (!Commands(*app).empty()) continue;
    for (const CLI::Option* option : Options(*app, false)) {
      for (const std::string& name : ShownNames(*option)) {
        absl::StrAppend(&out, "complete -c corpusmill -n '__corpusmill_at ", path, "' ",
                        name.starts_with("--") ? "-l " : "-s ",
                        name.substr(name.find_first_not_of('-')), " -d ",
                        FishQuoted(option->get_description()), "\n");
      }
    }
  }
  return out;
}

}  // namespace

std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : FullName(*app.get_parent()) + " " + app.get_name();
}

std::string CommandPath(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "";
  const std::string above = CommandPath(*app.get_parent());
  return above.empty() ? app.get_name() : above + " " + app.get_name();
}

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
          app.get_parent() == nullptr ? CommandPath(*command) : command->get_name();
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
  if (shell == "bash") return BashCompletion(root);
  if (shell == "zsh") {
    return "#compdef corpusmill\nautoload -Uz bashcompinit && bashcompinit\n" +
           BashCompletion(root);
  }
  return shell == "fish" ? FishCompletion(root) : "";
}

}  // namespace corpusmill
