#include "shuffle/passes/target.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

class SinkTargetImpl final : public ShuffleTarget {
 public:
  explicit SinkTargetImpl(ByteSink& sink) : sink_(sink) {}
  std::string output_path() const override { return std::string(kStandardStream); }
  bool compresses() const override { return false; }
  absl::Status Begin(const ShuffleResult& result) override {
    if (result.streams.size() != 1) return UsageError("several streams cannot go to one sink");
    return sink_.Write(result.header);
  }
  absl::Status Write(size_t, const SortedBucket& bucket,
                     const OversizedSource& oversized_records) override {
    return bucket.Write(0, bucket.size(), oversized_records, sink_);
  }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  ByteSink& sink_;
};

class RecordTargetImpl final : public ShuffleTarget {
 public:
  using Use = std::function<absl::Status(size_t stream, std::string_view record)>;
  RecordTargetImpl(Use use, Context& context, std::string output_path)
      : use_(std::move(use)), context_(context), output_path_(std::move(output_path)) {}
  std::string output_path() const override { return output_path_; }
  bool compresses() const override { return false; }
  absl::Status Begin(const ShuffleResult&) override { return absl::OkStatus(); }
  absl::Status Write(size_t stream, const SortedBucket& bucket,
                     const OversizedSource& oversized_records) override {
    return bucket.ForEach(
        [&](std::string_view record) { return use_(stream, record); },
        [&](const OversizedRecord& oversized) -> absl::Status {
          CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                              context_.memory().Take(oversized.length, "a long record"));
          std::string record;
          record.reserve(oversized.length);
          CM_RETURN_IF_ERROR(oversized_records.Read(oversized, [&](std::string_view chunk) {
            record += chunk;
            return absl::OkStatus();
          }));
          if (!(HashBytes(record) == oversized.hash)) return DataError("damaged temporary data");
          return use_(stream, record);
        });
  }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  const Use use_;
  Context& context_;
  const std::string output_path_;
};

/// A part of a path pattern.
struct PatternPart {
  std::string text;  // Literal text if `name` is empty.
  std::string name;  // "split", "name" or "shard"
  int width = 0;     // Width of a zero-padded number.
};

absl::StatusOr<std::vector<PatternPart>> ParsePattern(const std::string& pattern) {
  std::vector<PatternPart> parts(1);
  for (size_t at = 0; at < pattern.size();) {
    const size_t close = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
    if (close == std::string::npos) {
      parts.back().text += pattern[at++];
      continue;
    }
    const std::string inside = pattern.substr(at + 1, close - at - 1);
    const size_t colon = inside.find(':');
    PatternPart part{.name = inside.substr(0, colon)};
    bool known = part.name == "split" || part.name == "name" || part.name == "shard";
    if (colon != std::string::npos) {  // A format as in Python: 05d.
      const std::string format = inside.substr(colon + 1);
      const auto [end, error] =
          std::from_chars(format.data(), format.data() + format.size(), part.width);
      known = known && part.name == "shard" && error == std::errc() && format.starts_with('0') &&
              std::string_view(end) == "d" && part.width <= 20;
    }
    if (!known) {
      return UsageError(absl::StrFormat(
          "%s: {%s} is unknown; an output name may hold {shard}, {shard:05d}, {split} and {name}",
          pattern, inside));
    }
    parts.push_back(std::move(part));
    parts.emplace_back();
    at = close + 1;
  }
  return parts;
}

}  // namespace

std::unique_ptr<ShuffleTarget> RecordTarget(
    std::function<absl::Status(size_t stream, std::string_view record)> use, Context& context,
    std::string output_path) {
  return std::make_unique<RecordTargetImpl>(std::move(use), context, std::move(output_path));
}

std::unique_ptr<ShuffleTarget> SinkTarget(ByteSink& sink) {
  return std::make_unique<SinkTargetImpl>(sink);
}

uint64_t ShuffleFiles::ShardsOfStream(size_t stream) const {
  return split_shards.empty() ? std::max<uint64_t>(1, shards)
                              : split_shards[stream % split_shards.size()];
}

std::string ShufflePath(const ShuffleFiles& files, size_t stream, uint64_t shard) {
  const size_t splits = std::max<size_t>(1, files.splits.size());
  std::string path;
  for (const PatternPart& part : ParsePattern(files.pattern).value_or(std::vector<PatternPart>())) {
    path += part.text;
    if (part.name == "split") path += files.splits[stream % splits];
    if (part.name == "name") path += files.names[stream / splits];
    if (part.name == "shard") path += absl::StrFormat("%0*d", part.width, shard);
  }
  return path;
}

