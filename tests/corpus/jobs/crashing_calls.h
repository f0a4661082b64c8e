#ifndef CORPUSMILL_TESTS_CORPUS_JOBS_CRASHING_CALLS_H_
#define CORPUSMILL_TESTS_CORPUS_JOBS_CRASHING_CALLS_H_

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "corpus/io/file_calls.h"

namespace corpusmill {

/// Simulates a crash or a temporary disk failure. kKilled: calls have no effect from the `at`-th
/// on. kOneFails: only that call fails. Read-only calls fail, and count, only in the second mode.
/// Never syncs, which takes long: the system keeps running and keeps the written bytes.
class CrashingCalls final : public FileCalls {
 public:
  static constexpr int64_t kNever = int64_t{1} << 60;
  enum class Mode { kKilled, kOneFails };

  explicit CrashingCalls(int64_t at = kNever, Mode mode = Mode::kKilled) : at_(at), mode_(mode) {}
  int64_t calls() const { return calls_; }

  int Open(const char* path, int flags, mode_t mode) override {
    return Fails() ? -1 : FileCalls::Open(path, flags, mode);
  }
  ssize_t Read(int fd, void* buffer, size_t size) override {
    return LookFails() ? -1 : FileCalls::Read(fd, buffer, size);
  }
  ssize_t Write(int fd, const void* bytes, size_t size) override {
    return Fails() ? -1 : FileCalls::Write(fd, bytes, size);
  }
  ssize_t PRead(int fd, void* buffer, size_t size, off_t offset) override {
    return LookFails() ? -1 : FileCalls::PRead(fd, buffer, size, offset);
  }
  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    return Fails() ? -1 : FileCalls::PWriteV(fd, parts, count, offset);
  }
  int FSync(int) override { return Fails() ? -1 : 0; }
  int FDataSync(int) override { return Fails() ? -1 : 0; }
  int FTruncate(int fd, off_t size) override {
    return Fails() ? -1 : FileCalls::FTruncate(fd, size);
  }
  int FAllocate(int fd, int mode, off_t offset, off_t size) override {
    return Fails() ? -1 : FileCalls::FAllocate(fd, mode, offset, size);
  }
  int FLock(int fd, int operation) override {
    return LookFails() ? -1 : FileCalls::FLock(fd, operation);
  }
  int Stat(const char* path, struct stat* info) override {
    return LookFails() ? -1 : FileCalls::Stat(path, info);
  }
  int LStat(const char* path, struct stat* info) override {
    return LookFails() ? -1 : FileCalls::LStat(path, info);
  }
  int MkDir(const char* path, mode_t mode) override {
    return Fails() ? -1 : FileCalls::MkDir(path, mode);
  }
  DIR* OpenDir(const char* path) override {
    return LookFails() ? nullptr : FileCalls::OpenDir(path);
  }
  int Rename(const char* from, const char* to) override {
    return Fails() ? -1 : FileCalls::Rename(from, to);
  }
  int Unlink(const char* path) override { return Fails() ? -1 : FileCalls::Unlink(path); }

 private:
  bool Fails() {
    const int64_t call = calls_++;
    if (mode_ == Mode::kKilled ? call < at_ : call != at_) return false;
    errno = EIO;
    return true;
  }

  bool LookFails() { return mode_ == Mode::kOneFails && Fails(); }

  const int64_t at_;
  const Mode mode_;
  std::atomic<int64_t> calls_{0};
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_CORPUS_JOBS_CRASHING_CALLS_H_
