#include "shuffle/shuffle.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/io/io_queue.h"
#include "shuffle/buckets/block_pool.h"
#include "shuffle/buckets/bucket_store.h"
#include "shuffle/buckets/oversized_file.h"
#include "shuffle/buckets/spill_files.h"
#include "shuffle/estimate.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/order/selector.h"
#include "shuffle/passes/gather.h"
#include "shuffle/passes/scatter.h"
#include "shuffle/passes/sizing.h"
#include "shuffle/passes/slice_reader.h"

namespace corpusmill {
namespace {

// Sorts small buckets, and splits the others.
constexpr uint64_t kLeastGatherBytes = 2 << 20;

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Frees buckets that are written, in groups and in the background: punching holes takes time but
/// no processor, and less time for neighbouring buckets at once. At most two groups are written and
/// not yet freed.
class BucketFreer {
 public:
  BucketFreer(uint64_t group_bytes, BucketStore& store, OversizedFile& oversized_records)
      : group_bytes_(group_bytes), store_(store), oversized_records_(oversized_records) {}

  absl::Status Free(size_t bucket, std::vector<OversizedRecord> unused) {
    group_.push_back(bucket);
    bytes_ += store_.totals(bucket).log_bytes;
    if (bytes_ < group_bytes_ && unused.empty()) return absl::OkStatus();
    CM_RETURN_IF_ERROR(queue_.Wait());
    queue_.Submit(
        [this, group = std::exchange(group_, {}), unused = std::move(unused)]() -> absl::Status {
          for (const OversizedRecord& record : unused) {
            CM_RETURN_IF_ERROR(oversized_records_.Free(record));
          }
          return store_.Free(group);
        });
    bytes_ = 0;
    return absl::OkStatus();
  }

  absl::Status Wait() { return queue_.Wait(); }

 private:
  const uint64_t group_bytes_;
  BucketStore& store_;
  OversizedFile& oversized_records_;
  std::vector<size_t> group_;
  uint64_t bytes_ = 0;  // Of the group.
  IoQueue queue_;       // Last: its tasks use the others.
};

/// The first pass: reads all records into buckets. Returns the header.
absl::StatusOr<std::string> ReadRecords(const std::vector<InputFile>& inputs,
                                        const ShuffleOptions& options, const Sizing& sizing,
                                        const BucketMap& map, Selector& selector,
                                        OversizedFile& oversized_records, BucketStore& store,
                                        Context& context, ShuffleReport* report) {
  const Phase phase(context.reporter(), "reading", TotalBytes(inputs));
  std::optional<TakeLimit> take;
  if (options.take) take.emplace(*options.take);
  SliceReader reader(inputs,
                     {.record = options.record,
                      .header_records = options.header_records,
                      .slice_bytes = sizing.slice_bytes,
                      .slice_records = sizing.slice_records},
                     oversized_records, context);
  constexpr uint64_t kNoStop = ~uint64_t{0};
  CM_RETURN_IF_ERROR(Scatter({inputs, options, sizing, map, selector, take ? &*take : nullptr},
                             reader, kNoStop, store, context)
                         .status());
  for (const uint64_t records : reader.records()) report->records_read += records;
  report->bytes_read = reader.bytes();
  if (options.aligned) CM_RETURN_IF_ERROR(CheckAligned(inputs, reader.records()));
  return reader.header().value_or("");
}

}  // namespace

absl::Status CheckAligned(const std::vector<InputFile>& inputs,
                          const std::vector<uint64_t>& records) {
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (records[i] == records[0]) continue;
    return DataError(absl::StrFormat("%s: has %d records, but %s has %d: the files are not aligned",
                                     inputs[i].path, records[i], inputs[0].path, records[0]));
  }
  return absl::OkStatus();
}

std::optional<uint64_t> TakeOfAll(const ShuffleOptions& options, size_t inputs) {
  if (!options.take || !options.aligned) return options.take;
  return *options.take > ~uint64_t{0} / inputs ? ~uint64_t{0} : *options.take * inputs;
}

