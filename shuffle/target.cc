#include "shuffle/target.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "corpus/status.h"

namespace corpusmill {
namespace {

class SinkTargetImpl final : public ShuffleTarget {
 public:
  explicit SinkTargetImpl(ByteSink& sink) : sink_(sink) {}
  std::string output_path() const override { return std::string(kStandardStream); }
  absl::Status Begin(const ShuffleResult& result) override {
    if (result.streams.size() != 1) return UsageError("several streams cannot go to one sink");
    return sink_.Write(result.header);
  }
  absl::Status Write(size_t, const SortedCell& cell, const GiantSource& giants) override {
    return cell.Write(0, cell.size(), giants, sink_);
  }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  ByteSink& sink_;
};

/// What a pattern consists of.
struct PatternPart {
  std::string text;  // Stands for itself, if `name` is empty.
  std::string name;  // "split", "name" or "shard"
  int width = 0;     // Of a number, filled with zeros.
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
    if (colon != std::string::npos) {  // As Python's: 05d.
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

std::unique_ptr<ShuffleTarget> SinkTarget(ByteSink& sink) {
  return std::make_unique<SinkTargetImpl>(sink);
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
  const bool sharded = files.shards > 0 || files.shard_bytes > 0;
  CM_RETURN_IF_ERROR(check("shard", sharded, "--shards or --shard-size",
                           files.shards > 0 ? "--shards" : "--shard-size"));
  CM_RETURN_IF_ERROR(check("split", !files.splits.empty(), "--split", "--split"));
  CM_RETURN_IF_ERROR(check("name", !files.names.empty(), "--aligned", "--aligned"));
  const size_t streams =
      std::max<size_t>(1, files.splits.size()) * std::max<size_t>(1, files.names.size());
  std::set<std::string> paths;
  for (size_t stream = 0; stream < streams; ++stream) {
    // With shard_bytes nobody knows how many there will be: the first stands for all.
    for (uint64_t shard = 0; shard < std::max<uint64_t>(1, files.shards); ++shard) {
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

FilesTarget::~FilesTarget() = default;

absl::Status FilesTarget::Begin(const ShuffleResult& result) {
  result_ = result;
  return OpenShard(0, 0);
}

absl::Status FilesTarget::OpenShard(size_t stream, uint64_t shard) {
  if (stream != stream_) records_ = bytes_ = 0;
  stream_ = stream;
  shard_ = shard;
  CM_ASSIGN_OR_RETURN(auto file, CreateFile(ShufflePath(files_, stream, shard),
                                            {.overwrite = files_.overwrite, .io = context_.io()}));
  CM_ASSIGN_OR_RETURN(sink_, OpenEncoder(std::move(file), files_.codec, context_));
  return sink_->Write(result_.header);
}

absl::Status FilesTarget::CloseShard() {
  CM_RETURN_IF_ERROR(sink_->Close());
  written_.push_back(ShufflePath(files_, stream_, shard_));
  sink_.reset();
  return absl::OkStatus();
}

absl::Status FilesTarget::GoTo(size_t stream, uint64_t shard) {
  while (stream_ != stream || shard_ != shard) {
    // What is left of a stream when its records are written are empty shards.
    const bool last = stream_ != stream && shard_ + 1 >= files_.shards;
    CM_RETURN_IF_ERROR(CloseShard());
    CM_RETURN_IF_ERROR(last ? OpenShard(stream_ + 1, 0) : OpenShard(stream_, shard_ + 1));
  }
  return absl::OkStatus();
}

uint64_t FilesTarget::ShardOf(size_t stream, uint64_t record, uint64_t start) const {
  if (files_.shard_bytes > 0) return start / files_.shard_bytes;
  if (files_.shards == 0) return 0;
  // Shard s holds records [n·s/shards, n·(s+1)/shards): the largest s whose begin is
  // not behind the record.
  using Wide = unsigned __int128;
  const uint64_t n = result_.streams[stream].records;
  return static_cast<uint64_t>(((Wide{record} + 1) * files_.shards - 1) / n);
}

absl::Status FilesTarget::Write(size_t stream, const SortedCell& cell, const GiantSource& giants) {
  if (cell.size() == 0) return absl::OkStatus();
  if (stream != stream_) CM_RETURN_IF_ERROR(GoTo(stream, 0));
  const bool whole = files_.shard_bytes > 0
                         ? shard_ == (bytes_ + cell.output_bytes()) / files_.shard_bytes
                         : ShardOf(stream, records_ + cell.size() - 1, 0) == shard_;
  if (whole) {
    records_ += cell.size();
    bytes_ += cell.output_bytes();
    return cell.Write(0, cell.size(), giants, *sink_);
  }
  for (size_t begin = 0; begin < cell.size();) {
    CM_RETURN_IF_ERROR(GoTo(stream, ShardOf(stream, records_, bytes_)));
    size_t end = begin;
    do {
      bytes_ += cell.RecordBytes(end++);
      ++records_;
    } while (end < cell.size() && ShardOf(stream, records_, bytes_) == shard_);
    CM_RETURN_IF_ERROR(cell.Write(begin, end, giants, *sink_));
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status FilesTarget::Finish() {
  // Streams and shards without records.
  if (const size_t last = result_.streams.size() - 1; stream_ != last) {
    CM_RETURN_IF_ERROR(GoTo(last, 0));
  }
  if (files_.shards > 0) CM_RETURN_IF_ERROR(GoTo(stream_, files_.shards - 1));
  return CloseShard();
}

}  // namespace corpusmill
