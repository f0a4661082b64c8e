#ifndef CORPUSMILL_CORPUS_IO_FILE_TUNING_H_
#define CORPUSMILL_CORPUS_IO_FILE_TUNING_H_

#include <cstddef>
#include <cstdint>

namespace corpusmill {

/// The sizes by which OpenFile, CreateFile and ContinueFile choose their way of IO.
/// All are multiples of kBlockAlignment.
struct FileTuning {
  /// Files, and what is written of one, below this go through the page cache in kAuto.
  uint64_t direct_bytes = 32u << 20;
  /// A read or write past the page cache; there are three such buffers for a file.
  size_t block_bytes = 2u << 20;
  /// Write-back of cached writes is started as often as this.
  uint64_t writeback_bytes = 16u << 20;
};

/// What is in force. Only tests change it, while no file is open, to try with small
/// files what happens with big ones.
inline FileTuning& Tuning() {
  static FileTuning tuning;
  return tuning;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_IO_FILE_TUNING_H_
