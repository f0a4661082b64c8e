// The gather tasks of a job: they write the outputs.

#include <algorithm>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "corpus/io/io_queue.h"
#include "corpus/jobs/job_json.h"
#include "shuffle/job/shuffle_job.h"
#include "shuffle/passes/gather.h"

namespace corpusmill {
namespace {

/// The start and end of each bucket's output records in their stream.
class BucketPlaces {
 public:
  using Stream = ShuffleResult::Stream;

  BucketPlaces(const BucketMap& map, const GatherPlan& plan, size_t delimiter_bytes)
      : map_(map), plan_(plan), delimiter_bytes_(delimiter_bytes), begins_(map.buckets()) {
    for (size_t bucket = 0; bucket + 1 < map.buckets(); ++bucket) {
      if (map.IntervalOf(bucket + 1).stream == map.IntervalOf(bucket).stream) {
        begins_[bucket + 1] = End(bucket);
      }
    }
  }

  const Stream& Begin(size_t bucket) const { return begins_[bucket]; }
  Stream End(size_t bucket) const {
    const BucketTotals& totals = plan_.buckets[bucket];
    return {begins_[bucket].records + totals.records,
            begins_[bucket].bytes + totals.record_bytes + totals.records * delimiter_bytes_};
  }

  /// The bucket in which an output begins; at a bucket's end, the next bucket.
  size_t BucketOf(const OutputFile& file, const ShuffleFiles& files,
                  const ShuffleResult& result) const {
    if (files.shard_bytes > 0) {
      return BucketAt(file.stream, &Stream::bytes, file.shard * files.shard_bytes);
    }
    using Wide = unsigned __int128;
    const Wide records = result.streams[file.stream].records;
    return BucketAt(
        file.stream, &Stream::records,
        static_cast<uint64_t>(records * file.shard / files.ShardsOfStream(file.stream)));
  }

 private:
  /// The last bucket of a stream that begins at or before a record or a byte.
  size_t BucketAt(size_t stream, uint64_t Stream::*member, uint64_t at) const {
    size_t bucket = map_.begin(stream);
    while (bucket + 1 < map_.begin(stream + 1) && begins_[bucket + 1].*member <= at) ++bucket;
    return bucket;
  }

  const BucketMap& map_;
  const GatherPlan& plan_;
  const size_t delimiter_bytes_;
  std::vector<Stream> begins_;
};

/// Writes the outputs of one task; resumes where an earlier run of the task ended.
class GatherTask {
 public:
  struct Source {
    const Job& job;
    const ShuffleJobPlan& shuffle;
    const ShuffleJobFiles& files;
    const ShuffleJobTotals& totals;
    const BucketMap& map;
    const Selector& selector;
    const GatherPlan& plan;
    JobBuckets& buckets;
  };
  GatherTask(const Source& source, size_t task, std::string_view delimiter, Context& context)
      : source_(source),
        task_(task),
        delimiter_(delimiter),
        context_(context),
        begin_(OutputOf(task)),
        end_(OutputOf(task + 1)),
        places_(source.map, source.plan, delimiter.size()),
        target_(source.shuffle.files, context),
        oversized_records_(source.files, context) {}

  absl::Status Run() {
    CM_ASSIGN_OR_RETURN(const OutputPosition durable, ReadJournal());
    CM_ASSIGN_OR_RETURN(const OutputPosition position, BehindFinished(durable));
    if (position.file >= end_) return absl::OkStatus();
    CM_RETURN_IF_ERROR(Begin(position, durable));
    return Write();
  }

 private:
  struct Written {
    size_t bucket;
    std::vector<OversizedRecord> oversized_records;
  };

  /// The first output of a task.
  OutputFile OutputOf(size_t task) const {
    const ShuffleFiles& files = source_.shuffle.files;
    const uint64_t outputs = source_.totals.Outputs(files);
    return source_.totals.OutputAt(files, outputs * task / source_.shuffle.gather_tasks);
  }
  size_t BucketOf(const OutputFile& file) const {
    return places_.BucketOf(file, source_.shuffle.files, source_.totals.result);
  }
  std::string JournalPath() const { return source_.files.GatherJournal(task_); }

