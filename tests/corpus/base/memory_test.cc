#include "corpus/base/memory.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ParseByteSize, UnitsArePowersOf1024) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"0", 0},
      {"1", 1},
      {"4096", 4096},
      {"12b", 12},
      {"12B", 12},
      {"1K", 1024},
      {"1k", 1024},
      {"1KB", 1024},
      {"1kb", 1024},
      {"1KiB", 1024},
      {"64M", 64u << 20},
      {"64MiB", 64u << 20},
      {"2G", uint64_t{2} << 30},
      {"2g", uint64_t{2} << 30},
      {"1.5GiB", uint64_t{3} << 29},
      {"0.5K", 512},
      {".5K", 512},
      {"3T", uint64_t{3} << 40},
      {"007", 7},
      {"8388607T", uint64_t{8388607} << 40},
  };
  for (const auto& [text, bytes] : cases) {
    CM_ASSERT_OK_AND_ASSIGN(const uint64_t parsed, ParseByteSize(text));
    EXPECT_EQ(parsed, bytes) << text;
  }
}

TEST(ParseByteSize, AnythingElseIsAUsageErrorThatShowsTheText) {
  for (const std::string text : {"",
                                 " ",
                                 "G",
                                 "-1",
                                 "+1",
                                 "1 G",
                                 " 1G",
                                 "1G ",
                                 "1GG",
                                 "1KiBB",
                                 "1KI",
                                 "1iB",
                                 "1Bi",
                                 "1P",
                                 "1X",
                                 "0x10",
                                 "1e3",
                                 "1,5G",
                                 "inf",
                                 "nan",
                                 "infinity",
                                 "8388608T",
                                 "99999999999999999999",
                                 "1..5",
                                 "1.5.5",
                                 "K1",
                                 "--",
                                 "2G2",
                                 "1\n",
                                 "50%"}) {
    EXPECT_THAT(ParseByteSize(text),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("'" + text + "'")))
        << text;
  }
  EXPECT_FALSE(ParseByteSize(std::string(400, '9')).ok());
  EXPECT_FALSE(ParseByteSize(std::string("1\0G", 3)).ok());
}

TEST(ParseByteSize, PercentIsOfTheWhole) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"100%", 1000}, {"40%", 400}, {"0.1%", 1}, {"1M", 1 << 20}, {"12.55%", 125}};
  for (const auto& [text, bytes] : cases) {
    CM_ASSERT_OK_AND_ASSIGN(const uint64_t parsed, ParseByteSizeOrPercent(text, 1000));
    EXPECT_EQ(parsed, bytes) << text;
  }
  for (const char* bad :
       {"%", "0%", "-5%", "101%", "1e1%", "nan%", "5%%", "5 %", "%5", "5%M", "1K%", ""}) {
    EXPECT_FALSE(ParseByteSizeOrPercent(bad, 1000).ok()) << bad;
  }
}

