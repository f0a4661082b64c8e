#include "pipelines/shards/shards.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file_system.h"
#include "corpus/io/random_access.h"
#include "pipelines/rows/packed_row.h"
#include "pipelines/shards/shard_format.h"

namespace corpusmill {
namespace {

constexpr size_t kReadBytes = 1 << 20;
/// Approximate memory of the check of one shard.
constexpr uint64_t kShardCheckBytes = 2 * kReadBytes;

absl::Status CheckHash(const RandomAccessFile& file, const ManifestShard& shard, Context& context) {
  if (file.size_bytes() != shard.bytes) {
    return DataError(absl::StrFormat("%s: has %d bytes, the manifest says %d; it is %s",
                                     file.name(), file.size_bytes(), shard.bytes,
                                     file.size_bytes() < shard.bytes ? "truncated" : "too long"));
  }
  CM_ASSIGN_OR_RETURN(const MemoryLease lease, context.memory().Take(kReadBytes, "read buffer"));
  std::string buffer(kReadBytes, '\0');
  StreamHasher hasher;
  for (uint64_t offset = 0; offset < shard.bytes;) {
    CM_RETURN_IF_ERROR(context.CheckCancelled());
    const size_t size = static_cast<size_t>(std::min<uint64_t>(kReadBytes, shard.bytes - offset));
    CM_RETURN_IF_ERROR(file.Read(offset, size, buffer.data()));
    hasher.Update({buffer.data(), size});
    offset += size;
    context.reporter().Advance(size);
  }
  if (hasher.Digest().ToHex() != shard.xxh3_128) {
    return DataError(
        absl::StrFormat("%s: its content has changed: the hash is %s, the manifest says %s",
                        file.name(), hasher.Digest().ToHex(), shard.xxh3_128));
  }
  return absl::OkStatus();
}

/// REQUIRES: the shard is from a parsed manifest, so its file name is valid.
const ShardContainer& ContainerOf(const ManifestShard& shard) {
  return *FindShardContainer(shard.file);
}

absl::Status CheckCount(std::string_view name, std::string_view what, uint64_t found,
                        uint64_t expected) {
  if (found == expected) return absl::OkStatus();
  return DataError(
      absl::StrFormat("%s: has %d %s, the manifest says %d", name, found, what, expected));
}

}  // namespace

absl::StatusOr<ShardFolder> ShardFolder::Open(const std::string& path, Context& context) {
  const std::string file = absl::StrFormat("%s/%s", path, kManifestFile);
  CM_ASSIGN_OR_RETURN(const std::string json, ReadFileToString(file));
  CM_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(json, file));
  return ShardFolder(path, std::move(manifest), context);
}

ShardFolder::ShardFolder(std::string path, Manifest manifest, Context& context)
    : path_(std::move(path)), manifest_(std::move(manifest)), context_(&context) {}

std::string ShardFolder::ShardPath(uint64_t index) const {
  return absl::StrFormat("%s/%s", path_, manifest_.shards[index].file);
}

absl::StatusOr<std::unique_ptr<ShardReader>> ShardFolder::OpenShard(uint64_t index) const {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file,
                      OpenRandomAccessFile(ShardPath(index)));
  CM_ASSIGN_OR_RETURN(
      std::unique_ptr<ShardReader> reader,
      OpenShardReader(ContainerOf(manifest_.shards[index]), std::move(file), manifest_, *context_));
  CM_RETURN_IF_ERROR(
      CheckCount(reader->name(), "sequences", reader->rows(), manifest_.shards[index].rows));
  return reader;
}

absl::StatusOr<Sequence> ShardFolder::ReadSequence(uint64_t index) const {
  uint64_t row = index;
  for (size_t shard = 0; shard < manifest_.shards.size(); ++shard) {
    if (row < manifest_.shards[shard].rows) {
      CM_ASSIGN_OR_RETURN(const std::unique_ptr<ShardReader> reader, OpenShard(shard));
      return reader->ReadRow(row);
    }
    row -= manifest_.shards[shard].rows;
  }
  return UsageError(absl::StrFormat("%s: no sequence %d: there are %d, counted from 0", path_,
                                    index, manifest_.counts.rows));
}

