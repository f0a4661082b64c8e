#ifndef CORPUSMILL_CORPUS_IO_FILE_H_
#define CORPUSMILL_CORPUS_IO_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file_system.h"

namespace corpusmill {

/// The name that means standard input or standard output.
inline constexpr std::string_view kStandardStream = "-";

/// Opens a file, or standard input for "-", for sequential reading. A folder, an
/// unreadable or a missing file is an error that names it. With a context, waiting
/// for a pipe ends with kCancelled when the context is cancelled.
/// A file of 32 MiB or more is read ahead by a thread, past the page cache, into
/// 6 MiB of buffers: as the context's IoMode says (kAuto without a context), kAuto
/// being for files of which less than half is in the page cache. Reading begins at
/// `begin_byte`, for regular files only.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path,
                                                     const Context* context = nullptr,
                                                     uint64_t begin_byte = 0);

struct OutputOptions {
  /// Replace a file that exists. Without it an existing file is a usage error.
  bool overwrite = false;
  /// How big files are written. In kAuto a file goes past the page cache after its
  /// first 32 MiB, in kDirect from its first byte; a thread does it, from 6 MiB of buffers.
  IoMode io = IoMode::kAuto;
  /// Destroyed before Close, the part file stays, for ContinueFile.
  bool keep_part = false;
  /// With a context, waiting for the reader of a pipe ends with kCancelled when the
  /// context is cancelled. It must outlive the sink.
  const Context* context = nullptr;
};

/// A sink whose earlier bytes can be overwritten, for headers known last.
class PatchableSink : public ByteSink {
 public:
  /// Overwrites bytes written before. REQUIRES: offset + bytes.size() are within them.
  virtual absl::Status Patch(uint64_t offset, std::string_view bytes) = 0;

  /// Makes all bytes written so far durable in the part file, which may be longer
  /// until Close.
  virtual absl::Status Sync() = 0;

  /// How long the file is, with what ContinueFile found.
  virtual uint64_t bytes_written() const = 0;
};

/// Opens `path` for writing: bytes go to `path.part`, and Close does fsync and
/// renames, so that `path` is either absent, old, or whole. Destroyed before
/// Close, it removes the part file. A second process that writes the same path at
/// the same time is refused. An error may be told by a later Write, Sync or Close
/// than the one that met it. "-" writes to standard output, and a device or pipe is
/// written in place: those cannot be patched, and a reader that goes away there is
/// kAborted (BrokenPipe).
absl::StatusOr<std::unique_ptr<PatchableSink>> CreateFile(const std::string& path,
                                                          const OutputOptions& options);

/// Goes on with the `path.part` that a killed process left, or a sink with keep_part:
/// keeps its first `offset` bytes and appends to them. kDataLoss when it has fewer,
/// kUnavailable when there is none. Everything else is as with CreateFile.
///
///   CM_RETURN_IF_ERROR(sink->Sync());
///   SaveCheckpoint(sink->bytes_written());
///   … killed, and started again …
///   CM_ASSIGN_OR_RETURN(auto sink, ContinueFile(path, LoadCheckpoint(), {.keep_part = true}));
absl::StatusOr<std::unique_ptr<PatchableSink>> ContinueFile(const std::string& path,
                                                            uint64_t offset,
                                                            const OutputOptions& options);

/// kInvalidArgument, naming --force, when `path` exists and overwrite is off, or
/// when its folder does not exist. To be called before any work is done.
absl::Status CheckOutputPath(const std::string& path, const OutputOptions& options);

/// Writes a small file whole, as CreateFile does.
absl::Status WriteStringToFile(const std::string& path, std::string_view bytes,
                               const OutputOptions& options);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_H_
