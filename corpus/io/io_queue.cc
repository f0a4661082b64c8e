#include "corpus/io/io_queue.h"

#include <pthread.h>
#include <signal.h>

#include <system_error>
#include <utility>

#include "corpus/base/guarded.h"
#include "corpus/base/status.h"

namespace corpusmill {

IoQueue::~IoQueue() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    tasks_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void IoQueue::Submit(std::function<absl::Status()> task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!status_.ok()) return;
    if (!thread_.joinable()) {
      // The thread inherits the mask, so it never takes a signal.
      sigset_t all, before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
      try {
        thread_ = std::thread([this] { Run(); });
      } catch (const std::system_error& error) {
        status_ = IoError("IO thread", "cannot start", error.code().value());
      }
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (!status_.ok()) return;
    }
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
}

absl::Status IoQueue::Wait(size_t pending) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return tasks_.size() + (running_ ? 1 : 0) <= pending; });
  return status_;
}

absl::Status IoQueue::status() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

void IoQueue::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    {
      const std::function<absl::Status()> task = std::move(tasks_.front());
      tasks_.pop_front();
      running_ = true;
      lock.unlock();
      absl::Status status = Guarded(task);
      lock.lock();
      if (!status.ok()) {
        status_ = std::move(status);
        tasks_.clear();
      }
    }
    running_ = false;
    changed_.notify_all();
  }
}

}  // namespace corpusmill
