#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_NPY_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_NPY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "corpus/base/element_type.h"
#include "corpus/io/random_access.h"
#include "pipelines/token_files/number_array.h"

/// One-dimensional .npy files of numpy: a text header, then the numbers.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
namespace corpusmill {

/// The first bytes of an .npy file.
inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// The fixed size of headers from NpyHeader, so that a writer can replace the header at the end.
inline constexpr size_t kNpyHeaderBytes = 128;

/// Returns the version 1.0 header of an array of `count` numbers. REQUIRES: numpy has the type.
std::string NpyHeader(ElementType type, uint64_t count);

/// Opens an .npy file of version 1 to 3 with a one-dimensional array of little-endian integers.
/// kDataLoss, naming the file and the fault, for any other file and for a size that contradicts the
/// header. `file` must outlive the array.
absl::StatusOr<NumberArray> OpenNpy(const RandomAccessFile& file);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_NPY_H_