  absl::StatusOr<OutputPosition> ReadJournal() const {
    OutputPosition position{.file = begin_};
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(JournalPath()));
    if (!exists) return position;
    const std::string advice =
        "the buckets of the written records are freed, so " + source_.job.BeginAgain();
    CM_RETURN_IF_ERROR(ReadJson(JournalPath(), advice, [&](const Json& json) {
      position.file = {json.at("stream").get<size_t>(), json.at("shard").get<uint64_t>()};
      position.shard_begin = json.at("shard_begin").get<uint64_t>();
      position.encoded = {json.at("plain_bytes").get<uint64_t>(),
                          json.at("stored_bytes").get<uint64_t>()};
    }));
    return position;
  }

  absl::Status WriteJournal(const OutputPosition& position) const {
    return WriteJson(JournalPath(), {{"stream", position.file.stream},
                                     {"shard", position.file.shard},
                                     {"shard_begin", position.shard_begin},
                                     {"plain_bytes", position.encoded.plain_bytes},
                                     {"stored_bytes", position.encoded.stored_bytes}});
  }

  /// Moves to the next file if the journal's file is finished but the journal does not say so:
  /// the file exists, and its part file does not.
  absl::StatusOr<OutputPosition> BehindFinished(const OutputPosition& durable) const {
    if (durable.encoded.plain_bytes == 0) return durable;
    const auto [stream, shard] = durable.file;
    const std::string path = ShufflePath(source_.shuffle.files, stream, shard);
    CM_ASSIGN_OR_RETURN(const bool is_being_written, Exists(path + ".part"));
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(path));
    if (is_being_written || !exists) return durable;
    CM_RETURN_IF_ERROR(SyncFolder(ParentFolder(path)));
    const uint64_t shards =
        FilesTarget::ShardsOf(source_.shuffle.files, source_.totals.result, stream);
    if (shard + 1 == shards) return OutputPosition{.file = {stream + 1, 0}};
    return OutputPosition{.file = {stream, shard + 1}};
  }

  /// Durable bytes of the stream; a file without durable bytes is written again.
  uint64_t DurableBytes(const OutputPosition& position) const {
    const uint64_t header = source_.totals.result.header.size();
    const uint64_t plain = position.encoded.plain_bytes;
    return position.shard_begin + (plain > header ? plain - header : 0);
  }
  bool IsDurable(size_t bucket, const OutputPosition& durable) const {
    const size_t stream = source_.map.IntervalOf(bucket).stream;
    return stream < durable.file.stream ||
           (stream == durable.file.stream && places_.End(bucket).bytes <= DurableBytes(durable));
  }

  /// Finds the buckets to write and moves the target to `position`, the end of the durable output.
  absl::Status Begin(const OutputPosition& position, const OutputPosition& durable) {
    const BucketMap& map = source_.map;
    // A durable bucket may be freed even if the current file begins at the bucket's end.
    first_ = BucketOf(begin_);
    next_ = BucketOf(position.file);
    const size_t stream_end = map.begin(position.file.stream + 1);
    while (next_ < stream_end && IsDurable(next_, durable)) ++next_;
    stop_ = end_.stream < map.streams() ? BucketOf(end_) + 1 : map.buckets();
    const ShuffleResult::Stream before =
        next_ < stream_end ? places_.Begin(next_) : places_.End(next_ - 1);
    return target_.BeginAt(source_.totals.result, position, end_, before.records, before.bytes);
  }

  absl::Status Write() {
    SpillFiles files(source_.shuffle.folders, context_);
    Gatherer gatherer(
        {source_.map, source_.selector, source_.plan, source_.buckets, oversized_records_}, files,
        context_);
    const Phase phase(context_.reporter(), "writing",
                      source_.totals.OutputBytes(delimiter_.size()) / source_.shuffle.gather_tasks);
    CM_RETURN_IF_ERROR(
        WithDamage(gatherer.Run(next_, stop_, delimiter_, target_,
                                [&](size_t bucket, std::vector<OversizedRecord> oversized_records) {
                                  return BucketIsWritten(bucket, std::move(oversized_records));
                                })));
    CM_RETURN_IF_ERROR(target_.Finish());
    CM_RETURN_IF_ERROR(freeing_.Wait());
    return absl::OkStatus();
  }

