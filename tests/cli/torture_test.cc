// A short pass of scripts/torture: each kind once with some of the commands, on small inputs.

#include <cstdlib>
#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

TEST(TortureTest, AShortPassFindsNothing) {
  if (std::system("python3 -c ''") != 0) GTEST_SKIP() << "python3 is not installed";
  const TestFolder folder;
  const std::string table = folder / "table";
  const int result = std::system(
      ("(python3 scripts/torture --small --seconds 0 --only shards --program cli/corpusmill kills "
       "signals disk && python3 scripts/torture --small --seconds 0 --only manifest --program "
       "cli/corpusmill flips) >'" +
       table + "' 2>&1")
          .c_str());
  EXPECT_EQ(result, 0) << ReadFile(table);
  // Every kind has rows, so that none can be left out.
  for (const std::string kind : {"kills", "signals", "flips", "disk"}) {
    EXPECT_THAT(ReadFile(table), testing::HasSubstr("\n" + kind)) << kind;
  }
}

}  // namespace
}  // namespace corpusmill
