#include "pipelines/shards/safetensors.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/json_fields.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kLengthBytes = 8;
/// Upper bound of the memory of simdjson and the parsed header per byte of JSON.
constexpr uint64_t kParseBytesPerByte = 32;

std::string HeaderJson(const TensorMetadata& metadata, const std::vector<TensorInfo>& tensors) {
  nlohmann::ordered_json header;
  header["__metadata__"] = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header["__metadata__"][key] = value;
  for (const TensorInfo& tensor : tensors) {
    nlohmann::ordered_json& entry = header[tensor.name];
    entry["dtype"] = std::string(ElementInfo(tensor.type).safetensors);
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {tensor.begin, tensor.end};
  }
  return header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

absl::StatusOr<TensorInfo> ParseTensor(std::string_view name, const JsonFields& fields,
                                       std::string_view file) {
  const auto error = [&](std::string_view what) {
    return DataError(absl::StrFormat("%s: tensor %s: %s", file, name, what));
  };
  TensorInfo tensor;
  tensor.name = name;
  CM_ASSIGN_OR_RETURN(const std::string dtype, fields.String("dtype"));
  const std::optional<ElementType> type =
      FindElementType(&ElementTypeInfo::safetensors, std::string_view(dtype));
  if (!type) return error(absl::StrFormat("type %s is unknown", dtype));
  tensor.type = *type;
  CM_ASSIGN_OR_RETURN(tensor.shape, fields.Uints("shape"));
  CM_ASSIGN_OR_RETURN(const std::vector<uint64_t> offsets, fields.Uints("data_offsets"));
  if (offsets.size() != 2) return error("data_offsets are not two numbers");
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  if (tensor.begin > tensor.end) return error("data_offsets are in the wrong order");
  uint64_t bytes = ElementBytes(tensor.type);
  for (const uint64_t dimension : tensor.shape) {
    if (__builtin_mul_overflow(bytes, dimension, &bytes)) return error("the shape is too large");
  }
  if (bytes != tensor.end - tensor.begin) {
    return error(absl::StrFormat("the shape asks for %d bytes, data_offsets hold %d", bytes,
                                 tensor.end - tensor.begin));
  }
  return tensor;
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

absl::Status SafetensorsWriter::BeginTensor(std::string name, ElementType type,
                                            std::vector<uint64_t> row_shape) {
  if (in_tensor_) return absl::FailedPreconditionError("the last tensor has not been ended");
  row_shape.insert(row_shape.begin(), 0);
  tensors_.push_back({.name = std::move(name),
                      .type = type,
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
  uint64_t row_bytes = ElementBytes(tensor.type);
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
  // The spaces from Create pad the header and count as part of it.
  std::string bytes(kLengthBytes, '\0');
  for (size_t i = 0; i < kLengthBytes; ++i) bytes[i] = static_cast<char>(room >> (8 * i));
  bytes += header;
  CM_RETURN_IF_ERROR(sink_->Patch(0, bytes));
  return sink_->Close();
}

absl::StatusOr<std::unique_ptr<SafetensorsReader>> SafetensorsReader::Open(
    std::unique_ptr<RandomAccessFile> file, Context& context) {
  std::unique_ptr<SafetensorsReader> reader(new SafetensorsReader(std::move(file)));
  CM_RETURN_IF_ERROR(reader->ReadHeader(context));
  return reader;
}

absl::Status SafetensorsReader::ReadHeader(Context& context) {
  const auto error = [this](std::string_view what) {
    return DataError(absl::StrFormat("%s: %s", name(), what));
  };
  const uint64_t file_bytes = file_->size_bytes();
  if (file_bytes < kLengthBytes) {
    return error(absl::StrFormat("%d bytes are too few for a safetensors file", file_bytes));
  }
  char length_bytes[kLengthBytes];
  CM_RETURN_IF_ERROR(file_->Read(0, kLengthBytes, length_bytes));
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<uint64_t>(static_cast<uint8_t>(length_bytes[i])) << (8 * i);
  }
  if (length > kMaxHeaderBytes) {
    return error(
        absl::StrFormat("not a safetensors file: a header of %d bytes, the format allows %d",
                        length, kMaxHeaderBytes));
  }
  if (length > file_bytes - kLengthBytes) {
    return error(absl::StrFormat("the header of %d bytes goes beyond the end of the file", length));
  }
  CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                      context.memory().Take(length * kParseBytesPerByte, "safetensors header"));
  std::string json(length, '\0');
  CM_RETURN_IF_ERROR(file_->Read(kLengthBytes, length, json.data()));
  if (json.empty() || json[0] != '{') return error("the header does not begin with {");

  simdjson::dom::parser parser;
  CM_ASSIGN_OR_RETURN(const JsonFields header,
                      JsonFields::Parse(parser, json, absl::StrFormat("%s: header", name())));
  for (const JsonFields::Member& member : header.members()) {
    CM_ASSIGN_OR_RETURN(const JsonFields fields, header.AsObject(member));
    if (member.key == "__metadata__") {
      for (const JsonFields::Member& entry : fields.members()) {
        CM_ASSIGN_OR_RETURN(std::string value, fields.AsString(entry));
        metadata_.emplace_back(entry.key, std::move(value));
      }
    } else {
      CM_ASSIGN_OR_RETURN(TensorInfo tensor, ParseTensor(member.key, fields, name()));
      tensors_.push_back(std::move(tensor));
    }
  }
  std::sort(tensors_.begin(), tensors_.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  data_begin_ = kLengthBytes + length;
  uint64_t end = 0;
  for (const TensorInfo& tensor : tensors_) {
    if (tensor.begin != end) {
      return error(
          absl::StrFormat("tensor %s begins at byte %d of the data, the one before ends at %d",
                          tensor.name, tensor.begin, end));
    }
    end = tensor.end;
  }
  if (end != file_bytes - data_begin_) {
    return error(absl::StrFormat("the tensors take %d bytes, the file has %d of them; it is %s",
                                 end, file_bytes - data_begin_,
                                 end > file_bytes - data_begin_ ? "truncated" : "too long"));
  }
  return absl::OkStatus();
}

const TensorInfo* SafetensorsReader::Find(std::string_view tensor) const {
  for (const TensorInfo& info : tensors_) {
    if (info.name == tensor) return &info;
  }
  return nullptr;
}

const std::string* SafetensorsReader::FindMetadata(std::string_view key) const {
  for (const auto& [name, value] : metadata_) {
    if (name == key) return &value;
  }
  return nullptr;
}

absl::Status SafetensorsReader::Read(const TensorInfo& tensor, uint64_t offset, size_t size,
                                     char* buffer) const {
  const uint64_t bytes = tensor.end - tensor.begin;
  if (offset > bytes || size > bytes - offset) {
    return absl::OutOfRangeError(
        ToAbsl(absl::StrFormat("%s: tensor %s has %d bytes", name(), tensor.name, bytes)));
  }
  return file_->Read(data_begin_ + tensor.begin + offset, size, buffer);
}

}  // namespace corpusmill
