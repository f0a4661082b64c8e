#include "corpus/base/context.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "corpus/base/guarded.h"
#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/parallel_for.h"
#include "oneapi/tbb/parallel_pipeline.h"
#include "oneapi/tbb/task_arena.h"

namespace corpusmill {
namespace {

int UsableCpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

uint64_t MemoryLimit(const ContextOptions& options) {
  const uint64_t limit =
      options.memory_limit_bytes != 0 ? options.memory_limit_bytes : UsableMemoryBytes() / 2;
  return std::max(limit, MemoryBudget::kMinimumBytes);
}

/// Keeps the error of the lowest position; thread-safe.
class FirstError {
 public:
  void Set(size_t position, absl::Status status) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!failed_.load(std::memory_order_relaxed) || position < position_) {
      position_ = position;
      status_ = std::move(status);
      failed_.store(true, std::memory_order_relaxed);
    }
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  const absl::Status& status() const { return status_; }

 private:
  std::mutex mutex_;
  std::atomic<bool> failed_{false};
  size_t position_ = 0;
  absl::Status status_;
};

}  // namespace

struct Context::Arena {
  explicit Arena(int threads) : tbb(threads, 1) {}
  oneapi::tbb::task_arena tbb;
};

Context::Context(const ContextOptions& options)
    : memory_(MemoryLimit(options)),
      reporter_(options.reporter != nullptr ? options.reporter : SilentReporter()),
      cancelled_(options.cancelled),
      temp_dirs_(options.temp_dirs),
      io_(options.io),
      temp_compression_(options.temp_compression),
      threads_(options.threads > 0 ? std::min(options.threads, UsableCpus()) : UsableCpus()),
      arena_(std::make_unique<Arena>(threads_)) {}

Context::~Context() = default;

std::vector<std::string> Context::TempDirsFor(const std::string& output_path) const {
  if (!temp_dirs_.empty()) return temp_dirs_;
  if (const char* dir = std::getenv("TMPDIR"); dir != nullptr && *dir != '\0') return {dir};
  const std::filesystem::path parent = std::filesystem::path(output_path).parent_path();
  return {parent.empty() ? "." : parent.string()};
}

std::string Context::TempDirFor(const std::string& output_path) const {
  return TempDirsFor(output_path).front();
}

absl::Status Context::ParallelFor(
    size_t count, size_t grain, const std::function<absl::Status(size_t begin, size_t end)>& body) {
  grain = std::max<size_t>(1, grain);
  const size_t parts = count / grain + (count % grain != 0 ? 1 : 0);
  FirstError error;
  const auto run = [&](size_t part) {
    if (error.failed()) return;
    absl::Status status = CheckCancelled();
    if (status.ok()) {
      const size_t begin = part * grain;
      status = Guarded([&] { return body(begin, begin + std::min(grain, count - begin)); });
    }
    if (!status.ok()) error.Set(part, std::move(status));
  };
  absl::Status status = Guarded([&] {
    arena_->tbb.execute([&] { oneapi::tbb::parallel_for(size_t{0}, parts, run); });
    return absl::OkStatus();
  });
  if (error.failed()) return error.status();
  CM_RETURN_IF_ERROR(status);
  return CheckCancelled();
}

absl::Status Context::RunPipeline(
    size_t max_in_flight, const std::function<absl::StatusOr<std::shared_ptr<void>>()>& produce,
    const std::vector<PipelineStep<void*>>& steps) {
  namespace tbb = oneapi::tbb;
  if (max_in_flight == 0) max_in_flight = 2 * static_cast<size_t>(threads_);
  struct Token {
    size_t position;
    std::shared_ptr<void> item;
  };
  FirstError error;
  size_t produced = 0;
  const auto guarded = [&](size_t position, const auto& call) {
    if (error.failed()) return;
    absl::Status status = Guarded(call);
    if (!status.ok()) error.Set(position, std::move(status));
  };
  const auto source = [&](tbb::flow_control& flow) {
    Token token{produced, nullptr};
    guarded(token.position, [&]() -> absl::Status {
      CM_RETURN_IF_ERROR(CheckCancelled());
      CM_ASSIGN_OR_RETURN(token.item, produce());
      return absl::OkStatus();
    });
    ++produced;
    if (token.item == nullptr) flow.stop();
    return token;
  };
  absl::Status status = Guarded([&] {
    arena_->tbb.execute([&] {
      tbb::filter<void, Token> chain =
          tbb::make_filter<void, Token>(tbb::filter_mode::serial_in_order, source);
      for (const PipelineStep<void*>& step : steps) {
        const tbb::filter_mode mode =
            step.parallel ? tbb::filter_mode::parallel : tbb::filter_mode::serial_in_order;
        chain = chain & tbb::make_filter<Token, Token>(mode, [&](Token token) {
                  void* item = token.item.get();
                  guarded(token.position, [&] { return step.run(item); });
                  return token;
                });
      }
      tbb::parallel_pipeline(
          max_in_flight,
          chain & tbb::make_filter<Token, void>(tbb::filter_mode::parallel, [](const Token&) {}));
    });
    return absl::OkStatus();
  });
  if (error.failed()) return error.status();
  CM_RETURN_IF_ERROR(status);
  return CheckCancelled();
}

}  // namespace corpusmill
