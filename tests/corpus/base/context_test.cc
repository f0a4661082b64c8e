#include "corpus/base/context.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ContextWithThreads : public testing::TestWithParam<int> {
 protected:
  std::atomic<bool> cancelled_{false};
  Context context_{{.threads = GetParam(), .cancelled = &cancelled_}};
};

INSTANTIATE_TEST_SUITE_P(Threads, ContextWithThreads, testing::Values(1, 2, 4));

TEST_P(ContextWithThreads, ParallelForCoversEveryIndexOnce) {
  for (const size_t count : {0, 1, 7, 100, 1000}) {
    for (const size_t grain :
         {size_t{0}, size_t{1}, size_t{3}, size_t{100}, size_t{5000}, SIZE_MAX, SIZE_MAX - 1}) {
      std::vector<std::atomic<int>> hits(count);
      CM_ASSERT_OK(context_.ParallelFor(count, grain, [&](size_t begin, size_t end) {
        EXPECT_LT(begin, end);
        EXPECT_LE(end - begin, std::max<size_t>(grain, 1));
        for (size_t i = begin; i < end; ++i) ++hits.at(i);
        return absl::OkStatus();
      }));
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(hits[i], 1) << i << " of " << count << " by " << grain;
      }
    }
  }
}

TEST_P(ContextWithThreads, ParallelForReturnsTheErrorOfTheLowestFailedPart) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<size_t> lowest{1000};
    const absl::Status status = context_.ParallelFor(100, 1, [&](size_t i, size_t) {
      if (i % 10 != 7) return absl::OkStatus();
      size_t seen = lowest;
      while (i < seen && !lowest.compare_exchange_weak(seen, i)) {
      }
      return DataError(std::to_string(i));
    });
    EXPECT_THAT(status, Fails(absl::StatusCode::kDataLoss, std::to_string(lowest)));
  }
}

