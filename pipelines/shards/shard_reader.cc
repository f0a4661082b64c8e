#include "pipelines/shards/shard_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/rows/packed_row.h"
#include "pipelines/shards/objective.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

absl::Status CheckMetadata(const ShardFile& file, const Manifest& manifest) {
  const std::pair<std::string_view, std::string> expected[] = {
      {kMetaFormat, std::string(kShardFormat)},
      {kMetaVersion, std::string(kShardVersion)},
      {kMetaObjective, manifest.objective},
      {kMetaSeqLen, absl::StrFormat("%d", manifest.options.seq_len)},
      {kMetaVocabSize, absl::StrFormat("%d", manifest.tokenizer.vocab_size)},
      {kMetaTokenizer, manifest.tokenizer.xxh3_128}};
  for (const auto& [key, value] : expected) {
    const std::string* const found = file.FindMetadata(key);
    if (found == nullptr) {
      return DataError(absl::StrFormat("%s: metadata has no %s", file.name(), key));
    }
    if (*found != value) {
      return DataError(
          absl::StrFormat("%s: %s is %s, the manifest says %s", file.name(), key, *found, value));
    }
  }
  return absl::OkStatus();
}

/// Checks that the columns agree on the numbers of rows and segments.
absl::Status CheckEntries(const ShardFile& file, const Schema& schema) {
  std::optional<uint64_t> rows, segments;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const ColumnKind kind = schema.columns[i].kind;
    const bool of_segments = kind == ColumnKind::kSegments || kind == ColumnKind::kSegmentBounds;
    const bool bounds = kind == ColumnKind::kRowBounds || kind == ColumnKind::kSegmentBounds;
    std::optional<uint64_t>& count = of_segments ? segments : rows;
    const uint64_t extra = bounds ? 1 : 0;
    if (!count.has_value()) count = std::max(file.entries(i), extra) - extra;
    const uint64_t expected = *count + extra;
    if (file.entries(i) != expected) {
      return DataError(absl::StrFormat("%s: column %s has %d entries instead of %d", file.name(),
                                       schema.columns[i].name, file.entries(i), expected));
    }
  }
  if (rows == 0) return DataError(absl::StrFormat("%s: has no rows", file.name()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> Continues(const ShardEdge& last, const ShardEdge& first, bool any_order) {
  bool same = last.input == first.input && last.record == first.record;
  if (any_order && last.last_label == kIgnoreLabel) same = false;
  const int64_t expected = same ? static_cast<int64_t>(first.first_id) : kIgnoreLabel;
  if (last.last_label != expected) {
    return DataError(absl::StrFormat("the last label of the row before is %d instead of %d",
                                     last.last_label, expected));
  }
  if (!any_order && std::pair(first.input, first.record) < std::pair(last.input, last.record)) {
    return DataError("documents are not in order");
  }
  return same;
}

absl::StatusOr<std::unique_ptr<ShardReader>> OpenShardReader(const ShardContainer& container,
                                                             std::unique_ptr<RandomAccessFile> file,
                                                             const Manifest& manifest,
                                                             Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ShardFile> shard,
                      container.open_file(std::move(file), context));
  CM_RETURN_IF_ERROR(CheckMetadata(*shard, manifest));
  const Objective* const objective = FindObjective(manifest.objective);
  if (objective == nullptr) {
    return DataError(absl::StrFormat("%s: objective %s is not known to this program", shard->name(),
                                     manifest.objective));
  }
  const Schema schema = objective->schema(manifest.tokenizer.vocab_size, manifest.options.seq_len);
  CM_RETURN_IF_ERROR(shard->Bind(schema));
  CM_RETURN_IF_ERROR(CheckEntries(*shard, schema));
  return objective->make_reader(std::move(shard), manifest);
}

}  // namespace corpusmill
