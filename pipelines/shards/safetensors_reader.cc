#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/json_fields.h"
#include "pipelines/shards/safetensors.h"

namespace corpusmill {
namespace {

constexpr uint64_t kLengthBytes = 8;
/// What simdjson and the parsed header take for each byte of JSON, at most.
constexpr uint64_t kParseBytesPerByte = 32;

struct DTypeRow {
  DType dtype;
  std::string_view name;
  size_t bytes;
};
constexpr std::array<DTypeRow, 15> kDTypes = {{
    {DType::kBool, "BOOL", 1},
    {DType::kU8, "U8", 1},
    {DType::kI8, "I8", 1},
    {DType::kF8E5M2, "F8_E5M2", 1},
    {DType::kF8E4M3, "F8_E4M3", 1},
    {DType::kI16, "I16", 2},
    {DType::kU16, "U16", 2},
    {DType::kF16, "F16", 2},
    {DType::kBF16, "BF16", 2},
    {DType::kI32, "I32", 4},
    {DType::kU32, "U32", 4},
    {DType::kF32, "F32", 4},
    {DType::kF64, "F64", 8},
    {DType::kI64, "I64", 8},
    {DType::kU64, "U64", 8},
}};

/// Rows stand in the order of the enumeration.
constexpr bool InOrder() {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (static_cast<size_t>(kDTypes[i].dtype) != i) return false;
  }
  return true;
}
static_assert(InOrder());

const DTypeRow& RowOf(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }

std::optional<DType> ParseDType(std::string_view name) {
  for (const DTypeRow& row : kDTypes) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

absl::StatusOr<TensorInfo> ParseTensor(std::string_view name, const JsonFields& fields,
                                       std::string_view file) {
  const auto error = [&](std::string_view what) {
    return DataError(absl::StrFormat("%s: tensor %s: %s", file, name, what));
  };
  TensorInfo tensor;
  tensor.name = name;
  CM_ASSIGN_OR_RETURN(const std::string dtype, fields.String("dtype"));
  const std::optional<DType> known = ParseDType(dtype);
  if (!known) return error(absl::StrFormat("type %s is unknown", dtype));
  tensor.dtype = *known;
  CM_ASSIGN_OR_RETURN(tensor.shape, fields.Uints("shape"));
  CM_ASSIGN_OR_RETURN(const std::vector<uint64_t> offsets, fields.Uints("data_offsets"));
  if (offsets.size() != 2) return error("data_offsets are not two numbers");
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  if (tensor.begin > tensor.end) return error("data_offsets are in the wrong order");
  uint64_t bytes = DTypeBytes(tensor.dtype);
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

std::string_view DTypeName(DType dtype) { return RowOf(dtype).name; }
size_t DTypeBytes(DType dtype) { return RowOf(dtype).bytes; }

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