absl::Status CheckShuffleFiles(const ShuffleFiles& files) {
  CM_ASSIGN_OR_RETURN(const std::vector<PatternPart> parts, ParsePattern(files.pattern));
  const auto check = [&](std::string_view name, bool needed, std::string_view what,
                         std::string_view flag) -> absl::Status {
    const bool there = std::any_of(parts.begin(), parts.end(),
                                   [&](const PatternPart& part) { return part.name == name; });
    if (there == needed) return absl::OkStatus();
    return UsageError(needed ? absl::StrFormat("%s: %s needs {%s} in the name of the output",
                                               files.pattern, flag, name)
                             : absl::StrFormat("%s: {%s} in the name of the output needs %s",
                                               files.pattern, name, what));
  };
  const bool by_number = files.shards > 0 || !files.split_shards.empty();
  CM_RETURN_IF_ERROR(check("shard", by_number || files.shard_bytes > 0, "--shards or --shard-size",
                           by_number ? "--shards" : "--shard-size"));
  CM_RETURN_IF_ERROR(check("split", !files.splits.empty(), "--split", "--split"));
  CM_RETURN_IF_ERROR(check("name", !files.names.empty(), "--aligned", "--aligned"));
  const size_t streams =
      std::max<size_t>(1, files.splits.size()) * std::max<size_t>(1, files.names.size());
  std::set<std::string> paths;
  for (size_t stream = 0; stream < streams; ++stream) {
    // The number of shards by size is unknown so far: checks only the first.
    for (uint64_t shard = 0; shard < files.ShardsOfStream(stream); ++shard) {
      const std::string path = ShufflePath(files, stream, shard);
      if (!paths.insert(path).second) {
        return UsageError(absl::StrFormat("%s: is the name of two outputs", path));
      }
      CM_RETURN_IF_ERROR(CheckOutputPath(path, {.overwrite = files.overwrite}));
    }
  }
  return absl::OkStatus();
}

FilesTarget::FilesTarget(ShuffleFiles files, Context& context)
    : files_(std::move(files)), context_(context) {}

void RemoveOutput(const std::string& path) {
  if (!IsRegularFile(path)) return;  // Standard output, or a device.
  const absl::StatusOr<std::string> file = FollowLinks(path);
  if (file.ok()) RemoveFile(*file).IgnoreError();
}

FilesTarget::~FilesTarget() {
  if (finished_ || resumable_) return;
  for (const std::string& path : written_) RemoveOutput(path);
}

uint64_t FilesTarget::ShardsOf(const ShuffleFiles& files, const ShuffleResult& result,
                               size_t stream) {
  if (files.shard_bytes == 0) return files.ShardsOfStream(stream);
  const uint64_t bytes = result.streams[stream].bytes;
  return std::max<uint64_t>(1, bytes / files.shard_bytes + (bytes % files.shard_bytes ? 1 : 0));
}

absl::Status FilesTarget::Begin(const ShuffleResult& result) {
  result_ = result;
  end_ = {result.streams.size(), 0};
  return Open();
}

absl::Status FilesTarget::BeginAt(const ShuffleResult& result, const OutputPosition& position,
                                  const OutputFile& end, uint64_t records_before,
                                  uint64_t bytes_before) {
  result_ = result;
  end_ = end;
  resumable_ = true;
  file_ = position.file;
  shard_begin_ = position.shard_begin;
  stream_ = position.file.stream;
  records_ = records_before;
  bytes_ = bytes_before;
  begun_ = position.encoded.plain_bytes > 0;
  if (begun_) continued_ = position;
  return Open();  // Takes the encoder's memory before others do.
}

