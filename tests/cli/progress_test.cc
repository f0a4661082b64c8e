#include <chrono>
#include <sstream>
#include <string>
#include <thread>

#include "cli/base/summary.h"
#include "cli/base/terminal_reporter.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr uint64_t kMiB = 1 << 20;

TEST(ProgressTest, ALineSaysWhatIsDoneAndWhatIsLeft) {
  EXPECT_EQ(
      ProgressLine(
          "corpusmill shuffle",
          {.name = "reading", .done_bytes = 229 * kMiB, .total_bytes = 20'000 * kMiB, .seconds = 4},
          96 * kMiB, 200),
      "corpusmill shuffle: reading 1 %, 5m45s left, 57.2 MiB/s, 229 of 20,000 MiB, 96.0 MiB "
      "memory");
}

TEST(ProgressTest, ALineFitsTheTerminal) {
  for (size_t columns = 1; columns < 150; ++columns) {
    for (const uint64_t total : {uint64_t{0}, 5'000 * kMiB, UINT64_MAX}) {
      for (const uint64_t done : {uint64_t{0}, 4'000 * kMiB, UINT64_MAX / 2}) {
        const std::string line = ProgressLine("corpusmill tokenizer re-estimate",
                                              {.name = "making the n-gram model",
                                               .done_bytes = done,
                                               .total_bytes = total,
                                               .seconds = 100'000},
                                              3'000 * kMiB, columns);
        EXPECT_LE(line.size(), columns) << line;
        EXPECT_FALSE(line.ends_with(",") || line.ends_with(" ")) << line;
      }
    }
  }
}

TEST(ProgressTest, NeverMoreThanTheTotal) {
  const std::string line = ProgressLine(
      "corpusmill",
      {.name = "reading", .done_bytes = 229 * kMiB, .total_bytes = 165 * kMiB, .seconds = 1}, kMiB,
      200);
  EXPECT_THAT(line, HasSubstr("100 %"));
  EXPECT_THAT(line, Not(HasSubstr("of 165")));
}

TEST(ProgressTest, AFewColumnsShowAPhaseThatCountsNothing) {
  std::ostringstream out;
  {
    TerminalReporter reporter(out, {.prefix = "corpusmill tokenizer train",
                                    .show_progress = true,
                                    .columns = [] { return 60; }});
    reporter.StartPhase("pruning", 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    reporter.EndPhase();
    reporter.Log(LogLevel::kInfo, "done");
  }
  EXPECT_THAT(out.str(), HasSubstr("\rcorpusmill tokenizer train: pruning 0s"));
  EXPECT_THAT(out.str(), testing::EndsWith("\r\x1b[Kcorpusmill tokenizer train: done\n"));
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line, '\r');) {
    EXPECT_LT(line.substr(0, line.find('\x1b')).size(), 60u) << line;
  }
}

TEST(SummaryTest, IsASmallTable) {
  Summary summary;
  summary.Add("inputs", uint64_t{1});
  summary.Add("records", uint64_t{1'234'567});
  summary.Add("record_bytes", uint64_t{255'328'256});
  summary.Add("seed", std::string("a\nb"));
  summary.Add("passes", uint64_t{1});
  summary.Add("dropped_pieces", uint64_t{0});
  summary.Add("reading_seconds", 0.5);
  summary.Add("reading_mb_per_second", 512.0);
  summary.Add("bytes_per_token", 4.25);
  summary.Add("seconds", 1.239);
  summary.Add("peak_memory_bytes", 96 * kMiB);
  EXPECT_EQ(summary.ToTable(),
            "done in 1.24 s\n"
            "          1  input\n"
            "  1,234,567  records\n"
            "  243.5 MiB  of records\n"
            "       seed  \"a\\nb\"\n"
            "          1  pass\n"
            "          0  dropped pieces\n"
            "     0.50 s  reading\n"
            "   512 MB/s  reading\n"
            "      4.250  bytes per token\n"
            "   96.0 MiB  of memory at most");
}

TEST(SummaryTest, Plurals) {
  EXPECT_EQ(Counted(0, "shards"), "0 shards");
  EXPECT_EQ(Counted(1, "shards"), "1 shard");
  EXPECT_EQ(Counted(1, "passes"), "1 pass");
  EXPECT_EQ(Counted(1, "entries"), "1 entry");
  EXPECT_EQ(Counted(1, "prefixes"), "1 prefix");
  EXPECT_EQ(Counted(1, "input bytes"), "1 input byte");
  EXPECT_EQ(Counted(2'000, "shards"), "2,000 shards");
}

}  // namespace
}  // namespace corpusmill
