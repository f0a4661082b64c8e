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

/// Files of tensors in the safetensors format: the length of a JSON header as 8
/// little-endian bytes, the header, and the tensors one after the other without
/// holes. https://github.com/huggingface/safetensors
namespace corpusmill {

struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kU8;
  std::vector<uint64_t> shape;
  uint64_t begin = 0;  ///< Of its bytes, from the end of the header.
  uint64_t end = 0;
};

/// Keys and values of the header's `__metadata__`.
using TensorMetadata = std::vector<std::pair<std::string, std::string>>;

/// Writes tensors whose number of rows need not be known before their bytes are.
///
///   CM_ASSIGN_OR_RETURN(auto sink, CreateFile("x.safetensors", {}));
///   CM_ASSIGN_OR_RETURN(auto writer, SafetensorsWriter::Create(std::move(sink), {{"k", "v"}}));
///   CM_RETURN_IF_ERROR(writer->BeginTensor("input_ids", ElementType::kU16, {2048}));
///   CM_RETURN_IF_ERROR(writer->Append(bytes));   // Any number of times.
///   CM_RETURN_IF_ERROR(writer->EndTensor());     // shape [bytes / 4096, 2048]
///   CM_RETURN_IF_ERROR(writer->Close());
///
/// Room for the header is kept at the start of the file, filled with spaces to a
/// multiple of 4096 bytes, so the tensors begin on a page; Close writes it.
/// Without Close no file is left. Not thread-safe.
class SafetensorsWriter {
 public:
  struct Options {
    /// Bytes kept for the length and the header, rounded up to a multiple of 4096.
    /// Close fails when they do not fit: about 100 bytes a tensor and the metadata.
    size_t header_bytes = 4096;
  };

  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      std::unique_ptr<PatchableSink> sink, TensorMetadata metadata, const Options& options);
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>> Create(
      std::unique_ptr<PatchableSink> sink, TensorMetadata metadata) {
    return Create(std::move(sink), std::move(metadata), Options());
  }

  /// Begins a tensor of shape [n, row_shape…]; empty for a vector. REQUIRES: no
  /// tensor is begun; the name is new; no dimension of row_shape is 0.
  absl::Status BeginTensor(std::string name, ElementType type, std::vector<uint64_t> row_shape);

  /// Adds bytes of the tensor, little-endian.
  absl::Status Append(std::string_view bytes);

  /// REQUIRES: the bytes make whole rows.
  absl::Status EndTensor();

  /// Where the next tensor will begin, from the end of the header.
  uint64_t data_bytes() const { return data_bytes_; }

  /// Writes the header and puts the file in its place. Call it once, last.
  absl::Status Close();

 private:
  SafetensorsWriter(std::unique_ptr<PatchableSink> sink, TensorMetadata metadata,
                    size_t header_bytes);

  std::unique_ptr<PatchableSink> sink_;
  const TensorMetadata metadata_;
  const size_t header_bytes_;  // With the 8 of the length.
  std::vector<TensorInfo> tensors_;
  bool in_tensor_ = false;
  uint64_t data_bytes_ = 0;
};

/// Reads a safetensors file by range. Open checks all that the header says: its
/// length, its JSON, that names are unique, types known, offsets in order without
/// holes or overlaps, sizes as the shapes ask, and that they end with the file.
/// Whatever is wrong is kDataLoss naming the file. Thread-safe.
class SafetensorsReader {
 public:
  static constexpr uint64_t kMaxHeaderBytes = 100'000'000;

  /// The memory to read the header with is taken from the context's budget for
  /// the time of this call.
  static absl::StatusOr<std::unique_ptr<SafetensorsReader>> Open(
      std::unique_ptr<RandomAccessFile> file, Context& context);

  /// In the order of their bytes.
  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  const TensorMetadata& metadata() const { return metadata_; }
  const std::string& name() const { return file_->name(); }

  /// nullptr when there is none of this name.
  const TensorInfo* Find(std::string_view tensor) const;
  const std::string* FindMetadata(std::string_view key) const;

  /// Fills buffer[0, size) with bytes of a tensor of this file from `offset` on.
  /// REQUIRES: they are within the tensor.
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
