#include "pipelines/shards/shard_set_writer.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

/// Memory of the pending batch and of the buffer for reading a shard back.
constexpr size_t kBufferBytes = 256 << 10;

/// Hashes a finished file by reading it back: its header is written last, and reading also
/// detects disk errors.
absl::Status HashFile(const std::string& path, const Context& context, ManifestShard* shard) {
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenFile(path, &context));
  StreamHasher hasher;
  std::string buffer(kBufferBytes, '\0');
  shard->bytes = 0;
  while (true) {
    CM_ASSIGN_OR_RETURN(const size_t size, source->Read(buffer.data(), buffer.size()));
    if (size == 0) break;
    hasher.Update({buffer.data(), size});
    shard->bytes += size;
  }
  shard->xxh3_128 = hasher.Digest().ToHex();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ShardSetWriter>> ShardSetWriter::Create(ShardSetOptions options,
                                                                       Context& context) {
  const Schema schema = options.objective->schema(options.vocab_size, options.seq_len);
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ShardWriter> file,
                      options.container->make_writer(schema, options.temp_dir, context));
  uint64_t row_bytes = 0;
  for (const Column& column : schema.columns) {
    if (column.kind != ColumnKind::kTokens) continue;
    row_bytes += options.seq_len * ElementBytes(column.type);
  }
  CM_ASSIGN_OR_RETURN(MemoryLease lease,
                      context.memory().Take(2 * kBufferBytes + row_bytes, "shard buffers"));
  std::unique_ptr<RowEncoder> encoder = options.objective->make_encoder(schema);
  return std::unique_ptr<ShardSetWriter>(new ShardSetWriter(
      std::move(options), context, std::move(encoder), std::move(file), std::move(lease)));
}

ShardSetWriter::ShardSetWriter(ShardSetOptions options, Context& context,
                               std::unique_ptr<RowEncoder> encoder,
                               std::unique_ptr<ShardWriter> file, MemoryLease lease)
    : options_(std::move(options)),
      context_(context),
      encoder_(std::move(encoder)),
      file_(std::move(file)),
      lease_(std::move(lease)) {}

absl::Status ShardSetWriter::WriteRow(const PackedRow& row) {
  if (shard_.rows == 0) CM_RETURN_IF_ERROR(OpenShard());
  CM_RETURN_IF_ERROR(encoder_->Add(row, *file_));
  const uint64_t padding = options_.seq_len - row.ids.size();
  shard_.rows += 1;
  shard_.tokens += row.ids.size();
  shard_.segments += row.segments.size() + (padding > 0 ? 1 : 0);
  shard_.documents += row.segments.size() - (row.continues ? 1 : 0);
  for (const uint32_t id : row.ids) shard_.text_bytes += options_.token_bytes[id];
  padding_tokens_ += padding;
  return shard_.rows == options_.rows_per_shard ? CloseShard() : absl::OkStatus();
}

absl::Status ShardSetWriter::Finish() { return shard_.rows == 0 ? absl::OkStatus() : CloseShard(); }

std::string ShardSetWriter::ShardPath() const {
  return absl::StrFormat("%s/%s", options_.folder, shard_.file);
}

absl::Status ShardSetWriter::OpenShard() {
  shard_ = ManifestShard();
  shard_.file = ShardFileName(shards_.size(), *options_.container);
  CM_ASSIGN_OR_RETURN(std::unique_ptr<PatchableSink> sink,
                      CreateFile(ShardPath(), {.io = context_.io()}));
  return file_->Open(std::move(sink),
                     {{std::string(kMetaFormat), std::string(kShardFormat)},
                      {std::string(kMetaVersion), std::string(kShardVersion)},
                      {std::string(kMetaObjective), std::string(options_.objective->name)},
                      {std::string(kMetaSeqLen), absl::StrFormat("%d", options_.seq_len)},
                      {std::string(kMetaVocabSize), absl::StrFormat("%d", options_.vocab_size)},
                      {std::string(kMetaTokenizer), options_.tokenizer_xxh3_128}});
}

absl::Status ShardSetWriter::CloseShard() {
  CM_RETURN_IF_ERROR(encoder_->EndShard(*file_));
  CM_RETURN_IF_ERROR(file_->Close());
  CM_RETURN_IF_ERROR(HashFile(ShardPath(), context_, &shard_));
  shards_.push_back(std::exchange(shard_, {}));
  return context_.CheckCancelled();
}

}  // namespace corpusmill
