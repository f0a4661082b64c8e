#ifndef CORPUSMILL_PIPELINES_STAGES_CHILD_PROCESS_H_
#define CORPUSMILL_PIPELINES_STAGES_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"

namespace corpusmill {

/// A line for a child process, and what is allowed as its answer.
struct ChildRequest {
  std::string_view name;  ///< Of the document, for messages.
  uint64_t most_answer_bytes = 0;
};

/// A program that gets lines on its standard input and gives a line on its standard output for each
/// of them, in order. Its standard error is ours. Not thread-safe.
///
///   CM_ASSIGN_OR_RETURN(auto child, ChildProcess::Start({"/bin/sh", "-c", "cat"}, "cat"));
///   std::string answers;
///   CM_RETURN_IF_ERROR(child->Exchange("a\nb\n", requests, 60, context, &answers));  // "a\nb\n"
///
/// Errors are one line, `command NAME: what`, and say for which document. After an error the child
/// is of no use.
class ChildProcess {
 public:
  /// Starts `arguments[0]`, found by PATH, in a process group of its own. kUnavailable if it cannot
  /// be executed.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& arguments, std::string_view name);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Closes the child's input, and kills its process group if the child does not end within a
  /// second.
  ~ChildProcess();

  /// Writes `lines`, one for each request, and replaces `*answers` by as many lines, each with its
  /// line break. Reads and writes at once, so neither side can block the other for ever.
  ///
  /// kUnavailable if the child ends, closes its output, or gives no line for `timeout_seconds`;
  /// kDataLoss if it gives half a line, too many lines (as far as they are there at the end, or at
  /// the next exchange), or a line that is too long; kCancelled.
  absl::Status Exchange(std::string_view lines, std::span<const ChildRequest> requests,
                        double timeout_seconds, const Context& context, std::string* answers);

 private:
  class Descriptor {
   public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { Close(); }
    void Close();
    int get() const { return fd_; }

   private:
    int fd_ = -1;
  };
  struct Pipe {
    Descriptor read, write;
  };
  class Conversation;

  explicit ChildProcess(std::string_view name) : name_(name) {}
  static absl::StatusOr<Pipe> MakePipe(std::string_view name);
  absl::Status Spawn(const std::vector<std::string>& arguments, int input, int output);
  /// Waits for the end of the child for at most `seconds`, reading and forgetting its output.
  bool WaitFor(double seconds);
  void Kill();
  /// How the child ended: "ended with status 3"; kills a child that only closed its output.
  std::string Ending();

  const std::string name_;
  pid_t pid_ = -1;  // -1: not started, or waited for.
  int wait_status_ = 0;
  bool failed_ = false;
  bool has_answered_ = false;
  Descriptor input_, output_;  // Our ends: to its input, from its output.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_CHILD_PROCESS_H_
