#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/io/random_access.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/safetensors.h"

namespace corpusmill {

/// A stretch of a sequence that belongs to one document, or is padding.
struct SequenceSegment {
  uint32_t begin = 0;
  uint32_t end = 0;
  int32_t input = 0;   ///< -1 for padding.
  int64_t record = 0;  ///< -1 for padding.
};

/// One row of a shard.
struct Sequence {
  std::vector<uint32_t> ids;  ///< seq_len of them, with padding.
  uint32_t tokens = 0;        ///< Without padding.
  int32_t last_label = 0;     ///< -100 if there is none.
  std::vector<SequenceSegment> segments;
};

/// Where a row or a shard meets the next one.
struct ShardEdge {
  int32_t input = 0;
  int64_t record = 0;
  uint32_t first_id = 0;   ///< Of the row that begins here.
  int32_t last_label = 0;  ///< Of the row that ends here.
};

/// What a check of a whole shard found.
struct ShardContent {
  uint64_t rows = 0;
  uint64_t tokens = 0;
  uint64_t segments = 0;
  uint64_t documents = 0;  ///< With the first one even if it began in the shard before.
  ShardEdge first;
  ShardEdge last;
};

/// Whether the document that ends one row goes on in the next, with the label
/// that says so; otherwise kDataLoss.
absl::StatusOr<bool> Continues(const ShardEdge& last, const ShardEdge& first);

/// Reads one shard of a folder whose manifest is known. Whatever is wrong with
/// the file is kDataLoss naming it. Thread-safe.
class ShardReader {
 public:
  /// Checks names, types and shapes of the tensors and the metadata against the
  /// manifest, which must outlive the reader. Reads none of the tensors.
  static absl::StatusOr<std::unique_ptr<ShardReader>> Open(std::unique_ptr<RandomAccessFile> file,
                                                           const Manifest& manifest,
                                                           Context& context);

  uint64_t rows() const { return rows_; }
  const std::string& name() const { return file_->name(); }

  /// REQUIRES: row < rows().
  absl::StatusOr<Sequence> ReadRow(uint64_t row) const;

  /// Reads everything and checks all that docs/formats/shards.md promises of one
  /// shard. Memory is a few small buffers from the context's budget.
  absl::StatusOr<ShardContent> Check(Context& context) const;

 private:
  ShardReader(std::unique_ptr<SafetensorsReader> file, const Manifest& manifest);
  absl::Status CheckHeader();
  absl::Status CheckMetadata(std::string_view key, std::string_view expected) const;
  absl::StatusOr<const TensorInfo*> FindTensor(std::string_view tensor, DType dtype,
                                               size_t dimensions) const;
  absl::Status CheckIds(uint64_t row, uint64_t tokens, std::string& buffer,
                        uint32_t* first_id) const;

  const std::unique_ptr<SafetensorsReader> file_;
  const Manifest& manifest_;
  const uint64_t seq_len_;
  uint64_t rows_ = 0;
  uint64_t segments_ = 0;
  const TensorInfo* input_ids_ = nullptr;
  const TensorInfo* segment_record_ = nullptr;
  const TensorInfo* segment_input_ = nullptr;
  const TensorInfo* cu_seqlens_ = nullptr;
  const TensorInfo* row_segments_ = nullptr;
  const TensorInfo* row_tokens_ = nullptr;
  const TensorInfo* last_labels_ = nullptr;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_READER_H_
