#include "corpus/io/file_lock.h"

#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "corpus/io/file_calls.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class FileLockTest : public testing::Test {
 protected:
  /// Whether the lock can be taken now.
  bool IsFree() {
    const auto lock = FileLock::Try(path_);
    CM_EXPECT_OK(lock);
    return lock->has_value();
  }

  const TestFolder folder_;
  const std::string path_ = folder_ / "a.lock";
};

TEST_F(FileLockTest, IsHeldByOneAtATimeAndEndsWithTheObject) {
  {
    CM_ASSERT_OK_AND_ASSIGN(auto lock, FileLock::Try(path_));
    ASSERT_TRUE(lock.has_value());
    EXPECT_FALSE(IsFree());
    const FileLock moved = *std::move(lock);
    lock.reset();
    EXPECT_FALSE(IsFree());
  }
  EXPECT_TRUE(IsFree());
  EXPECT_THAT(folder_.List(), ElementsAre("a.lock"));
}

TEST_F(FileLockTest, WaitTakesTheLockOnceItIsReleased) {
  const Context context;
  CM_ASSERT_OK_AND_ASSIGN(FileLock first, FileLock::Wait(path_, context));
  std::atomic<bool> released{false};
  std::thread second([&] {
    const auto lock = FileLock::Wait(path_, context);
    CM_EXPECT_OK(lock);
    EXPECT_TRUE(released);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  released = true;
  first.Release();
  second.join();
}

TEST_F(FileLockTest, WaitEndsWhenCancelled) {
  std::atomic<bool> cancelled{false};
  const Context context({.cancelled = &cancelled});
  CM_ASSERT_OK_AND_ASSIGN(const FileLock held, FileLock::Wait(path_, context));
  cancelled = true;
  EXPECT_EQ(FileLock::Wait(path_, context).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(FileLockTest, IsOfTheFileThatHasTheNameNow) {
  // The holder renames or removes the file while another process is about to lock it.
  class Renaming final : public FileCalls {
   public:
    explicit Renaming(std::string path) : path_(std::move(path)) {}
    int FLock(int fd, int operation) override {
      if (!std::exchange(renamed_, true)) fs::rename(path_, path_ + ".final");
      return FileCalls::FLock(fd, operation);
    }

   private:
    const std::string path_;
    bool renamed_ = false;
  };
  Renaming calls(path_);
  const ScopedFileCalls scope(&calls);
  CM_ASSERT_OK_AND_ASSIGN(const auto lock, FileLock::Try(path_));
  ASSERT_TRUE(lock.has_value());
  EXPECT_THAT(folder_.List(), ElementsAre("a.lock", "a.lock.final"));
  EXPECT_FALSE(IsFree());
}

TEST_F(FileLockTest, SaysWhichFileCannotBeLocked) {
  EXPECT_THAT(FileLock::Try(folder_ / "no/a.lock"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("no/a.lock: cannot create")));
  EXPECT_THAT(FileLock::Try(path_, FileLock::IfAbsent::kFail),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("a.lock: cannot open")));
  fs::create_symlink("elsewhere", path_);
  EXPECT_FALSE(FileLock::Try(path_).ok());
  EXPECT_THAT(folder_.List(), ElementsAre("a.lock"));
}

}  // namespace
}  // namespace corpusmill