absl::StatusOr<std::vector<Sequence>> ShardFolder::Head(uint64_t count) const {
  std::vector<Sequence> sequences;
  for (size_t shard = 0; shard < manifest_.shards.size() && sequences.size() < count; ++shard) {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<ShardReader> reader, OpenShard(shard));
    for (uint64_t row = 0; row < reader->rows() && sequences.size() < count; ++row) {
      CM_ASSIGN_OR_RETURN(Sequence sequence, reader->ReadRow(row));
      sequences.push_back(std::move(sequence));
    }
  }
  return sequences;
}

absl::StatusOr<ShardContent> ShardFolder::VerifyShard(uint64_t index) const {
  const ManifestShard& shard = manifest_.shards[index];
  CM_ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file,
                      OpenRandomAccessFile(ShardPath(index)));
  CM_RETURN_IF_ERROR(CheckHash(*file, shard, *context_));
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ShardReader> reader,
                      OpenShardReader(ContainerOf(shard), std::move(file), manifest_, *context_));
  CM_ASSIGN_OR_RETURN(const ShardContent content, reader->Check(*context_));
  CM_RETURN_IF_ERROR(CheckCount(reader->name(), "sequences", content.rows, shard.rows));
  CM_RETURN_IF_ERROR(CheckCount(reader->name(), "tokens", content.tokens, shard.tokens));
  CM_RETURN_IF_ERROR(CheckCount(reader->name(), "segments", content.segments, shard.segments));
  return content;
}

absl::Status ShardFolder::CheckFileList() const {
  std::set<std::string> known;
  for (const ManifestShard& shard : manifest_.shards) known.insert(shard.file);
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFolder(path_));
  for (const std::string& name : names) {
    if (IsShardFileName(name) && !known.contains(name)) {
      return DataError(absl::StrFormat("%s/%s: is not in the manifest", path_, name));
    }
  }
  return absl::OkStatus();
}

absl::Status ShardFolder::Verify() const {
  uint64_t total_bytes = 0;
  for (const ManifestShard& shard : manifest_.shards) total_bytes += shard.bytes;
  const Phase phase(context_->reporter(), "verifying", total_bytes);
  CM_RETURN_IF_ERROR(
      Annotate(CheckBalance(manifest_), absl::StrFormat("%s/%s", path_, kManifestFile)));
  CM_RETURN_IF_ERROR(CheckFileList());

  struct Item {
    uint64_t index = 0;
    ShardContent content;
  };
  uint64_t next = 0;
  std::optional<ShardEdge> last;
  const uint64_t room = context_->memory().available_bytes() / 2 / kShardCheckBytes;
  CM_RETURN_IF_ERROR(context_->OrderedPipeline<Item>(
      std::clamp<uint64_t>(room, 1, static_cast<uint64_t>(context_->threads())),
      [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
        if (next == manifest_.shards.size()) return nullptr;
        auto item = std::make_unique<Item>();
        item->index = next++;
        return item;
      },
      [&](Item& item) -> absl::Status {
        CM_ASSIGN_OR_RETURN(item.content, VerifyShard(item.index));
        return absl::OkStatus();
      },
      [&](Item& item) -> absl::Status {
        uint64_t documents = item.content.documents;
        if (last) {
          const absl::StatusOr<bool> continues =
              Continues(*last, item.content.first, manifest_.any_order());
          if (!continues.ok()) {
            return Annotate(continues.status(),
                            absl::StrFormat("%s: row 0", ShardPath(item.index)));
          }
          if (*continues) --documents;
        }
        last = item.content.last;
        return CheckCount(ShardPath(item.index), "documents that begin in it", documents,
                          manifest_.shards[item.index].documents);
      }));
  if (last && last->last_label != kIgnoreLabel &&
      manifest_.dropped[DropReason::kTail].tokens == 0) {
    return DataError(absl::StrFormat("%s: last row: last_labels has %d, but no token follows",
                                     ShardPath(manifest_.shards.size() - 1), last->last_label));
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
