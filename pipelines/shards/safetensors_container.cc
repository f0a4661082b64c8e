// The container "safetensors": one tensor per column, in the order of the schema.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/spool.h"
#include "pipelines/shards/safetensors.h"
#include "pipelines/shards/shard_container.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

/// The shape of a column without its first dimension.
std::vector<uint64_t> EntryShape(const Schema& schema, const Column& column) {
  if (column.kind == ColumnKind::kTokens) return {schema.seq_len};
  return {};
}

/// Writes the first column to the file at once, and keeps the other columns in spools until Close.
class SafetensorsShardWriter final : public ShardWriter {
 public:
  static absl::StatusOr<std::unique_ptr<ShardWriter>> Create(const Schema& schema,
                                                             const std::string& temp_dir,
                                                             Context& context) {
    std::vector<Spool> spools;
    for (size_t i = 1; i < schema.columns.size(); ++i) {
      CM_ASSIGN_OR_RETURN(Spool spool, Spool::Create(temp_dir, context.memory()));
      spools.push_back(std::move(spool));
    }
    return std::unique_ptr<ShardWriter>(new SafetensorsShardWriter(schema, std::move(spools)));
  }

  absl::Status Open(std::unique_ptr<PatchableSink> sink, const ShardMetadata& metadata) override {
    CM_ASSIGN_OR_RETURN(file_, SafetensorsWriter::Create(std::move(sink), metadata));
    return BeginColumn(0);
  }

  absl::Status Append(const RowBatch& batch) override {
    CM_RETURN_IF_ERROR(file_->Append(batch.columns[0]));
    for (size_t i = 0; i < spools_.size(); ++i) {
      CM_RETURN_IF_ERROR(spools_[i].Append(batch.columns[i + 1]));
    }
    return absl::OkStatus();
  }

  absl::Status Close() override {
    CM_RETURN_IF_ERROR(file_->EndTensor());
    CM_RETURN_IF_ERROR(Align());
    for (size_t i = 0; i < spools_.size(); ++i) {
      CM_RETURN_IF_ERROR(BeginColumn(i + 1));
      CM_RETURN_IF_ERROR(
          spools_[i].Drain([this](std::string_view bytes) { return file_->Append(bytes); }));
      CM_RETURN_IF_ERROR(file_->EndTensor());
    }
    CM_RETURN_IF_ERROR(file_->Close());
    file_.reset();
    return absl::OkStatus();
  }

 private:
  SafetensorsShardWriter(const Schema& schema, std::vector<Spool> spools)
      : schema_(schema), spools_(std::move(spools)) {}

  absl::Status BeginColumn(size_t i) {
    const Column& column = schema_.columns[i];
    return file_->BeginTensor(std::string(column.name), column.type, EntryShape(schema_, column));
  }

  /// Some readers require every tensor at a multiple of its element size.
  absl::Status Align() {
    const uint64_t over = file_->data_bytes() % kAlignBytes;
    if (over == 0) return absl::OkStatus();
    CM_RETURN_IF_ERROR(file_->BeginTensor(std::string(kAlign), ElementType::kU8, {}));
    CM_RETURN_IF_ERROR(file_->Append(std::string(kAlignBytes - over, '\0')));
    return file_->EndTensor();
  }

  const Schema schema_;
  std::vector<Spool> spools_;  // One per column from the second on.
  std::unique_ptr<SafetensorsWriter> file_;
};

class SafetensorsShardFile final : public ShardFile {
 public:
  static absl::StatusOr<std::unique_ptr<ShardFile>> Open(std::unique_ptr<RandomAccessFile> file,
                                                         Context& context) {
    CM_ASSIGN_OR_RETURN(std::unique_ptr<SafetensorsReader> reader,
                        SafetensorsReader::Open(std::move(file), context));
    return std::unique_ptr<ShardFile>(new SafetensorsShardFile(std::move(reader)));
  }

  const std::string& name() const override { return file_->name(); }
  const std::string* FindMetadata(std::string_view key) const override {
    return file_->FindMetadata(key);
  }

  absl::Status Bind(const Schema& schema) override {
    for (const Column& column : schema.columns) {
      CM_RETURN_IF_ERROR(BindColumn(column, EntryShape(schema, column)));
    }
    return absl::OkStatus();
  }

  uint64_t entries(size_t column) const override { return tensors_[column]->shape[0]; }

  absl::Status Read(size_t column, uint64_t first_value, uint64_t count,
                    char* values) const override {
    const TensorInfo& tensor = *tensors_[column];
    const uint64_t width = ElementBytes(tensor.type);
    return file_->Read(tensor, first_value * width, count * width, values);
  }

 private:
  explicit SafetensorsShardFile(std::unique_ptr<SafetensorsReader> file) : file_(std::move(file)) {}

  absl::Status BindColumn(const Column& column, const std::vector<uint64_t>& entry_shape) {
    const TensorInfo* const tensor = file_->Find(column.name);
    if (tensor == nullptr)
      return DataError(absl::StrFormat("%s: no tensor %s", name(), column.name));
    const size_t dimensions = 1 + entry_shape.size();
    if (tensor->type != column.type || tensor->shape.size() != dimensions) {
      return DataError(
          absl::StrFormat("%s: tensor %s is %d-dimensional %s instead of %d-dimensional %s", name(),
                          column.name, tensor->shape.size(), ElementInfo(tensor->type).safetensors,
                          dimensions, ElementInfo(column.type).safetensors));
    }
    if (!std::equal(entry_shape.begin(), entry_shape.end(), tensor->shape.begin() + 1)) {
      return DataError(absl::StrFormat("%s: tensor %s is [%d, %d], not [rows, %d]", name(),
                                       column.name, tensor->shape[0], tensor->shape[1],
                                       entry_shape[0]));
    }
    tensors_.push_back(tensor);
    return absl::OkStatus();
  }

  const std::unique_ptr<SafetensorsReader> file_;
  std::vector<const TensorInfo*> tensors_;  // By column.
};

}  // namespace

constinit const ShardContainer kSafetensorsContainer = {
    .name = "safetensors",
    .extension = ".safetensors",
    .make_writer = SafetensorsShardWriter::Create,
    .open_file = SafetensorsShardFile::Open};

}  // namespace corpusmill
