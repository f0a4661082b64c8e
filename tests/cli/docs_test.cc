#include <sstream>

#include "cli/run.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

TEST(DocsTest, CliPageIsWhatTheProgramSays) {
  std::ostringstream out, err;
  ASSERT_EQ(::corpusmill::Run({"docs"}, out, err), 0);
  EXPECT_EQ(out.str(), ReadFile("docs/cli.md"))
      << "make it again: bazel run //cli:corpusmill -- docs > docs/cli.md";
}

TEST(DocsTest, EveryCommandShowsItsExamplesFirst) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"jsonl"},
                                             {"shuffle"},
                                             {"tokenizer", "train"},
                                             {"tokenizer", "from-words"},
                                             {"tokenizer", "prune"},
                                             {"tokenizer", "re-estimate"},
                                             {"tokenizer", "merge"},
                                             {"tokenizer", "encode"},
                                             {"tokenizer", "decode"},
                                             {"tokenizer", "info"},
                                             {"tokenizer", "compare"},
                                             {"tokenizer", "audit"},
                                             {"tokenizer", "convert"},
                                             {"prepare"},
                                             {"shards", "info"},
                                             {"shards", "head"},
                                             {"shards", "verify"}}) {
    std::vector<std::string> args = command;
    args.push_back("--help");
    std::ostringstream out, err;
    EXPECT_EQ(::corpusmill::Run(args, out, err), 0);
    const std::string help = out.str();
    EXPECT_NE(help.find("Examples:"), std::string::npos) << help;
    EXPECT_LT(help.find("Examples:"), help.find("Usage:")) << help;
    EXPECT_NE(help.find("--memory SIZE"), std::string::npos) << help;
    EXPECT_EQ(err.str(), "");
  }
}

}  // namespace
}  // namespace corpusmill
