// Reads arbitrary bytes as files of a shuffle job: the index of a part, also with a valid hash, and
// the plan. Writing the parsed file again gives the same bytes, or the same plan.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "corpus/base/hash.h"
#include "corpus/jobs/job_plan.h"
#include "shuffle/job/part_index.h"
#include "shuffle/job/shuffle_job_plan.h"

namespace {

void ReadIndex(std::string_view bytes) {
  const auto index = corpusmill::DecodePartIndex(bytes, "part");
  if (!index.ok()) return;
  for (const auto& bucket : index->buckets) {
    uint64_t extents = 0;
    for (const auto& extent : bucket.extents) extents += extent.bytes;
    if (extents != bucket.totals.log_bytes) __builtin_trap();
  }
  const auto again = corpusmill::DecodePartIndex(corpusmill::EncodePartIndex(*index), "part");
  if (!again.ok() || again->buckets.size() != index->buckets.size() || again->end != index->end ||
      again->records != index->records || again->header != index->header) {
    __builtin_trap();
  }
}

void ReadPlan(const corpusmill::JobPlan& plan) {
  const auto text = corpusmill::EncodeJobPlan(plan);
  if (!text.ok()) __builtin_trap();
  const auto again = corpusmill::DecodeJobPlan(*text, "plan.json");
  if (!again.ok() || !corpusmill::DifferenceBetween(plan, *again).empty()) __builtin_trap();
  const auto shuffle = corpusmill::DecodeShuffleJobPlan(plan, "job");
  if (!shuffle.ok()) return;
  const auto encoded = corpusmill::EncodeShuffleJobPlan(*shuffle);
  if (!encoded.ok() || !corpusmill::DecodeShuffleJobPlan(*encoded, "job").ok()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadIndex(bytes);
  if (size >= 16) {  // The last 16 bytes are the hash.
    std::string fitting(bytes.substr(0, size - 16));
    const corpusmill::Hash128 hash = corpusmill::HashBytes(fitting);
    fitting.append(reinterpret_cast<const char*>(&hash.high), 8);
    fitting.append(reinterpret_cast<const char*>(&hash.low), 8);
    ReadIndex(fitting);
  }
  const auto plan = corpusmill::DecodeJobPlan(bytes, "plan.json");
  if (plan.ok()) ReadPlan(*plan);
  return 0;
}
