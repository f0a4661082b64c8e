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

/// Opens a file, or standard input for "-", for sequential reading. A folder, an unreadable or a
/// missing file is an error that names it. With a context, cancelling it ends the wait for a pipe
/// with kCancelled.
/// A thread reads a file of 32 MiB or more ahead, bypassing the page cache, into 6 MiB of buffers.
/// The context's IoMode decides (kAuto without a context): kAuto does so if less than half of the
/// file is in the page cache. Reading begins at `begin_byte`, for regular files only.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path,
                                                     const Context* context = nullptr,
                                                     uint64_t begin_byte = 0);

struct OutputOptions {
  /// Replaces an existing file. Without it an existing file is a usage error.
  bool overwrite = false;
  /// How big files are written. kAuto bypasses the page cache after the first 32 MiB, kDirect from
  /// the first byte; a thread writes, from 6 MiB of buffers.
  IoMode io = IoMode::kAuto;
  /// Keeps the part file for ContinueFile if the sink is destroyed before Close.
  bool keep_part = false;
  /// With a context, cancelling it ends the wait for the reader of a pipe with kCancelled. It must
  /// outlive the sink.
  const Context* context = nullptr;
};

/// A sink whose earlier bytes can be overwritten, for headers that are known last.
class PatchableSink : public ByteSink {
 public:
  /// Overwrites bytes written before. REQUIRES: offset + bytes.size() are within them.
  virtual absl::Status Patch(uint64_t offset, std::string_view bytes) = 0;

  /// Makes all bytes written so far durable in the part file, which may be longer until Close.
  virtual absl::Status Sync() = 0;

  /// The length of the file, including the bytes that ContinueFile kept.
  virtual uint64_t bytes_written() const = 0;
};

/// Opens `path` for writing. Bytes go to `path.part`; Close syncs it and renames it, so that `path`
/// is absent, old or whole. Destruction before Close removes the part file. A second process that
/// writes the same path at the same time is refused. A later Write, Sync or Close may report an
/// error. "-" writes to standard output; a device or pipe is written in place. These cannot be
/// patched, and kAborted (BrokenPipe) means that the reader has closed the pipe.
absl::StatusOr<std::unique_ptr<PatchableSink>> CreateFile(const std::string& path,
                                                          const OutputOptions& options);

/// Resumes the `path.part` of a killed process, or of a sink with keep_part: keeps its first
/// `offset` bytes and appends to them. kDataLoss if it has fewer, kUnavailable if it is missing.
/// Everything else is as in CreateFile.
///
///   CM_RETURN_IF_ERROR(sink->Sync());
///   SaveCheckpoint(sink->bytes_written());
///   … killed, and started again …
///   CM_ASSIGN_OR_RETURN(auto sink, ContinueFile(path, LoadCheckpoint(), {.keep_part = true}));
absl::StatusOr<std::unique_ptr<PatchableSink>> ContinueFile(const std::string& path,
                                                            uint64_t offset,
                                                            const OutputOptions& options);

/// kInvalidArgument if `path` exists and overwrite is off (the message names --force), or if its
/// folder does not exist. Call it before any work.
absl::Status CheckOutputPath(const std::string& path, const OutputOptions& options);

/// Writes a small file whole, as CreateFile does.
absl::Status WriteStringToFile(const std::string& path, std::string_view bytes,
                               const OutputOptions& options);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_H_
