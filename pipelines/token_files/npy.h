#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_NPY_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_NPY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/element_type.h"
#include "corpus/io/random_access.h"
#include "pipelines/token_files/number_array.h"

/// numpy's .npy files of one dimension: a header of text, and the numbers.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
namespace corpusmill {

/// What an .npy file begins with.
inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// Bytes of every header that we write, so that it can be written again at the end.
inline constexpr size_t kNpyHeaderBytes = 128;

/// The header, version 1.0, of an array of `count` numbers. REQUIRES: numpy has the type.
std::string NpyHeader(ElementType type, uint64_t count);

/// The numbers of an .npy file; versions 1 to 3, one dimension, little-endian whole
/// numbers. kDataLoss naming the file and what is wrong with it: also when it has fewer
/// or more bytes than the header says. `file` must outlive the array.
absl::StatusOr<NumberArray> OpenNpy(const RandomAccessFile& file);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_NPY_H_