TEST(FormatByteSize, IsExactBelow1024AndHasOneDigitAbove) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(1023), "1023 B");
  EXPECT_EQ(FormatByteSize(1024), "1.0 KiB");
  EXPECT_EQ(FormatByteSize(1536), "1.5 KiB");
  EXPECT_EQ(FormatByteSize((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatByteSize(uint64_t{5} << 40), "5.0 TiB");
  EXPECT_EQ(FormatByteSize(UINT64_MAX), "16.0 EiB");
}

TEST(MemoryBudget, CountsWhatIsTakenAndGivenBack) {
  MemoryBudget budget(1000);
  {
    CM_ASSERT_OK_AND_ASSIGN(MemoryLease a, budget.Take(600, "a"));
    CM_ASSERT_OK_AND_ASSIGN(MemoryLease b, budget.Take(400, "b"));
    EXPECT_EQ(budget.used_bytes(), 1000);
    EXPECT_EQ(budget.available_bytes(), 0);
    CM_EXPECT_OK(budget.Take(0, "nothing"));
    EXPECT_FALSE(budget.Take(1, "c").ok());
  }
  EXPECT_EQ(budget.used_bytes(), 0);
  EXPECT_EQ(budget.peak_bytes(), 1000);
}

TEST(MemoryBudget, ARefusalNamesThePurposeTheSizeAndAdvice) {
  MemoryBudget budget(2 << 20);
  CM_ASSERT_OK_AND_ASSIGN(MemoryLease lease, budget.Take(1 << 20, "first"));
  EXPECT_THAT(budget.Take((1 << 20) + 1, "the index"),
              Fails(absl::StatusCode::kResourceExhausted,
                    AllOf(HasSubstr("the index needs 1.0 MiB"), HasSubstr("2.0 MiB"),
                          HasSubstr("--memory"))));
  EXPECT_EQ(budget.used_bytes(), 1 << 20) << "a refusal takes nothing";
  EXPECT_FALSE(budget.Take(UINT64_MAX, "overflow").ok());
  EXPECT_FALSE(budget.Take(UINT64_MAX - (1 << 20) + 1, "overflow").ok());
}

TEST(MemoryLease, MovesWithoutTakingTwice) {
  MemoryBudget budget(100);
  CM_ASSERT_OK_AND_ASSIGN(MemoryLease a, budget.Take(60, "a"));
  MemoryLease b = std::move(a);
  EXPECT_EQ(a.bytes(), 0);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(b.bytes(), 60);
  EXPECT_EQ(budget.used_bytes(), 60);
  CM_ASSERT_OK_AND_ASSIGN(MemoryLease c, budget.Take(40, "c"));
  c = std::move(b);  // Gives the 40 back.
  EXPECT_EQ(budget.used_bytes(), 60);
  MemoryLease& self = c;
  c = std::move(self);
  EXPECT_EQ(c.bytes(), 60);
  c.Release();
  c.Release();
  EXPECT_EQ(budget.used_bytes(), 0);
}

TEST(MemoryLease, ResizeTakesGivesBackAndIsUnchangedByARefusal) {
  MemoryBudget budget(100);
  CM_ASSERT_OK_AND_ASSIGN(MemoryLease lease, budget.Take(10, "a"));
  CM_ASSERT_OK(lease.Resize(100, "a"));
  EXPECT_EQ(budget.used_bytes(), 100);
  EXPECT_FALSE(lease.Resize(101, "a").ok());
  EXPECT_EQ(lease.bytes(), 100);
  EXPECT_EQ(budget.used_bytes(), 100);
  CM_ASSERT_OK(lease.Resize(0, "a"));
  EXPECT_EQ(budget.used_bytes(), 0);
  CM_ASSERT_OK(lease.Resize(1, "a"));
  EXPECT_EQ(MemoryLease().Resize(1, "empty").code(), absl::StatusCode::kFailedPrecondition);
}

TEST(MemoryBudget, ThreadsNeverTakeMoreThanTheLimit) {
  MemoryBudget budget(1000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget, t] {
      for (int i = 0; i < 20'000; ++i) {
        absl::StatusOr<MemoryLease> lease =
            budget.Take(static_cast<uint64_t>(100 + (i * 37 + t) % 500), "part");
        if (lease.ok()) (void)lease->Resize(300, "part");
        EXPECT_LE(budget.used_bytes(), 1000);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.used_bytes(), 0);
  EXPECT_LE(budget.peak_bytes(), 1000);
  EXPECT_GT(budget.peak_bytes(), 0);
}

TEST(MemoryBudget, ABudgetWithinAnotherTakesWhatItsFreePartLacks) {
  MemoryBudget parent(100);
  MemoryBudget inner(parent, 10);
  EXPECT_EQ(inner.limit_bytes(), 100);
  EXPECT_EQ(inner.available_bytes(), 110);
  {
    CM_ASSERT_OK_AND_ASSIGN(MemoryLease small, inner.Take(10, "small"));
    EXPECT_EQ(parent.used_bytes(), 0);
    CM_ASSERT_OK_AND_ASSIGN(MemoryLease more, inner.Take(25, "more"));
    EXPECT_EQ(parent.used_bytes(), 25);
    EXPECT_EQ(inner.used_bytes(), 35);
    CM_ASSERT_OK(more.Resize(5, "more"));
    EXPECT_EQ(parent.used_bytes(), 5);
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease other, parent.Take(90, "others"));
    EXPECT_EQ(inner.available_bytes(), 5);
    EXPECT_THAT(more.Resize(20, "a window"),
                Fails(absl::StatusCode::kResourceExhausted,
                      AllOf(HasSubstr("a window needs 30 B"), HasSubstr("--memory 17M"))));
    EXPECT_EQ(more.bytes(), 5);
    EXPECT_EQ(inner.used_bytes(), 15);
    EXPECT_EQ(parent.used_bytes(), 95);
  }
  EXPECT_EQ(parent.used_bytes(), 0);
  EXPECT_EQ(inner.used_bytes(), 0);
  EXPECT_EQ(inner.peak_bytes(), 35);
}

TEST(MemoryBudget, AReservationIsThereWhenOthersTookTheRest) {
  MemoryBudget parent(100);
  MemoryBudget inner(parent, 10);
  {
    CM_ASSERT_OK_AND_ASSIGN(MemoryReservation reservation, inner.Reserve(60, "decoding"));
    EXPECT_EQ(parent.used_bytes(), 50);
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease rest, parent.Take(50, "others"));
    for (int i = 0; i < 3; ++i) {  // One decoder after another.
      CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease, inner.Take(60, "a window"));
      EXPECT_EQ(parent.used_bytes(), 100);
      EXPECT_FALSE(inner.Take(1, "too much").ok());
    }
    EXPECT_THAT(inner.Reserve(1, "another"),
                Fails(absl::StatusCode::kResourceExhausted, HasSubstr("another needs 61 B")));
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease half, inner.Take(30, "half"));
    MemoryReservation moved = std::move(reservation);
    moved.Release();
    EXPECT_EQ(parent.used_bytes(), 70);
    reservation.Release();  // Is empty.
  }
  EXPECT_EQ(parent.used_bytes(), 0);
}

TEST(MemoryFlagFor, LeavesTheLeastBudgetForTheRest) {
  EXPECT_EQ(MemoryFlagFor(0), "--memory 17M");
  EXPECT_EQ(MemoryFlagFor(128 << 20), "--memory 145M");
}

TEST(Memory, ReportsUsableAndPeakMemory) {
  EXPECT_GT(UsableMemoryBytes(), 16u << 20);
  EXPECT_GT(PeakRssBytes(), 1u << 20);
}

}  // namespace
}  // namespace corpusmill
