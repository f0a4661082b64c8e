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

/// Temporary space in one or several folders: one file in each, to which extents are appended
/// and in which they are freed one by one. Unnamed files vanish even if the process is killed.
/// Named files stay until somebody removes them; SpillFiles of the same name can read them
/// again. The first Reserve creates the files.
///
/// Thread-safe for one writer at a time.
class SpillFiles {
 public:
  SpillFiles(std::vector<std::string> folders, Context& context, std::string name = "")
      : folders_(std::move(folders)), context_(context), name_(std::move(name)) {}

  /// Reserves an extent at the end of the current file. Extents reserved without a NextFile
  /// between them are consecutive.
  absl::StatusOr<Extent> Reserve(uint64_t bytes);
  /// Moves the next reservations to another folder, if there is one.
  void NextFile();

  /// Writes `parts` to `extents` in the background, sets the stored_bytes of the extents, and
  /// runs `done` when it no longer needs parts and extents, also after an error. A later Write
  /// or Wait returns the error. REQUIRES: the sizes of parts are multiples of kBlockAlignment;
  /// the extents are consecutive and have the total size of the parts.
  absl::Status Write(std::vector<Extent*> extents, std::vector<std::string_view> parts,
                     std::function<void()> done);
  /// Waits for all writes.
  absl::Status Wait();
  /// Waits for all writes and makes them durable.
  absl::Status Sync();

  /// Reads an extent to the aligned `buffer`, which has room for its bytes rounded up.
  absl::Status Read(const Extent& extent, char* buffer) const;

  /// Reads extents in order and passes their data to `use` in chunks of at most 1 MiB.
  absl::Status ReadChunks(const std::vector<Extent>& extents,
                          const std::function<absl::Status(std::string_view)>& use) const;

  /// Frees the space of extents.
  absl::Status Free(std::vector<Extent> extents);

  bool used() const { return !files_.empty(); }
  /// Bytes on disk: written in total, present now, and the peak.
  uint64_t written_bytes() const { return written_bytes_.load(std::memory_order_relaxed); }
  uint64_t live_bytes() const { return live_bytes_.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return peak_bytes_.load(std::memory_order_relaxed); }

 private:
  /// A writing thread.
  struct Lane {
    explicit Lane(Context& context) : writer(context) {}
    SpillWriter writer;
    IoQueue queue;  // After `writer`, which its tasks use.
  };
  struct File {
    std::unique_ptr<BlockFile> file;
    std::vector<std::unique_ptr<Lane>> lanes;  // Several compress in parallel.
    size_t turn = 0;                           // The next lane.
    uint64_t end = 0;
  };
  absl::Status CreateFiles();
  size_t LanesPerFile() const;
  void CountWritten(uint64_t bytes);
  std::string PathIn(size_t folder) const { return folders_[folder] + "/" + name_; }
  /// Calls `use` with the file. Opens it for the call if this object did not create it, so that
  /// many such objects hold no file descriptor.
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
