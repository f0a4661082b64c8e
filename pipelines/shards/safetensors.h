#ifndef CORPUSMILL_PIPELINES_SHARDS_SAFETENSORS_H_
#define CORPUSMILL_PIPELINES_SHARDS_SAFETENSORS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/base/element_type.h"
#include "corpus/io/file.h"
#include "corpus/io/random_access.h"

/// Files of tensors in the safetensors format: the length of the JSON header as 8 little-endian
/// bytes, the header, and the contiguous tensors. https://github.com/huggingface/safetensors
namespace corpusmill {

struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kU8;
  std::vector<uint64_t> shape;
  uint64_t begin = 0;  ///< Byte offset from the end of the header.
  uint64_t end = 0;
};

/// The keys and values of the header's `__metadata__`.
using TensorMetadata = std::vector<std::pair<std::string, std::string>>;

/// Writes tensors of any number of rows; the rows need not be counted in advance.
///
///   CM_ASSIGN_OR_RETURN(auto sink, CreateFile("x.safetensors", {}));
///   CM_ASSIGN_OR_RETURN(auto writer, SafetensorsWriter::Create(std::move(sink), {{"k", "v"}}));
///   CM_RETURN_IF_ERROR(writer->BeginTensor("input_ids", ElementType::kU16, {2048}));
///   CM_RETURN_IF_ERROR(writer->Append(bytes));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->EndTensor());     // shape [bytes / 4096, 2048]
///   CM_RETURN_IF_ERROR(writer->Close());
///
/// Reserves space for the header at the start of the file, padded with spaces to a multiple of 4096
/// bytes, so that tensors begin on a page. Close writes the header; without Close, no file is left.
/// Not thread-safe.
class SafetensorsWriter {
 public:
  struct Options {
    /// Bytes reserved for the length and the header, rounded up to a multiple of 4096. Close fails
    /// if the header is longer: about 100 bytes per tensor plus the metadata.
    size_t header_bytes = 4096;
  };

  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      std::unique_ptr<PatchableSink> sink, TensorMetadata metadata, const Options& options);
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      std::unique_ptr<PatchableSink> sink, TensorMetadata metadata) {
    return Create(std::move(sink), std::move(metadata), Options());
  }

  /// Begins a tensor of shape [n, row_shape…]; row_shape is empty for a vector. REQUIRES: no tensor
  /// is open; the name is new; no dimension of row_shape is 0.
  absl::Status BeginTensor(std::string name, ElementType type, std::vector<uint64_t> row_shape);

  /// Appends little-endian bytes to the open tensor.
  absl::Status Append(std::string_view bytes);

  /// Ends the open tensor. REQUIRES: its bytes are whole rows.
  absl::Status EndTensor();

  /// Offset of the next tensor from the end of the header.
  uint64_t data_bytes() const { return data_bytes_; }

  /// Writes the header and gives the file its final name. Call once, last.
  absl::Status Close();

 private:
  SafetensorsWriter(std::unique_ptr<PatchableSink> sink, TensorMetadata metadata,
                    size_t header_bytes);

  std::unique_ptr<PatchableSink> sink_;
  const TensorMetadata metadata_;
  const size_t header_bytes_;  // Includes the 8 bytes of the length.
  std::vector<TensorInfo> tensors_;
  bool in_tensor_ = false;
  uint64_t data_bytes_ = 0;
};

/// Reads ranges of a safetensors file. Open checks the header: length, JSON, unique names, known
/// types, contiguous offsets in order, sizes that match the shapes, and an end at the end of the
/// file. Errors are kDataLoss naming the file. Thread-safe.
class SafetensorsReader {
 public:
  static constexpr uint64_t kMaxHeaderBytes = 100'000'000;

  /// Opens a file. Takes memory for the header from the context's budget during the call.
  static absl::StatusOr<std::unique_ptr<SafetensorsReader>> Open(
      std::unique_ptr<RandomAccessFile> file, Context& context);

  /// The tensors in file order.
  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  const TensorMetadata& metadata() const { return metadata_; }
  const std::string& name() const { return file_->name(); }

  /// Finds a tensor by name, or nullptr.
  const TensorInfo* Find(std::string_view tensor) const;
  const std::string* FindMetadata(std::string_view key) const;

  /// Reads the bytes [offset, offset + size) of a tensor of this file into `buffer`. REQUIRES: the
  /// range is within the tensor.
  absl::Status Read(const TensorInfo& tensor, uint64_t offset, size_t size, char* buffer) const;

 private:
  explicit SafetensorsReader(std::unique_ptr<RandomAccessFile> file) : file_(std::move(file)) {}
  absl::Status ReadHeader(Context& context);

  std::unique_ptr<RandomAccessFile> file_;
  uint64_t data_begin_ = 0;
  std::vector<TensorInfo> tensors_;
  TensorMetadata metadata_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SAFETENSORS_H_
