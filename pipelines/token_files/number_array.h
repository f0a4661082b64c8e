#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_NUMBER_ARRAY_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_NUMBER_ARRAY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/element_type.h"
#include "corpus/io/random_access.h"

namespace corpusmill {

/// Whole numbers of one type in a row in a file, at any alignment.
///
///   NumberArray lengths(idx, /*begin_byte=*/34, /*count=*/sequences, ElementType::kI32);
///   CM_ASSIGN_OR_RETURN(const int64_t length, lengths.At(7));
///
/// Reads 64 KiB at a time: At is for indices that mostly ascend. The file must outlive
/// it. Movable. Not thread-safe.
class NumberArray {
 public:
  /// REQUIRES: `type` is an integer.
  NumberArray(const RandomAccessFile& file, uint64_t begin_byte, uint64_t count, ElementType type)
      : file_(&file),
        begin_byte_(begin_byte),
        count_(count),
        type_(type),
        width_(ElementBytes(type)) {}

  uint64_t count() const { return count_; }

  /// kDataLoss naming the file and the number when that is above 2^63 - 1.
  /// REQUIRES: index < count(), and the file has all of them.
  absl::StatusOr<int64_t> At(uint64_t index);

  /// Appends `count` numbers from `first` on as ids. kDataLoss naming the file and the
  /// place of one that is not in [0, 2^32). REQUIRES: as At.
  absl::Status AppendIds(uint64_t first, uint64_t count, std::vector<uint32_t>* ids);

 private:
  /// Makes sure that the number is among those in memory.
  absl::Status Load(uint64_t index);
  int64_t Loaded(uint64_t index) const;
  absl::Status Refuse(uint64_t index, std::string_view what) const;

  const RandomAccessFile* file_;
  uint64_t begin_byte_;
  uint64_t count_;
  ElementType type_;
  size_t width_;
  std::string block_;
  uint64_t block_first_ = 0;
  uint64_t block_count_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_NUMBER_ARRAY_H_
