#include "cli/base/interruption.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "corpus/io/file.h"
#include "corpus/io/unfinished.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ExitedWithCode;

void RunFor(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

/// A program that a signal does not reach: it has written half of a file, and goes on for long.
void WorkOn(const std::string& path) {
  WatchForInterruption();
  SetInterruptedMessage([] { return std::string("corpusmill: interrupted"); });
  const auto file = CreateFile(path, {});
  if (!file.ok() || !(*file)->Write("half").ok()) std::exit(1);
  NoteInterruption();
  RunFor(std::chrono::minutes(1));
  std::exit(0);
}

TEST(InterruptionTest, EndsAProgramThatDoesNotLookAtTheFlag) {
  const TestFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EXIT(WorkOn(folder / "out"), ExitedWithCode(130), "corpusmill: interrupted");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_TRUE(folder.List().empty());
}

TEST(InterruptionTest, LeavesAProgramAloneThatEndsInTime) {
  EXPECT_EXIT(
      {
        WatchForInterruption();
        NoteInterruption();
        EndWatch();
        RunFor(std::chrono::milliseconds(700));
        std::exit(3);
      },
      ExitedWithCode(3), "");
}

TEST(UnfinishedTest, KnowsOnlyWhatIsUnfinished) {
  const TestFolder folder;
  EXPECT_EXIT(
      {
        const auto whole = CreateFile(folder / "whole", {});
        const auto half = CreateFile(folder / "half", {});
        const auto kept = CreateFile(folder / "kept", {.keep_part = true});
        if (!(*whole)->Close().ok()) std::exit(1);
        RemoveUnfinished();
        std::_Exit(0);
      },
      ExitedWithCode(0), "");
  EXPECT_EQ(folder.List(), (std::vector<std::string>{"kept.part", "whole"}));
}

}  // namespace
}  // namespace corpusmill
