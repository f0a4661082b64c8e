#include "tests/shuffle/passes.h"

#include <memory>
#include <optional>
#include <utility>

#include "corpus/base/status.h"
#include "shuffle/buckets/block_pool.h"
#include "shuffle/buckets/bucket_store.h"
#include "shuffle/buckets/spill_files.h"
#include "shuffle/order/bucket_map.h"
#include "shuffle/passes/gather.h"
#include "shuffle/passes/scatter.h"
#include "shuffle/passes/sizing.h"
#include "shuffle/passes/slice_reader.h"

namespace corpusmill {

absl::StatusOr<PassesResult> RunPasses(const std::vector<InputFile>& inputs,
                                       const PassesOptions& options, Context& context) {
  ShuffleOptions shuffle = options.shuffle;
  shuffle.record.format = RecordFormat::kLines;
  Selector selector(shuffle, inputs);
  const BucketMap map(selector, options.buckets);
  constexpr uint64_t kSlicesFor = 1 << 20;  // Gives the smallest slices.
  const Sizing sizing = SizingForBuckets(kSlicesFor, context.threads(), map.buckets());
  const std::vector<std::string> folders = context.TempDirsFor("out");
  SpillFiles files(folders, context);
  OversizedFile oversized_records(folders.front(), context);
  CM_ASSIGN_OR_RETURN(std::unique_ptr<BlockPool> pool,
                      BlockPool::Create(options.pool_bytes, kBlockAlignment, context));
  BucketStore store(map.buckets(), *pool, files, context);
  if (options.spill) store.SpillAlways();
  {
    std::optional<TakeLimit> take;
    if (shuffle.take) take.emplace(*shuffle.take);
    SliceReader reader(inputs,
                       {.record = shuffle.record,
                        .slice_bytes = sizing.slice_bytes,
                        .slice_records = sizing.slice_records},
                       oversized_records, context);
    CM_RETURN_IF_ERROR(Scatter({inputs, shuffle, sizing, map, selector, take ? &*take : nullptr},
                               reader, ~uint64_t{0}, store, context)
                           .status());
    CM_RETURN_IF_ERROR(store.Finish());
  }
  if (store.spilled()) pool.reset();
  CM_ASSIGN_OR_RETURN(const GatherPlan plan,
                      PlanGatherTake(map, selector, store, shuffle.take, context));
  MemoryLease lease = context.memory().EmptyLease();
  if (options.gather_bytes > 0) {
    CM_RETURN_IF_ERROR(
        lease.Resize(context.memory().available_bytes() - options.gather_bytes, "a test"));
  }
  PassesResult result;
  const auto sink = StringSink(&result.out, "out");
  const auto target = SinkTarget(*sink);
  CM_RETURN_IF_ERROR(target->Begin(plan.Result(map, "", 1)));
  Gatherer gatherer({map, selector, plan, store, oversized_records}, files, context);
  CM_RETURN_IF_ERROR(gatherer.Run(0, map.buckets(), "\n", *target,
                                  [&](size_t bucket, const std::vector<OversizedRecord>& unused) {
                                    result.done.push_back(bucket);
                                    result.unused.insert(result.unused.end(), unused.begin(),
                                                         unused.end());
                                    return store.Free({bucket});
                                  }));
  CM_RETURN_IF_ERROR(target->Finish());
  result.split_buckets = gatherer.split_buckets();
  result.temp_bytes = files.written_bytes();
  return result;
}

}  // namespace corpusmill
