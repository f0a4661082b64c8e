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

/// An array of integers of one type in a file, at any alignment.
///
///   NumberArray lengths(idx, /*begin_byte=*/34, /*count=*/sequences, ElementType::kI32);
///   CM_ASSIGN_OR_RETURN(const int64_t length, lengths.At(7));
///
/// Reads 64 KiB at a time: At is efficient for mostly ascending indices. The file must outlive the
/// array. Movable. Not thread-safe.
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

  /// Returns a number. kDataLoss, naming the file and the number, above 2^63 - 1.
  /// REQUIRES: index < count(), and the file holds the whole array.
  absl::StatusOr<int64_t> At(uint64_t index);

  /// Appends the numbers [first, first + count) as ids. kDataLoss, naming the file and the place,
  /// for a number outside [0, 2^32). REQUIRES: as for At.
  absl::Status AppendIds(uint64_t first, uint64_t count, std::vector<uint32_t>* ids);

 private:
  /// Reads the block of a number unless it is in memory.
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
