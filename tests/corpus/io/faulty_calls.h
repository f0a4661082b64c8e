#ifndef CORPUSMILL_TESTS_CORPUS_IO_FAULTY_CALLS_H_
#define CORPUSMILL_TESTS_CORPUS_IO_FAULTY_CALLS_H_

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "corpus/io/file_calls.h"

namespace corpusmill {

/// Makes one call fail: call number `at` of all calls, if its kind can fail.
///
///   for (int at = 0;; ++at) {
///     FaultyCalls calls(at, EIO);
///     { const ScopedFileCalls scope(&calls); status = Work(); }
///     if (calls.culprit().empty()) break;  // Every call has had its turn.
///   }
class FaultyCalls final : public FileCalls {
 public:
  static constexpr int kShort = -1;
  /// `fault` is an errno, or kShort: half of the requested bytes.
  FaultyCalls(int at, int fault) : at_(at), fault_(fault) {}

  int Open(const char* path, int flags, mode_t mode) override {
    return Fails("open") ? -1 : FileCalls::Open(path, flags, mode);
  }
  int MakeTemporary(char* path) override {
    return Fails("open") ? -1 : FileCalls::MakeTemporary(path);
  }
  ssize_t Read(int fd, void* buffer, size_t size) override {
    return Fails("read") ? -1 : FileCalls::Read(fd, buffer, Length(size));
  }
  ssize_t PRead(int fd, void* buffer, size_t size, off_t offset) override {
    return Fails("read") ? -1 : FileCalls::PRead(fd, buffer, Length(size), offset);
  }
  ssize_t PWriteV(int fd, const iovec* parts, int, off_t offset) override {
    if (Fails("write")) return -1;
    iovec part = parts[0];
    part.iov_len = Length(part.iov_len);
    return FileCalls::PWriteV(fd, &part, 1, offset);
  }
  int FSync(int fd) override { return Fails("fsync") ? -1 : FileCalls::FSync(fd); }
  int FDataSync(int fd) override { return Fails("fsync") ? -1 : FileCalls::FDataSync(fd); }
  int SyncFileRange(int fd, off_t offset, off_t size, unsigned flags) override {
    return Fails("write-back") ? -1 : FileCalls::SyncFileRange(fd, offset, size, flags);
  }
  int FTruncate(int fd, off_t size) override {
    return Fails("truncate") ? -1 : FileCalls::FTruncate(fd, size);
  }
  int FStat(int fd, struct stat* info) override {
    return Fails("stat") ? -1 : FileCalls::FStat(fd, info);
  }
  int FLock(int fd, int operation) override {
    return Fails("lock") ? -1 : FileCalls::FLock(fd, operation);
  }
  int SetDirect(int fd, bool on) override {
    return Fails("direct") ? -1 : FileCalls::SetDirect(fd, on);
  }
  void* MMap(size_t size, int fd, int flags) override {
    return Fails("map") ? MAP_FAILED : FileCalls::MMap(size, fd, flags);
  }
  int Close(int fd) override {
    const bool fails = Fails("close");
    FileCalls::Close(fd);
    return fails ? -1 : 0;
  }
  int Stat(const char* path, struct stat* info) override {
    return Fails("stat") ? -1 : FileCalls::Stat(path, info);
  }
  int LStat(const char* path, struct stat* info) override {
    return Fails("stat") ? -1 : FileCalls::LStat(path, info);
  }
  ssize_t ReadLink(const char* path, char* buffer, size_t size) override {
    return Fails("read link") ? -1 : FileCalls::ReadLink(path, buffer, size);
  }
  int Rename(const char* from, const char* to) override {
    return Fails("rename") ? -1 : FileCalls::Rename(from, to);
  }
  int Exchange(const char* one, const char* other) override {
    return Fails("exchange") ? -1 : FileCalls::Exchange(one, other);
  }
  int Unlink(const char* path) override { return Fails("unlink") ? -1 : FileCalls::Unlink(path); }
  int MkDir(const char* path, mode_t mode) override {
    return Fails("make folder") ? -1 : FileCalls::MkDir(path, mode);
  }
  int RmDir(const char* path) override {
    return Fails("remove folder") ? -1 : FileCalls::RmDir(path);
  }
  DIR* OpenDir(const char* path) override {
    return Fails("list") ? nullptr : FileCalls::OpenDir(path);
  }
  dirent* ReadDir(DIR* folder) override {
    return Fails("list") ? nullptr : FileCalls::ReadDir(folder);
  }

  /// The kind of the failed call; "" if there were fewer calls.
  std::string culprit() const { return culprit_; }

 private:
  bool Fails(const char* kind) {
    is_short_ = false;
    if (calls_++ != at_) return false;
    culprit_ = kind;
    is_short_ = fault_ == kShort;
    if (!is_short_) errno = fault_;
    return !is_short_;
  }
  static size_t Length(size_t size) { return is_short_ ? (size + 1) / 2 : size; }

  const int at_;
  const int fault_;
  std::atomic<int> calls_{0};
  std::string culprit_;
  static inline thread_local bool is_short_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_CORPUS_IO_FAULTY_CALLS_H_
