#include "corpus/records/pattern.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class PatternTest : public testing::Test {
 protected:
  PatternTest() {
    for (const char* const name :
         {"a.txt", "b.txt", "c.md", ".h.txt", "d/a.txt", "d/e/a.txt", "d/e/f/b.txt", "d/.g/a.txt",
          "x[1].txt", "w{a,b}.txt", "s*r.txt"}) {
      folder_.Write(name, "");
    }
    fs::create_directory_symlink(folder_ / "d", folder_ / "link");
  }

  /// The matches below the folder of the test, or the message of the error.
  std::vector<std::string> Expand(const std::string& pattern) {
    const auto paths = ExpandPattern(folder_ / pattern);
    if (!paths.ok()) return {std::string(paths.status().message())};
    std::vector<std::string> names;
    for (const std::string& path : *paths) {
      names.push_back(fs::path(path).lexically_relative(folder_.path()).string());
    }
    return names;
  }

  const TestFolder folder_;
};

TEST_F(PatternTest, StarsAndSetsWithinAName) {
  EXPECT_THAT(Expand("?.txt"), UnorderedElementsAre("a.txt", "b.txt"));
  EXPECT_THAT(Expand("[!a].*"), UnorderedElementsAre("b.txt", "c.md"));
  EXPECT_THAT(Expand("*/a.txt"), UnorderedElementsAre("d/a.txt", "link/a.txt"));
  EXPECT_THAT(Expand(".*.txt"), UnorderedElementsAre(".h.txt"));
  EXPECT_THAT(Expand("z*"), IsEmpty());
}

TEST_F(PatternTest, TwoStarsMatchAnyDepthWithoutLinksAndHiddenFolders) {
  EXPECT_THAT(Expand("**/a.txt"), UnorderedElementsAre("a.txt", "d/a.txt", "d/e/a.txt"));
  EXPECT_THAT(Expand("d/**/*.txt"), UnorderedElementsAre("d/a.txt", "d/e/a.txt", "d/e/f/b.txt"));
  EXPECT_THAT(Expand("d/**"), UnorderedElementsAre("d/a.txt", "d/e/a.txt", "d/e/f/b.txt"));
  EXPECT_THAT(Expand("**/e/**/b.txt"), UnorderedElementsAre("d/e/f/b.txt"));
}

TEST_F(PatternTest, BracesStandForTheirAlternatives) {
  EXPECT_THAT(Expand("{a,b}.txt"), UnorderedElementsAre("a.txt", "b.txt"));
  EXPECT_THAT(Expand("{{a,b}.txt,*.md}"), UnorderedElementsAre("a.txt", "b.txt", "c.md"));
  EXPECT_THAT(Expand("{a,a,?}.txt"), UnorderedElementsAre("a.txt", "b.txt")) << "each once";
  EXPECT_THAT(Expand("{d,d/e}/a.txt"), UnorderedElementsAre("d/a.txt", "d/e/a.txt"));
  EXPECT_THAT(Expand("{a,missing}.txt"),
              UnorderedElementsAre(HasSubstr("missing.txt: cannot open")));
  EXPECT_THAT(Expand("{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}a.txt"),
              UnorderedElementsAre(HasSubstr("100000 alternatives")));
}

TEST_F(PatternTest, BackslashesTakeTheMeaningAway) {
  EXPECT_THAT(Expand("x\\[1\\].???"), UnorderedElementsAre("x[1].txt"));
  EXPECT_THAT(Expand("w\\{a,b\\}.*"), UnorderedElementsAre("w{a,b}.txt"));
  EXPECT_THAT(Expand("s\\**"), UnorderedElementsAre("s*r.txt"));
}

TEST(IsPattern, KnowsPatternsFromNames) {
  for (const char* const path : {"*", "a/?", "[a]", "{a,b}", "x{a,{b,c}}"}) {
    EXPECT_TRUE(IsPattern(path)) << path;
  }
  for (const char* const path : {"a", "{a}", "{a,b", "a}", "\\*", "\\{a,b}"}) {
    EXPECT_FALSE(IsPattern(path)) << path;
  }
}

}  // namespace
}  // namespace corpusmill
