// The gather tasks of a job: they write the outputs.

#include <algorithm>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "corpus/io/io_queue.h"
#include "corpus/jobs/job_json.h"
#include "shuffle/job/finished_outputs.h"
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
        oversized_records_(source.files, context),
        finished_(source.files.GatherOutputs(task)) {}

  /// Returns all outputs of the task.
  absl::StatusOr<std::vector<JobOutput>> Run() {
    if (begin_ >= end_) return finished_.all();
    CM_ASSIGN_OR_RETURN(const OutputPosition position, ReadJournal());
    {
      const Phase phase(context_.reporter(), "checking what was written",
                        position.encoded.stored_bytes);
      CM_RETURN_IF_ERROR(CheckFinished());
      CM_RETURN_IF_ERROR(TakeBack(position));
      CM_RETURN_IF_ERROR(WithAdvice(Begin(position)));
    }
    CM_RETURN_IF_ERROR(Write());
    return finished_.all();
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
  std::string PathOf(const OutputFile& file) const {
    return ShufflePath(source_.shuffle.files, file.stream, file.shard);
  }
  /// The path of an output of this task, from 0.
  std::string PathAt(size_t index) const {
    const ShuffleFiles& files = source_.shuffle.files;
    const uint64_t first = source_.totals.Outputs(files) * task_ / source_.shuffle.gather_tasks;
    return PathOf(source_.totals.OutputAt(files, first + index));
  }

  std::string Advice() const {
    return "the buckets of the written records are freed, so " + source_.job.BeginAgain();
  }
  /// Adds the advice to an error about data that earlier runs wrote.
  absl::Status WithAdvice(const absl::Status& status) const {
    if (!absl::IsDataLoss(status)) return status;
    return DataError(absl::StrFormat("%s; %s", Message(status), Advice()));
  }

  /// Returns the end of the durable output and loads the finished outputs.
  absl::StatusOr<OutputPosition> ReadJournal() {
    OutputPosition position{.file = begin_};
    uint64_t finished = 0;
    Hash128 finished_hash;
    CM_ASSIGN_OR_RETURN(const bool exists, Exists(JournalPath()));
    if (!exists) return position;
    CM_RETURN_IF_ERROR(ReadJson(JournalPath(), Advice(), [&](const Json& json) {
      position.file = {json.at("stream").get<size_t>(), json.at("shard").get<uint64_t>()};
      position.shard_begin = json.at("shard_begin").get<uint64_t>();
      position.encoded = {json.at("plain_bytes").get<uint64_t>(),
                          json.at("stored_bytes").get<uint64_t>()};
      position.stored_hash = HashFrom(json.at("stored_hash"));
      finished = json.at("finished").get<uint64_t>();
      finished_hash = HashFrom(json.at("finished_hash"));
    }));
    CM_RETURN_IF_ERROR(WithAdvice(
        finished_.Load(finished, finished_hash, [this](size_t i) { return PathAt(i); })));
    return position;
  }

  static Hash128 HashFrom(const Json& json) {
    return {json.at(0).get<uint64_t>(), json.at(1).get<uint64_t>()};
  }
  static Json HashJson(const Hash128& hash) { return {hash.high, hash.low}; }

  absl::Status WriteJournal(const OutputPosition& position) const {
    return WriteJson(JournalPath(), {{"stream", position.file.stream},
                                     {"shard", position.file.shard},
                                     {"shard_begin", position.shard_begin},
                                     {"plain_bytes", position.encoded.plain_bytes},
                                     {"stored_bytes", position.encoded.stored_bytes},
                                     {"stored_hash", HashJson(position.stored_hash)},
                                     {"finished", finished_.all().size()},
                                     {"finished_hash", HashJson(finished_.hash())}});
  }

  /// Checks that the outputs of earlier runs are still there.
  absl::Status CheckFinished() const {
    for (const JobOutput& output : finished_.all()) {
      CM_ASSIGN_OR_RETURN(const OutputState state, StateOf(output, context_));
      if (state == OutputState::kIntact) continue;
      return DataError(absl::StrFormat(
          "%s: %s; %s", output.path,
          state == OutputState::kMissing ? "is gone" : "is not the file that this job wrote",
          Advice()));
    }
    return absl::OkStatus();
  }

  /// If the journal's file got its final name after the journal was written, makes it a part file
  /// again. Its end is written again, as the journal vouches only for its beginning.
  absl::Status TakeBack(const OutputPosition& durable) const {
    if (durable.encoded.plain_bytes == 0) return absl::OkStatus();
    CM_ASSIGN_OR_RETURN(const std::string path, FollowLinks(PathOf(durable.file)));
    const std::string part = path + ".part";
    CM_ASSIGN_OR_RETURN(const bool is_being_written, Exists(part));
    if (is_being_written) return absl::OkStatus();
    bool is_ours = false;
    if (IsRegularFile(path)) {
      CM_ASSIGN_OR_RETURN(
          is_ours, BeginsWith(path, durable.encoded.stored_bytes, durable.stored_hash, context_));
    }
    if (!is_ours) return DataError(absl::StrFormat("%s: is gone; %s", part, Advice()));
    CM_RETURN_IF_ERROR(RenameFile(path, part));
    return SyncFolder(ParentFolder(path));
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
  absl::Status Begin(const OutputPosition& position) {
    const BucketMap& map = source_.map;
    // A durable bucket may be freed even if the current file begins at the bucket's end.
    first_ = BucketOf(begin_);
    next_ = BucketOf(position.file);
    const size_t stream_end = map.begin(position.file.stream + 1);
    while (next_ < stream_end && IsDurable(next_, position)) ++next_;
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
    CM_RETURN_IF_ERROR(AddFinished());
    return freeing_.Wait();
  }

  /// Notes the outputs that the target has finished.
  absl::Status AddFinished() {
    for (; noted_ < target_.written().size(); ++noted_) {
      const FilesTarget::Stored& stored = target_.stored()[noted_];
      CM_ASSIGN_OR_RETURN(JobOutput output,
                          DescribeOutput(target_.written()[noted_], stored.bytes, stored.hash));
      finished_.Add(std::move(output));
    }
    return absl::OkStatus();
  }

  absl::Status BucketIsWritten(size_t bucket, std::vector<OversizedRecord> unused_oversized) {
    next_ = bucket + 1;
    written_.push_back({bucket, std::move(unused_oversized)});
    since_checkpoint_ += source_.plan.buckets[bucket].record_bytes;
    if (noted_ == target_.written().size() &&
        since_checkpoint_ < source_.shuffle.checkpoint_bytes) {
      return absl::OkStatus();
    }
    since_checkpoint_ = 0;
    OutputPosition durable;
    CM_RETURN_IF_ERROR(target_.Checkpoint(&durable));
    CM_RETURN_IF_ERROR(AddFinished());
    CM_RETURN_IF_ERROR(finished_.Save());
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
  FinishedOutputs finished_;  // Of this run and of earlier ones.
  size_t noted_ = 0;          // Files of target_.written() in finished_.
  IoQueue freeing_;           // Last member: its tasks use the others.
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
  CM_ASSIGN_OR_RETURN(const std::vector<JobOutput> outputs, work.Run());
  return job_.MarkDone(TaskKey("gather", task), outputs);
}

}  // namespace corpusmill