namespace {

/// Skips the first bytes, which an earlier run wrote.
class SkippingSink final : public ByteSink {
 public:
  SkippingSink(std::unique_ptr<ByteSink> sink, uint64_t skip)
      : sink_(std::move(sink)), skip_(skip) {}
  absl::Status Write(std::string_view bytes) override {
    const auto skipped = static_cast<size_t>(std::min<uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    return sink_->Write(bytes.substr(skipped));
  }
  absl::Status Close() override { return sink_->Close(); }
  const std::string& name() const override { return sink_->name(); }

 private:
  const std::unique_ptr<ByteSink> sink_;
  uint64_t skip_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSink>> FilesTarget::OpenRaw(const std::string& path) {
  const OutputOptions options{.overwrite = files_.overwrite,
                              .io = context_.io(),
                              .keep_part = resumable_,
                              .context = &context_};
  if (!resumable_) return CreateFile(path, options);
  std::unique_ptr<HashedOutput> raw;
  if (continued_) {
    CM_ASSIGN_OR_RETURN(raw, HashedOutput::Continue(path, continued_->encoded.stored_bytes,
                                                    continued_->stored_hash, options, context_));
  } else {
    CM_ASSIGN_OR_RETURN(raw, HashedOutput::Create(path, options, context_));
  }
  raw_ = raw.get();
  return raw;
}

absl::Status FilesTarget::Open() {
  if (sink_ != nullptr) return absl::OkStatus();
  const std::string path = ShufflePath(files_, file_.stream, file_.shard);
  const EncodedPosition start = continued_ ? continued_->encoded : EncodedPosition();
  CM_ASSIGN_OR_RETURN(auto raw, OpenRaw(path));
  CM_ASSIGN_OR_RETURN(auto encoder, OpenEncoder(std::move(raw), files_.codec, context_, start));
  encoder_ = encoder.get();
  sink_ = std::move(encoder);
  if (!continued_) return sink_->Write(result_.header);
  continued_.reset();
  // The next bucket begins at or within the shard.
  const bool within = bytes_ > shard_begin_;
  const uint64_t at = within ? result_.header.size() + bytes_ - shard_begin_ : 0;
  sink_ = std::make_unique<SkippingSink>(std::move(sink_), start.plain_bytes - at);
  return within ? absl::OkStatus() : sink_->Write(result_.header);
}

absl::Status FilesTarget::Close() {
  // There may be many small files in a bucket.
  CM_RETURN_IF_ERROR(context_.CheckCancelled());
  CM_RETURN_IF_ERROR(Open());
  CM_RETURN_IF_ERROR(sink_->Close());
  written_.push_back(ShufflePath(files_, file_.stream, file_.shard));
  if (resumable_) {
    stored_.push_back({raw_->bytes_written(), raw_->hash()});
  } else {
    unfinished_.push_back(
        std::make_unique<Unfinished>([path = written_.back()] { RemoveOutput(path); }));
  }
  sink_.reset();
  return absl::OkStatus();
}

OutputFile FilesTarget::Next(const OutputFile& file) const {
  if (file.shard + 1 < ShardsOf(files_, result_, file.stream)) {
    return {file.stream, file.shard + 1};
  }
  return {file.stream + 1, 0};
}

absl::Status FilesTarget::GoTo(const OutputFile& file) {
  while (file_ < file) {
    CM_RETURN_IF_ERROR(Close());
    file_ = Next(file_);
    begun_ = false;
  }
  return absl::OkStatus();
}

absl::Status FilesTarget::Checkpoint(OutputPosition* position) {
  if (!begun_) {
    *position = {file_, stream_ == file_.stream ? bytes_ : 0, {}};
    return absl::OkStatus();
  }
  *position = {file_, shard_begin_, {}};
  position->encoded = encoder_->position();
  position->stored_hash = raw_->hash();
  if (raw_->bytes_written() != position->encoded.stored_bytes) {
    return absl::InternalError("an encoder has written more than it says");
  }
  return raw_->Sync();
}

uint64_t FilesTarget::ShardOf(size_t stream, uint64_t record, uint64_t start) const {
  if (files_.shard_bytes > 0) return start / files_.shard_bytes;
  const uint64_t shards = files_.ShardsOfStream(stream);
  if (shards == 1) return 0;
  // Shard s holds records [n·s/shards, n·(s+1)/shards). Finds the largest s that begins at or
  // before the record.
  using Wide = unsigned __int128;
  const uint64_t n = result_.streams[stream].records;
  return static_cast<uint64_t>(((Wide{record} + 1) * shards - 1) / n);
}

absl::Status FilesTarget::Write(size_t stream, const SortedBucket& bucket,
                                const OversizedSource& oversized_records) {
  if (stream != stream_) {
    stream_ = stream;
    records_ = bytes_ = 0;
  }
  for (size_t begin = 0; begin < bucket.size();) {
    const OutputFile file{stream, ShardOf(stream, records_, bytes_)};
    // Writes the rest of the bucket if it goes to one file, else record by record.
    size_t end = bucket.size();
    uint64_t bytes = bucket.output_bytes();
    if (begin > 0 || ShardOf(stream, records_ + end - 1,
                             files_.shard_bytes > 0 ? bytes_ + bytes : 0) != file.shard) {
      bytes = 0;
      end = begin;
      do {
        bytes += bucket.RecordBytes(end++);
      } while (end < bucket.size() &&
               ShardOf(stream, records_ + end - begin, bytes_ + bytes) == file.shard);
    }
    if (file >= end_) return absl::OkStatus();  // Belongs to another task.
    if (file >= file_) {
      CM_RETURN_IF_ERROR(GoTo(file));
      CM_RETURN_IF_ERROR(Open());
      if (!std::exchange(begun_, true)) shard_begin_ = bytes_;
      CM_RETURN_IF_ERROR(bucket.Write(begin, end, oversized_records, *sink_));
    }
    records_ += end - begin;
    bytes_ += bytes;
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status FilesTarget::Finish() {
  CM_RETURN_IF_ERROR(GoTo(end_));
  finished_ = true;
  unfinished_.clear();
  return absl::OkStatus();
}

}  // namespace corpusmill
