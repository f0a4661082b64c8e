#ifndef CORPUSMILL_SHUFFLE_BUCKETS_SPILL_FILES_H_
#define CORPUSMILL_SHUFFLE_BUCKETS_SPILL_FILES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/block_file.h"
#include "corpus/io/io_queue.h"
#include "shuffle/buckets/spill_codec.h"

namespace corpusmill {

/// Temporary space on one or several folders: one file in each, to which extents
/// are appended and where they are freed one by one. Without a name the files are
/// gone however the process ends; those of a name stay until somebody removes them,
/// and can be read again by SpillFiles of that name. Nothing is created before the
/// first Reserve.
///
/// Thread-safe, but for one writer at a time.
class SpillFiles {
 public:
  SpillFiles(std::vector<std::string> folders, Context& context, std::string name = "")
      : folders_(std::move(folders)), context_(context), name_(std::move(name)) {}

  /// Reserves an extent at the end of the file whose turn it is. Extents reserved
  /// without NextFile between them lie one after another.
  absl::StatusOr<Extent> Reserve(uint64_t bytes);
  /// The next reservations go to another folder, if there is one.
  void NextFile();

  /// Writes `parts`, whose sizes are multiples of kBlockAlignment, to `extents`, which were
  /// reserved one after another for as much, in the background; sets their stored_bytes,
  /// and runs `done` when neither is needed any more, also after an error. Errors surface
  /// in a later Write or Wait.
  absl::Status Write(std::vector<Extent*> extents, std::vector<std::string_view> parts,
                     std::function<void()> done);
  /// Waits for all writes.
  absl::Status Wait();
  /// Waits for all writes and makes them durable.
  absl::Status Sync();

  /// Reads an extent; `buffer` has room for its bytes rounded up and is aligned.
  absl::Status Read(const Extent& extent, char* buffer) const;

  /// Reads extents one after another and hands on their data in chunks of at most 1 MiB.
  absl::Status ReadChunks(const std::vector<Extent>& extents,
                          const std::function<absl::Status(std::string_view)>& use) const;

  /// Frees the space of extents.
  absl::Status Free(std::vector<Extent> extents);

  bool used() const { return !files_.empty(); }
  /// Bytes on disk: written so far, there now, and there at most.
  uint64_t written_bytes() const { return written_bytes_.load(std::memory_order_relaxed); }
  uint64_t live_bytes() const { return live_bytes_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_bytes_.load(std::memory_order_relaxed); }

 private:
  /// A thread that writes.
  struct Lane {
    explicit Lane(Context& context) : writer(context) {}
    SpillWriter writer;
    IoQueue queue;  // Behind the writer, which its tasks use.
  };
  struct File {
    std::unique_ptr<BlockFile> file;
    std::vector<std::unique_ptr<Lane>> lanes;  // More than one to compress side by side.
    size_t turn = 0;                           // The next lane.
    uint64_t end = 0;
  };
  absl::Status CreateFiles();
  size_t LanesPerFile() const;
  void CountWritten(uint64_t bytes);
  std::string PathIn(size_t folder) const { return folders_[folder] + "/" + name_; }
  /// Calls `use` with the file, opened for it if this object did not create it: of
  /// many such objects none holds a file descriptor.
  absl::Status WithFile(size_t number, bool writable,
                        const std::function<absl::Status(BlockFile&)>& use) const;

  const std::vector<std::string> folders_;
  Context& context_;
  const std::string name_;
  std::vector<File> files_;
  size_t turn_ = 0;
  std::atomic<uint64_t> written_bytes_{0};
  std::atomic<uint64_t> live_bytes_{0};
  std::atomic<uint64_t> peak_bytes_{0};
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_BUCKETS_SPILL_FILES_H_
