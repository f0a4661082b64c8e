#ifndef CORPUSMILL_CORPUS_IO_IO_QUEUE_H_
#define CORPUSMILL_CORPUS_IO_IO_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"

namespace corpusmill {

/// Runs blocking IO on one background thread, in the order of submission, so that it overlaps with
/// computing. Skips the tasks after a failed one.
///
///   IoQueue queue;
///   queue.Submit([&] { return file.Write(0, {block}); });
///   Compute();
///   CM_RETURN_IF_ERROR(queue.Wait());  // Now `block` can be filled again.
///
/// The thread starts at the first Submit and takes no signals, so that handlers run
/// elsewhere. Thread-safe.
class IoQueue {
 public:
  IoQueue() = default;
  /// Waits for the running task and drops the rest.
  ~IoQueue();
  IoQueue(const IoQueue&) = delete;
  IoQueue& operator=(const IoQueue&) = delete;

  /// Does not wait. An exception in the task becomes its status. Objects that the task uses must
  /// live until it is done or the queue is destroyed.
  void Submit(std::function<absl::Status()> task);

  /// Waits until at most the last `pending` submitted tasks are unfinished. Returns the first error
  /// of any task, which stays.
  absl::Status Wait(size_t pending = 0);

  /// The first error so far; does not wait.
  absl::Status status() const;

 private:
  void Run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // Signals changes of the members below.
  std::deque<std::function<absl::Status()>> tasks_;
  bool running_ = false;  // A task that is no longer in tasks_ runs.
  bool stopping_ = false;
  absl::Status status_;
  std::thread thread_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_IO_QUEUE_H_