TEST(Context, ParallelForPrefersTheErrorOfTheLowerPartWhicheverComesFirst) {
  Context context({.threads = 2});
  if (context.threads() < 2) GTEST_SKIP() << "only one CPU";
  for (const size_t quick : {size_t{0}, size_t{1}}) {
    std::atomic<int> begun{0};
    std::atomic<bool> together{true};
    const absl::Status status = context.ParallelFor(2, 1, [&](size_t part, size_t) {
      ++begun;
      for (int i = 0; begun < 2 && i < 5000; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      if (begun < 2) together = false;
      if (part != quick) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return DataError(std::to_string(part));
    });
    if (!together) GTEST_SKIP() << "the parts did not run side by side";
    EXPECT_THAT(status, Fails(absl::StatusCode::kDataLoss, std::string("0")));
  }
}

TEST_P(ContextWithThreads, ParallelForBeginsNoPartAfterAnError) {
  std::atomic<int> ran{0};
  EXPECT_FALSE(context_
                   .ParallelFor(1000, 1,
                                [&](size_t, size_t) {
                                  ++ran;
                                  return DataError("first");
                                })
                   .ok());
  EXPECT_LE(ran, GetParam()) << "but those that other threads had begun";
}

TEST_P(ContextWithThreads, ParallelForStopsWhenCancelled) {
  std::atomic<size_t> ran{0};
  const absl::Status status = context_.ParallelFor(100'000, 1, [&](size_t, size_t) {
    if (++ran == 10) cancelled_ = true;
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_LT(ran, 100u);
  EXPECT_EQ(context_.CheckCancelled().code(), absl::StatusCode::kCancelled);
}

TEST_P(ContextWithThreads, ExceptionsBecomeStatuses) {
  const auto fail_with = [&](const auto& exception) {
    return context_.ParallelFor(10, 1, [&](size_t i, size_t) -> absl::Status {
      if (i == 3) throw exception;
      return absl::OkStatus();
    });
  };
  EXPECT_THAT(fail_with(std::bad_alloc()),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("memory")));
  EXPECT_THAT(fail_with(std::runtime_error("boom")),
              Fails(absl::StatusCode::kInternal, HasSubstr("boom")));
  EXPECT_EQ(fail_with(42).code(), absl::StatusCode::kInternal);
}

TEST_P(ContextWithThreads, ParallelForMayBeNested) {
  std::atomic<size_t> sum{0};
  CM_ASSERT_OK(context_.ParallelFor(20, 1, [&](size_t, size_t) {
    return context_.ParallelFor(50, 7, [&](size_t begin, size_t end) {
      sum += end - begin;
      return absl::OkStatus();
    });
  }));
  EXPECT_EQ(sum, 1000);
}

TEST_P(ContextWithThreads, SeveralThreadsMayUseOneContext) {
  std::atomic<size_t> sum{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        CM_EXPECT_OK(context_.ParallelFor(10, 1, [&](size_t, size_t) {
          ++sum;
          return absl::OkStatus();
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 4 * 50 * 10);
}

/// An item that counts how many there are.
struct Item {
  explicit Item(int n) : number(n) {
    const int now = ++alive;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
  }
  ~Item() { --alive; }
  int number;
  int transformed = -1;
  static inline std::atomic<int> alive{0};
  static inline std::atomic<int> most{0};
};

/// A pipeline of `count` items whose stages call `at(stage, number)` first.
absl::Status RunPipeline(Context& context, size_t max_in_flight, int count,
                         std::vector<int>* consumed,
                         const std::function<absl::Status(char stage, int number)>& at) {
  Item::most = 0;
  int next = 0;
  return context.OrderedPipeline<Item>(
      max_in_flight,
      [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
        CM_RETURN_IF_ERROR(at('p', next));
        if (next == count) return nullptr;
        return std::make_unique<Item>(next++);
      },
      [&](Item& item) {
        item.transformed = item.number;
        return at('t', item.number);
      },
      [&](Item& item) -> absl::Status {
        CM_RETURN_IF_ERROR(at('c', item.number));
        EXPECT_EQ(item.transformed, item.number);
        consumed->push_back(item.number);
        return absl::OkStatus();
      });
}

absl::Status Nothing(char, int) { return absl::OkStatus(); }

std::vector<int> UpTo(int count) {
  std::vector<int> numbers(count);
  for (int i = 0; i < count; ++i) numbers[i] = i;
  return numbers;
}

TEST_P(ContextWithThreads, PipelineConsumesInTheOrderOfProduction) {
  for (const int count : {0, 1, 500}) {
    std::vector<int> consumed;
    CM_ASSERT_OK(RunPipeline(context_, 0, count, &consumed, [](char stage, int number) {
      if (stage == 't' && number % 7 == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
      return absl::OkStatus();
    }));
    EXPECT_EQ(consumed, UpTo(count));
    EXPECT_EQ(Item::alive, 0);
  }
}

TEST_P(ContextWithThreads, PipelineHoldsNoMoreItemsThanAllowed) {
  for (const size_t bound : {1, 2, 5}) {
    std::vector<int> consumed;
    CM_ASSERT_OK(RunPipeline(context_, bound, 200, &consumed, Nothing));
    EXPECT_LE(Item::most, static_cast<int>(bound));
    EXPECT_EQ(consumed.size(), 200);
  }
  std::vector<int> consumed;
  CM_ASSERT_OK(RunPipeline(context_, 0, 200, &consumed, Nothing));
  EXPECT_LE(Item::most, 2 * GetParam());
}

TEST_P(ContextWithThreads, AnErrorInAnyStageStopsThePipeline) {
  for (const char bad_stage : {'p', 't', 'c'}) {
    std::vector<int> consumed;
    std::atomic<int> produced{0};
    const absl::Status status =
        RunPipeline(context_, 4, 100'000, &consumed, [&](char stage, int number) -> absl::Status {
          if (stage == 'p') ++produced;
          if (stage == bad_stage && number == 20) return DataError(std::string(1, stage));
          return absl::OkStatus();
        });
    EXPECT_THAT(status, Fails(absl::StatusCode::kDataLoss, std::string(1, bad_stage)));
    EXPECT_LE(consumed.size(), 20u);
    EXPECT_EQ(consumed, UpTo(static_cast<int>(consumed.size()))) << "no gap before the error";
    EXPECT_LE(produced, 20 + 6);
    EXPECT_EQ(Item::alive, 0);
  }
}

TEST_P(ContextWithThreads, ExceptionsInPipelinesBecomeStatuses) {
  for (const char bad_stage : {'p', 't', 'c'}) {
    std::vector<int> consumed;
    const absl::Status status =
        RunPipeline(context_, 4, 100, &consumed, [&](char stage, int number) -> absl::Status {
          if (stage == bad_stage && number == 5) throw std::runtime_error("boom");
          return absl::OkStatus();
        });
    EXPECT_THAT(status, Fails(absl::StatusCode::kInternal, HasSubstr("boom")));
    EXPECT_EQ(Item::alive, 0);
  }
}

TEST_P(ContextWithThreads, PipelineStopsWhenCancelled) {
  std::vector<int> consumed;
  const absl::Status status =
      RunPipeline(context_, 0, 1'000'000, &consumed, [&](char stage, int number) {
        if (stage == 'c' && number == 10) cancelled_ = true;
        return absl::OkStatus();
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_LT(consumed.size(), 100u);
}

TEST_P(ContextWithThreads, EveryStageMayCallParallelFor) {
  // As when zstd frames are decoded while producing, and compressed while consuming.
  std::vector<int> consumed;
  std::atomic<size_t> sum{0};
  CM_ASSERT_OK(RunPipeline(context_, 0, 300, &consumed, [&](char, int) {
    return context_.ParallelFor(8, 1, [&](size_t, size_t) {
      ++sum;
      return absl::OkStatus();
    });
  }));
  EXPECT_EQ(consumed, UpTo(300));
  EXPECT_EQ(sum, 8 * (301 + 300 + 300));
}

TEST(Context, DefaultsAndLimits) {
  const Context context;
  EXPECT_GE(context.threads(), 1);
  Context tiny({.memory_limit_bytes = 1});
  EXPECT_EQ(tiny.memory().limit_bytes(), MemoryBudget::kMinimumBytes);
  CM_EXPECT_OK(tiny.CheckCancelled());
  EXPECT_EQ(Context({.threads = 1000}).threads(), context.threads()) << "no more than CPUs";
  tiny.reporter().Log(LogLevel::kInfo, "into the void");
}

TEST(Context, TempDirIsTheOptionElseTmpdirElseBesideTheOutput) {
  setenv("TMPDIR", "/from/environment", 1);
  const Context given({.temp_dirs = {"/given", "/too"}});
  EXPECT_EQ(given.TempDirFor("a/b"), "/given");
  EXPECT_THAT(given.TempDirsFor("a/b"), ElementsAre("/given", "/too"));
  EXPECT_EQ(Context().TempDirFor("a/b"), "/from/environment");
  setenv("TMPDIR", "", 1);
  EXPECT_EQ(Context().TempDirFor("a/b"), "a");
  unsetenv("TMPDIR");
  EXPECT_EQ(Context().TempDirFor("a/b/c.out"), "a/b");
  EXPECT_EQ(Context().TempDirFor("c.out"), ".");
  EXPECT_EQ(Context().TempDirFor("/c.out"), "/");
  EXPECT_EQ(Context().TempDirFor("-"), ".");
  EXPECT_THAT(Context().TempDirsFor(""), ElementsAre("."));
}

}  // namespace
}  // namespace corpusmill
