#ifndef CORPUSMILL_CORPUS_CONTAINERS_ARCHIVE_H_
#define CORPUSMILL_CORPUS_CONTAINERS_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/byte_stream.h"
#include "corpus/io/file_handle.h"

namespace corpusmill {

/// The regular files of a tar, zip or 7z archive, in the order of the archive. Not thread-safe.
///
///   while (true) {
///     CM_ASSIGN_OR_RETURN(const bool more, archive->NextMember());
///     if (!more) break;
///     Use(archive->member(), *archive);  // Reads the bytes of the member.
///   }
class Archive : public ByteSource {
 public:
  /// Moves to the next regular file, past the rest of the current one. False at the end.
  virtual absl::StatusOr<bool> NextMember() = 0;

  /// The path of the current member in the archive, in UTF-8 if the archive says so.
  virtual const std::string& member() const = 0;

  /// Links and special files passed so far.
  virtual uint64_t special_members() const = 0;
};

/// Reads a tar archive from a stream. kDataLoss for a damaged archive or an early end.
/// `name()` of the archive is that of `raw`.
absl::StatusOr<std::unique_ptr<Archive>> OpenTar(std::unique_ptr<ByteSource> raw);

/// Reads a zip or 7z archive from a file, whose list of members may be at its end. `advance`
/// receives the bytes read, about. kDataLoss for a damaged or an encrypted archive.
absl::StatusOr<std::unique_ptr<Archive>> OpenZipOr7z(FileHandle file, std::string name,
                                                     std::function<void(uint64_t)> advance);

/// Decodes a stream in a compression that only libarchive knows: lz4, lzma-alone, lzip, compress.
/// kDataLoss if it is damaged.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenArchiveFilter(std::unique_ptr<ByteSource> raw);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_ARCHIVE_H_
