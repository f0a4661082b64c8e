#ifndef CORPUSMILL_CORPUS_IO_FILE_TUNING_H_
#define CORPUSMILL_CORPUS_IO_FILE_TUNING_H_

#include <cstddef>
#include <cstdint>

namespace corpusmill {

/// Sizes by which OpenFile, CreateFile and ContinueFile choose between cached and direct IO. All
/// are multiples of kBlockAlignment.
struct FileTuning {
  /// In kAuto, smaller files and the bytes of an output before this go through the page cache.
  uint64_t direct_bytes = 32u << 20;
  /// Size of a read or write that bypasses the page cache; a file has three such buffers.
  size_t block_bytes = 2u << 20;
  /// Cached bytes written between two starts of write-back.
  uint64_t writeback_bytes = 16u << 20;
};

/// The sizes in force. Only tests change them, while no file is open, to treat small files as big
/// ones.
inline FileTuning& Tuning() {
  static FileTuning tuning;
  return tuning;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_TUNING_H_
