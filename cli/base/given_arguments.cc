#include "cli/base/given_arguments.h"

#include "corpus/io/file.h"
#include "corpus/jobs/job_plan.h"

namespace corpusmill {
namespace {

/// Returns the value of an option; makes a path absolute.
std::string Portable(const CLI::Option& option, const std::string& value) {
  constexpr std::string_view kQuarantine = "quarantine=";
  if (value.starts_with(kQuarantine)) {
    return std::string(kQuarantine) + AbsolutePath(value.substr(kQuarantine.size()));
  }
  const std::string type = option.get_type_name();
  const bool is_path = option.get_positional() || type == "FILE" || type == "PATH" || type == "DIR";
  return is_path && value != kStandardStream ? AbsolutePath(value) : value;
}

}  // namespace

std::vector<std::string> GivenArguments(const CLI::App& app,
                                        const std::set<std::string>& left_out) {
  std::vector<std::string> flags, positional;
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || option->get_group() != "Options" || left_out.contains(name)) {
      continue;
    }
    for (const std::string& value : option->results()) {
      if (option->get_positional()) {
        positional.push_back(Portable(*option, value));
      } else {
        flags.push_back(name + "=" + Portable(*option, value));
      }
    }
  }
  flags.insert(flags.end(), positional.begin(), positional.end());
  return flags;
}

std::vector<std::string> WithArguments(const std::vector<std::string>& earlier,
                                       const std::vector<std::string>& given) {
  const auto name_of = [](const std::string& argument) {
    return argument.starts_with("-") ? argument.substr(0, argument.find('=')) : "";
  };
  std::set<std::string> names;
  for (const std::string& argument : given) names.insert(name_of(argument));
  std::vector<std::string> all = given;
  for (const std::string& argument : earlier) {
    const std::string name = name_of(argument);
    if (name.empty() || !names.contains(name)) all.push_back(argument);
  }
  return all;
}

}  // namespace corpusmill
