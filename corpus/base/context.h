#ifndef CORPUSMILL_CORPUS_BASE_CONTEXT_H_
#define CORPUSMILL_CORPUS_BASE_CONTEXT_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "corpus/base/memory.h"
#include "corpus/base/reporter.h"
#include "corpus/base/status.h"

namespace corpusmill {

/// How big files are read and written. Bytes and results do not depend on it.
enum class IoMode {
  kAuto,    ///< kDirect, but kCached for small files and files in the page cache.
  kDirect,  ///< Bypass the page cache (O_DIRECT) where the file system can.
  kCached,  ///< Through the page cache.
};

/// Whether temporary files are compressed. Results do not depend on it.
enum class TempCompression {
  kAuto,  ///< Compress where that is measured to be faster than writing plain.
  kOff,
  kZstd,
};

struct ContextOptions {
  /// Memory for all operations under this context, in bytes; at least MemoryBudget::kMinimumBytes.
  /// 0 = half of UsableMemoryBytes().
  uint64_t memory_limit_bytes = 0;
  /// Compute threads, at most one per CPU that the process may use; 0 = one per such CPU.
  int threads = 0;
  /// Folders for temporary files; empty = TMPDIR, else the folder of the output.
  std::vector<std::string> temp_dirs;
  IoMode io = IoMode::kAuto;
  TempCompression temp_compression = TempCompression::kAuto;
  /// Not owned; nullptr = silent.
  Reporter* reporter = nullptr;
  /// Not owned; any thread or signal handler may set it to true to stop. nullptr = never.
  const std::atomic<bool>* cancelled = nullptr;
};

/// The resources of an operation: memory, threads, temporary space, progress reports and
/// cancellation. One per command; operations take it by reference.
///
///   Context context({.memory_limit_bytes = 1u << 30, .threads = 2});
///   CM_RETURN_IF_ERROR(context.ParallelFor(docs.size(), 64, [&](size_t begin, size_t end) {
///     for (size_t i = begin; i < end; ++i) Work(docs[i]);
///     return absl::OkStatus();
///   }));
///
/// Results of operations never depend on `threads` or the memory limit.
/// Thread-safe. Not movable: leases and operations point to it.
class Context {
 public:
  explicit Context(const ContextOptions& options = {});
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  MemoryBudget& memory() { return memory_; }
  /// The part of memory() for decoders of inputs, which are opened after others have shared out the
  /// rest. The first kFreeDecoderBytes, enough for files as compressors write them by default and
  /// for `zstd -19`, are in the constant part of the limit; reserve more with ReserveDecoders
  /// (corpus/records/inputs.h).
  MemoryBudget& decoder_memory() { return decoder_memory_; }
  static constexpr uint64_t kFreeDecoderBytes = 10u << 20;
  Reporter& reporter() { return *reporter_; }
  int threads() const { return threads_; }
  IoMode io() const { return io_; }
  TempCompression temp_compression() const { return temp_compression_; }

  /// Folders for temporary files of an operation that writes `output_path`: temp_dirs if given,
  /// else TMPDIR, else the folder of the output ("." for "-"). Never empty.
  std::vector<std::string> TempDirsFor(const std::string& output_path) const;
  /// Whether ContextOptions::temp_dirs names a folder.
  bool has_temp_dirs() const { return !temp_dirs_.empty(); }
  /// The first of these folders.
  std::string TempDirFor(const std::string& output_path) const;

  /// kCancelled once the cancel flag is set; call it once per batch of work.
  absl::Status CheckCancelled() const {
    return cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed) ? CancelledError()
                                                                                : absl::OkStatus();
  }

  /// Calls body(begin, end) on parts of [0, count) of about `grain` items, on the context's
  /// threads, and waits for all. After an error or a cancellation, skips the parts that have not
  /// begun. Returns the first error in index order of the parts that ran. bad_alloc becomes
  /// kResourceExhausted.
  absl::Status ParallelFor(size_t count, size_t grain,
                           const std::function<absl::Status(size_t begin, size_t end)>& body);

  /// Serial → parallel → serial: `produce` returns items in order (nullptr = end), `transform`
  /// works on several items at once, `consume` gets them in the order of production. At most
  /// max_in_flight items exist at a time (0 = twice the threads), which bounds the memory. Stops at
  /// the first error or cancellation and returns it.
  template <typename Item>
  absl::Status OrderedPipeline(
      size_t max_in_flight, const std::function<absl::StatusOr<std::unique_ptr<Item>>()>& produce,
      const std::function<absl::Status(Item&)>& transform,
      const std::function<absl::Status(Item&)>& consume) {
    return OrderedPipeline<Item>(
        max_in_flight, produce,
        {{.parallel = true, .run = transform}, {.parallel = false, .run = consume}});
  }

  /// A step of a pipeline: on several items at once, or on one at a time in the order of
  /// production.
  template <typename Item>
  struct PipelineStep {
    bool parallel = false;
    std::function<absl::Status(Item&)> run;
  };

  /// The same with any sequence of steps.
  template <typename Item>
  absl::Status OrderedPipeline(
      size_t max_in_flight, const std::function<absl::StatusOr<std::unique_ptr<Item>>()>& produce,
      const std::vector<PipelineStep<Item>>& steps) {
    std::vector<PipelineStep<void*>> untyped;
    for (const PipelineStep<Item>& step : steps) {
      untyped.push_back(
          {step.parallel, [&step](void*& item) { return step.run(*static_cast<Item*>(item)); }});
    }
    return RunPipeline(
        max_in_flight,
        [&]() -> absl::StatusOr<std::shared_ptr<void>> {
          absl::StatusOr<std::unique_ptr<Item>> item = produce();
          if (!item.ok()) return item.status();
          return std::shared_ptr<void>(*std::move(item));
        },
        untyped);
  }

 private:
  absl::Status RunPipeline(size_t max_in_flight,
                           const std::function<absl::StatusOr<std::shared_ptr<void>>()>& produce,
                           const std::vector<PipelineStep<void*>>& steps);

  struct Arena;  // The TBB task arena.
  MemoryBudget memory_;
  MemoryBudget decoder_memory_{memory_, kFreeDecoderBytes};
  Reporter* const reporter_;
  const std::atomic<bool>* const cancelled_;
  const std::vector<std::string> temp_dirs_;
  const IoMode io_;
  const TempCompression temp_compression_;
  int threads_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_CONTEXT_H_
