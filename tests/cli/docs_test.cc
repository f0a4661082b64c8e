#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "cli/commands/command_table.h"
#include "cli/run.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

std::string Output(std::vector<std::string> args) {
  std::ostringstream out, err;
  EXPECT_EQ(::corpusmill::Run(args, out, err), 0) << err.str();
  EXPECT_EQ(err.str(), "");
  return out.str();
}

TEST(DocsTest, CliPageIsWhatTheProgramSays) {
  EXPECT_EQ(Output({"docs"}), ReadFile("docs/cli.md"))
      << "make it again: bazel run //cli:corpusmill -- docs > docs/cli.md";
}

TEST(DocsTest, EveryCommandIsInTheCliPageAndShowsItsExamplesFirst) {
  const std::string page = ReadFile("docs/cli.md");
  for (const CommandFactory make : AllCommands().commands) {
    const std::unique_ptr<Command> command = make();
    const CommandInfo& info = command->info();
    const std::string path(info.path);
    std::vector<std::string> args = absl::StrSplit(path, ' ');
    args.push_back("--help");
    const std::string help = Output(args);
    EXPECT_THAT(page, HasSubstr("\n## corpusmill " + path + "\n\n```\n" + help + "```\n"));
    EXPECT_FALSE(info.summary.empty() || info.examples.empty()) << path;
    ASSERT_NE(help.find("\n\nExamples:\n  "), std::string::npos) << help;
    EXPECT_LT(help.find("\n\nExamples:\n  "), help.find("\nUsage: ")) << help;
    EXPECT_EQ(help.find("--memory SIZE") != std::string::npos, info.common_flags) << help;
  }
}

TEST(DocsTest, EveryFamilyIsInTheTable) {
  for (const CommandFactory make : AllCommands().commands) {
    const std::unique_ptr<Command> command = make();
    std::string family(command->info().path);
    while (family.find(' ') != std::string::npos) {
      family.resize(family.rfind(' '));
      const auto is_it = [&](const CommandFamily& f) { return f.path == family; };
      EXPECT_TRUE(std::ranges::any_of(AllCommands().families, is_it)) << family;
    }
  }
}

}  // namespace
}  // namespace corpusmill