  absl::Status BucketIsWritten(size_t bucket, std::vector<OversizedRecord> unused_oversized) {
    next_ = bucket + 1;
    written_.push_back({bucket, std::move(unused_oversized)});
    since_checkpoint_ += source_.plan.buckets[bucket].record_bytes;
    const size_t finished = target_.written().size();
    if (finished == std::exchange(finished_, finished) &&
        since_checkpoint_ < source_.shuffle.checkpoint_bytes) {
      return absl::OkStatus();
    }
    since_checkpoint_ = 0;
    OutputPosition durable;
    CM_RETURN_IF_ERROR(target_.Checkpoint(&durable));
    CM_RETURN_IF_ERROR(WriteJournal(durable));
    return FreeDurable(durable);
  }

  /// Frees the buckets whose records are durable. Keeps the first and the last bucket, which the
  /// neighbouring tasks may need.
  absl::Status FreeDurable(const OutputPosition& durable) {
    std::vector<Written> left;
    std::vector<size_t> buckets;
    std::vector<OversizedRecord> oversized_records;
    for (Written& one : written_) {
      if (!IsDurable(one.bucket, durable)) {
        left.push_back(std::move(one));
        continue;
      }
      const bool is_shared = (one.bucket == first_ && task_ > 0) ||
                             (one.bucket + 1 == stop_ && task_ + 1 < source_.shuffle.gather_tasks);
      if (is_shared) continue;
      buckets.push_back(one.bucket);
      oversized_records.insert(oversized_records.end(), one.oversized_records.begin(),
                               one.oversized_records.end());
    }
    written_ = std::move(left);
    CM_RETURN_IF_ERROR(freeing_.Wait());
    freeing_.Submit([this, buckets = std::move(buckets),
                     oversized_records = std::move(oversized_records)]() -> absl::Status {
      for (const OversizedRecord& oversized : oversized_records)
        CM_RETURN_IF_ERROR(oversized_records_.Free(oversized));
      return source_.buckets.Free(buckets);
    });
    return absl::OkStatus();
  }

  /// Names the damaged file after a bucket could not be gathered.
  absl::Status WithDamage(const absl::Status& status) const {
    if (!absl::IsDataLoss(status) && !absl::IsInternal(status)) return status;
    // Any bucket in flight may be the damaged one.
    const size_t end = std::min(stop_, next_ + 1 + 2 * static_cast<size_t>(context_.threads()));
    for (size_t bucket = next_; bucket < end; ++bucket) {
      CM_RETURN_IF_ERROR(source_.buckets.Check(bucket, source_.map.IntervalOf(bucket),
                                               source_.selector, oversized_records_));
    }
    return status;
  }

  const Source source_;
  const size_t task_;
  const std::string_view delimiter_;
  Context& context_;
  const OutputFile begin_, end_;
  const BucketPlaces places_;
  size_t first_ = 0;  // First bucket of the task.
  size_t next_ = 0;   // Next bucket to write.
  size_t stop_ = 0;   // End of the task's buckets.
  FilesTarget target_;
  JobOversizedRecords oversized_records_;
  std::vector<Written> written_;  // Buckets written but not yet durable.
  uint64_t since_checkpoint_ = 0;
  size_t finished_ = 0;  // Finished files at the last checkpoint.
  IoQueue freeing_;      // Last member: its tasks use the others.
};

}  // namespace

absl::Status ShuffleJob::RunGather(size_t task) {
  CM_ASSIGN_OR_RETURN(const ShuffleJobTotals totals, LoadTotals());
  CM_ASSIGN_OR_RETURN(const Scattered scattered, LoadScattered());
  const Selector selector(plan_.options, plan_.inputs);
  const BucketMap map(selector, plan_.buckets);
  CM_ASSIGN_OR_RETURN(const GatherPlan plan,
                      PlanGather(map, selector, *scattered.buckets, totals.last, totals.cut));
  GatherTask work({job_, plan_, files_, totals, map, selector, plan, *scattered.buckets}, task,
                  delimiter_, context_);
  CM_RETURN_IF_ERROR(work.Run());
  return job_.MarkDone(TaskKey("gather", task));
}

}  // namespace corpusmill