absl::Status CheckShuffle(const std::vector<InputFile>& inputs, const ShuffleOptions& options) {
  if (options.record.format == RecordFormat::kWhole) {
    return UsageError("records of format 'whole' have no delimiter to write; try --record lines");
  }
  if (options.header_records > 0 && options.record.format == RecordFormat::kBytes) {
    return UsageError("records of a fixed size have no header; leave out --header");
  }
  if (options.take == 0) return UsageError("a sample of 0 records; try at least 1");
  if (!options.aligned) return absl::OkStatus();
  if (options.split_by != SplitBy::kRecord) {
    return UsageError("aligned inputs can be split by record only; try --split-by record");
  }
  for (const InputFile& input : inputs) {
    if (!input.weight.is_one()) {
      return UsageError(
          absl::StrFormat("%s: aligned inputs have no weights; leave out the weight", input.path));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ShuffleReport> Shuffle(const std::vector<InputFile>& inputs,
                                      const ShuffleOptions& given, ShuffleTarget& target,
                                      Context& context) {
  CM_RETURN_IF_ERROR(CheckShuffle(inputs, given));
  ShuffleOptions options = given;
  const std::string_view delimiter = RecordDelimiter(options.record.format);
  Selector selector(options, inputs);
  options.take = TakeOfAll(options, inputs.size());
  CM_ASSIGN_OR_RETURN(const MemoryLease list, ChargeInputList(inputs, 1, context));
  CM_ASSIGN_OR_RETURN(MemoryReservation decoders, ReserveDecoders(inputs, context));
  const Sizing sizing = ChooseSizing(context.memory().available_bytes(), context.threads(),
                                     ExpectedBytes(inputs), selector.streams());
  const BucketMap map(selector, sizing.buckets);
  const std::vector<std::string> folders = context.TempDirsFor(target.output_path());
  if (!sizing.fits) CM_RETURN_IF_ERROR(CheckTempSpace(inputs, options, folders));
  SpillFiles files(folders, context);
  OversizedFile oversized_records(folders.front(), context);
  CM_ASSIGN_OR_RETURN(std::unique_ptr<BlockPool> pool,
                      BlockPool::Create(sizing.pool_bytes, sizing.block_bytes, context));
  BucketStore store(map.buckets(), *pool, files, context);
  ShuffleReport report;

  const Stopwatch reading;
  CM_ASSIGN_OR_RETURN(std::string header, ReadRecords(inputs, options, sizing, map, selector,
                                                      oversized_records, store, context, &report));
  decoders.Release();
  if (!store.spilled()) {
    pool->Shrink();
    const uint64_t needed = target.encoder_bytes() + kLeastGatherBytes;
    if (context.memory().available_bytes() < needed) store.SpillAlways();
  }
  CM_RETURN_IF_ERROR(store.Finish());
  if (store.spilled()) pool.reset();
  CM_ASSIGN_OR_RETURN(const GatherPlan plan,
                      PlanGatherTake(map, selector, store, options.take, context));
  report.read_seconds = reading.Seconds();

  const Stopwatch writing;
  const BucketTotals sum = plan.Sum();
  report.result = plan.Result(map, std::move(header), delimiter.size());
  report.records = sum.records;
  report.record_bytes = sum.record_bytes;
  report.output_bytes = sum.record_bytes + sum.records * delimiter.size();
  report.multiset = sum.multiset;
  if (!target.compresses()) {
    CM_RETURN_IF_ERROR(CheckOutputSpace(target.output_path(), report.output_bytes, folders,
                                        files.live_bytes() + oversized_records.written_bytes()));
  }
  const Phase phase(context.reporter(), "writing", report.output_bytes);
  CM_RETURN_IF_ERROR(target.Begin(report.result));
  Gatherer gatherer({map, selector, plan, store, oversized_records}, files, context);
  BucketFreer freer(sum.log_bytes / 100, store, oversized_records);
  CM_RETURN_IF_ERROR(gatherer.Run(0, map.buckets(), delimiter, target,
                                  [&](size_t bucket, std::vector<OversizedRecord> unused) {
                                    return freer.Free(bucket, std::move(unused));
                                  }));
  CM_RETURN_IF_ERROR(freer.Wait());
  CM_RETURN_IF_ERROR(target.Finish());
  report.write_seconds = writing.Seconds();
  report.passes = (store.spilled() ? 2 : 1) + (gatherer.split_buckets() > 0 ? 1 : 0);
  report.temp_bytes = files.written_bytes() + oversized_records.written_bytes();
  report.peak_temp_bytes =
      files.peak_bytes() + oversized_records.written_bytes();  // At the end of the reading.
  return report;
}

absl::Status VerifyShuffle(const std::vector<std::string>& paths, const ShuffleOptions& options,
                           const ShuffleReport& report, Context& context) {
  std::vector<std::string> arguments;
  for (const std::string& path : paths) {
    if (path == kStandardStream) return UsageError("standard output cannot be read again");
    arguments.push_back(path + "@1");  // Keeps a name such as "a@2" from being read as a weight.
  }
  CM_ASSIGN_OR_RETURN(const std::vector<InputFile> outputs, ResolveInputs(arguments));
  const Phase phase(context.reporter(), "verifying", TotalBytes(outputs));
  CM_ASSIGN_OR_RETURN(const MemoryReservation decoders, ReserveDecoders(outputs, context));
  RecordOptions record = options.record;
  if (record.format == RecordFormat::kAuto) record.format = RecordFormat::kLines;
  const Sizing sizing = ChooseSizing(context.memory().available_bytes(), context.threads(), 0, 1);
  OversizedFile oversized_records(context.TempDirFor(paths.front()), context);
  SliceReader reader(outputs,
                     {.record = record,
                      .header_records = report.result.header.empty() ? 0 : options.header_records,
                      .slice_bytes = sizing.slice_bytes,
                      .slice_records = sizing.slice_records},
                     oversized_records, context);
  struct Part {
    Slice slice;
    MultisetHash multiset;
  };
  MultisetHash found;
  CM_RETURN_IF_ERROR(context.OrderedPipeline<Part>(
      sizing.slices_in_flight,
      [&]() -> absl::StatusOr<std::unique_ptr<Part>> {
        auto part = std::make_unique<Part>();
        CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&part->slice));
        if (!more) return nullptr;
        return part;
      },
      [&](Part& part) -> absl::Status {
        if (part.slice.oversized) part.multiset.AddHash(part.slice.oversized->hash);
        SliceRecords records(part.slice.bytes, record);
        for (std::string_view record; records.Next(&record);) part.multiset.Add(record);
        return absl::OkStatus();
      },
      [&](Part& part) -> absl::Status {
        found.Merge(part.multiset);
        return absl::OkStatus();
      }));
  if (!(found == report.multiset) || reader.header().value_or("") != report.result.header) {
    return DataError(absl::StrFormat(
        "%s%s: not what was written: %d records of %d, hash %s of %s", paths.front(),
        paths.size() > 1 ? " and the other outputs" : "", found.count(), report.multiset.count(),
        found.sum().ToHex(), report.multiset.sum().ToHex()));
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
