#include "corpus/io/io_queue.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <vector>

#include "corpus/base/status.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

TEST(IoQueue, RunsTasksInOrderBesideTheCaller) {
  std::vector<int> done;
  const std::thread::id caller = std::this_thread::get_id();
  IoQueue queue;
  CM_EXPECT_OK(queue.Wait());
  for (int i = 0; i < 1000; ++i) {
    queue.Submit([&, i] {
      EXPECT_NE(std::this_thread::get_id(), caller);
      done.push_back(i);
      return absl::OkStatus();
    });
  }
  CM_EXPECT_OK(queue.Wait());
  ASSERT_EQ(done.size(), 1000);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(done[i], i);
}

TEST(IoQueue, WaitCanLeaveTheLastTasksPending) {
  std::atomic<int> done{0};
  std::atomic<bool> go_on{false};
  IoQueue queue;
  for (int i = 0; i < 3; ++i) {
    queue.Submit([&] {
      ++done;
      return absl::OkStatus();
    });
  }
  queue.Submit([&] {
    while (!go_on) usleep(100);
    ++done;
    return absl::OkStatus();
  });
  CM_EXPECT_OK(queue.Wait(1));
  EXPECT_EQ(done, 3);
  go_on = true;
  CM_EXPECT_OK(queue.Wait());
  EXPECT_EQ(done, 4);
}

TEST(IoQueue, TheFirstErrorStaysAndLaterTasksAreSkipped) {
  std::atomic<int> done{0};
  IoQueue queue;
  const auto task = [&](absl::Status status) {
    return [&done, status] {
      ++done;
      return status;
    };
  };
  queue.Submit(task(absl::OkStatus()));
  queue.Submit(task(DataError("first")));
  queue.Submit(task(IoError("x", "second")));
  EXPECT_THAT(queue.Wait(), Fails(absl::StatusCode::kDataLoss, "first"));
  EXPECT_EQ(done, 2);
  queue.Submit(task(absl::OkStatus()));
  EXPECT_THAT(queue.Wait(), Fails(absl::StatusCode::kDataLoss, "first"));
  EXPECT_THAT(queue.status(), Fails(absl::StatusCode::kDataLoss, "first"));
  EXPECT_EQ(done, 2);
}

TEST(IoQueue, AnExceptionBecomesAStatus) {
  IoQueue memory, other;
  memory.Submit([]() -> absl::Status { throw std::bad_alloc(); });
  other.Submit([]() -> absl::Status { throw std::runtime_error("broken"); });
  EXPECT_EQ(memory.Wait().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(other.Wait(), Fails(absl::StatusCode::kInternal, "broken"));
}

TEST(IoQueue, DestructionWaitsForTheRunningTaskAndDropsTheRest) {
  std::atomic<bool> started{false}, finished{false}, dropped{true};
  {
    IoQueue queue;
    queue.Submit([&] {
      started = true;
      usleep(20'000);
      finished = true;
      return absl::OkStatus();
    });
    queue.Submit([&] {
      dropped = false;
      return absl::OkStatus();
    });
    while (!started) usleep(100);
  }
  EXPECT_TRUE(finished);
  EXPECT_TRUE(dropped);
}

TEST(IoQueue, TheThreadTakesNoSignalsAndTheCallersMaskStays) {
  sigset_t before, after, inside;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  IoQueue queue;
  queue.Submit([&] {
    pthread_sigmask(SIG_SETMASK, nullptr, &inside);
    return absl::OkStatus();
  });
  CM_EXPECT_OK(queue.Wait());
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int signal : {SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGXFSZ}) {
    EXPECT_EQ(sigismember(&inside, signal), 1) << signal;
    EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal)) << signal;
  }
}

}  // namespace
}  // namespace corpusmill
