#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "nlohmann/json.hpp"
#include "pipelines/shards/safetensors.h"

namespace corpusmill {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kLengthBytes = 8;

std::string HeaderJson(const TensorMetadata& metadata, const std::vector<TensorInfo>& tensors) {
  nlohmann::ordered_json header;
  header["__metadata__"] = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header["__metadata__"][key] = value;
  for (const TensorInfo& tensor : tensors) {
    nlohmann::ordered_json& entry = header[tensor.name];
    entry["dtype"] = std::string(DTypeName(tensor.dtype));
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {tensor.begin, tensor.end};
  }
  return header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SafetensorsWriter>> SafetensorsWriter::Create(
    std::unique_ptr<PatchableSink> sink, TensorMetadata metadata, const Options& options) {
  const size_t pages = (options.header_bytes + kPageBytes - 1) / kPageBytes;
  const size_t header_bytes = (pages == 0 ? 1 : pages) * kPageBytes;
  CM_RETURN_IF_ERROR(sink->Write(std::string(header_bytes, ' ')));
  return std::unique_ptr<SafetensorsWriter>(
      new SafetensorsWriter(std::move(sink), std::move(metadata), header_bytes));
}

SafetensorsWriter::SafetensorsWriter(std::unique_ptr<PatchableSink> sink, TensorMetadata metadata,
                                     size_t header_bytes)
    : sink_(std::move(sink)), metadata_(std::move(metadata)), header_bytes_(header_bytes) {}

absl::Status SafetensorsWriter::BeginTensor(std::string name, DType dtype,
                                            std::vector<uint64_t> row_shape) {
  if (in_tensor_) return absl::FailedPreconditionError("the last tensor has not been ended");
  row_shape.insert(row_shape.begin(), 0);
  tensors_.push_back({.name = std::move(name),
                      .dtype = dtype,
                      .shape = std::move(row_shape),
                      .begin = data_bytes_,
                      .end = data_bytes_});
  in_tensor_ = true;
  return absl::OkStatus();
}

absl::Status SafetensorsWriter::Append(std::string_view bytes) {
  if (!in_tensor_) return absl::FailedPreconditionError("no tensor has been begun");
  CM_RETURN_IF_ERROR(sink_->Write(bytes));
  data_bytes_ += bytes.size();
  return absl::OkStatus();
}

absl::Status SafetensorsWriter::EndTensor() {
  if (!in_tensor_) return absl::FailedPreconditionError("no tensor has been begun");
  TensorInfo& tensor = tensors_.back();
  tensor.end = data_bytes_;
  uint64_t row_bytes = DTypeBytes(tensor.dtype);
  for (size_t i = 1; i < tensor.shape.size(); ++i) row_bytes *= tensor.shape[i];
  if (row_bytes == 0 || (tensor.end - tensor.begin) % row_bytes != 0) {
    return absl::FailedPreconditionError(
        ToAbsl(absl::StrFormat("%s: tensor %s has %d bytes, which are not whole rows of %d",
                               sink_->name(), tensor.name, tensor.end - tensor.begin, row_bytes)));
  }
  tensor.shape[0] = (tensor.end - tensor.begin) / row_bytes;
  in_tensor_ = false;
  return absl::OkStatus();
}

absl::Status SafetensorsWriter::Close() {
  if (in_tensor_) return absl::FailedPreconditionError("the last tensor has not been ended");
  const std::string header = HeaderJson(metadata_, tensors_);
  const uint64_t room = header_bytes_ - kLengthBytes;
  if (header.size() > room) {
    return absl::FailedPreconditionError(
        ToAbsl(absl::StrFormat("%s: the header of %d bytes does not fit into the %d kept for it",
                               sink_->name(), header.size(), room)));
  }
  // The spaces that Create wrote are the padding, and count to the header.
  std::string bytes(kLengthBytes, '\0');
  for (size_t i = 0; i < kLengthBytes; ++i) bytes[i] = static_cast<char>(room >> (8 * i));
  bytes += header;
  CM_RETURN_IF_ERROR(sink_->Patch(0, bytes));
  return sink_->Close();
}

}  // namespace corpusmill
