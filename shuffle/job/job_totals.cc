#include "shuffle/job/job_totals.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "corpus/base/status.h"
#include "corpus/jobs/job_json.h"

namespace corpusmill {
namespace {

Json HashJson(const MultisetHash& hash) { return {hash.sum().high, hash.sum().low}; }

MultisetHash HashFrom(const Json& json, size_t first, uint64_t records) {
  return {{json.at(first).get<uint64_t>(), json.at(first + 1).get<uint64_t>()}, records};
}

Json CutJson(const std::vector<BucketTotals>& cut) {
  Json json = Json::array();
  for (const BucketTotals& bucket : cut) {
    const Hash128& hash = bucket.multiset.sum();
    json.push_back(
        {bucket.records, bucket.record_bytes, bucket.oversized_records, hash.high, hash.low});
  }
  return json;
}

std::vector<BucketTotals> CutFrom(const Json& json) {
  std::vector<BucketTotals> cut;
  for (const Json& bucket : json) {
    const auto number = [&](size_t i) { return bucket.at(i).get<uint64_t>(); };
    cut.push_back({.records = number(0),
                   .record_bytes = number(1),
                   .oversized_records = number(2),
                   .multiset = HashFrom(bucket, 3, number(0))});
  }
  return cut;
}

Json LastJson(const std::optional<Place>& last) {
  if (!last) return nullptr;
  const auto& [draw, id] = *last;
  return {draw.high, draw.low, id.input, id.record, id.copy};
}

std::optional<Place> LastFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  const auto number = [&](size_t i) { return json.at(i).get<uint64_t>(); };
  return Place{{number(0), number(1)}, {number(2), number(3), number(4)}};
}

ShuffleJobTotals TotalsFrom(const Json& json) {
  ShuffleJobTotals totals;
  totals.records_read = json.at("records_read").get<std::vector<uint64_t>>();
  totals.result.header = absl::HexStringToBytes(ToAbsl(json.at("header_hex").get<std::string>()));
  totals.last = LastFrom(json.at("last"));
  totals.sum.records = json.at("records").get<uint64_t>();
  totals.sum.record_bytes = json.at("record_bytes").get<uint64_t>();
  totals.sum.multiset = HashFrom(json.at("multiset"), 0, totals.sum.records);
  totals.temp_bytes = json.at("temp_bytes").get<uint64_t>();
  totals.cut = CutFrom(json.at("cut"));
  for (const Json& stream : json.at("streams")) {
    totals.result.streams.push_back(
        {stream.at("records").get<uint64_t>(), stream.at("bytes").get<uint64_t>()});
  }
  return totals;
}

}  // namespace

uint64_t ShuffleJobTotals::Outputs(const ShuffleFiles& files) const {
  uint64_t count = 0;
  for (size_t stream = 0; stream < result.streams.size(); ++stream) {
    count += FilesTarget::ShardsOf(files, result, stream);
  }
  return count;
}

OutputFile ShuffleJobTotals::OutputAt(const ShuffleFiles& files, uint64_t index) const {
  for (size_t stream = 0; stream < result.streams.size(); ++stream) {
    const uint64_t shards = FilesTarget::ShardsOf(files, result, stream);
    if (index < shards) return {stream, index};
    index -= shards;
  }
  return {result.streams.size(), 0};
}

absl::Status WriteShuffleJobTotals(const std::string& path, const ShuffleJobTotals& totals) {
  Json streams = Json::array();
  for (const ShuffleResult::Stream& stream : totals.result.streams) {
    streams.push_back({{"records", stream.records}, {"bytes", stream.bytes}});
  }
  return WriteJson(
      path, {{"records_read", totals.records_read},
             {"header_hex", absl::BytesToHexString(ToAbsl(totals.result.header))},
             {"last", LastJson(totals.last)},
             {"records", totals.sum.records},
             {"record_bytes", totals.sum.record_bytes},
             {"multiset", HashJson(totals.sum.multiset)},
             {"temp_bytes", totals.temp_bytes},
             {"cut", CutJson(totals.cut)},  // These buckets may be freed before `cut` is read.
             {"streams", std::move(streams)}});
}

absl::StatusOr<ShuffleJobTotals> ReadShuffleJobTotals(const std::string& path,
                                                      const std::string& advice) {
  ShuffleJobTotals totals;
  CM_RETURN_IF_ERROR(ReadJson(path, advice, [&](const Json& json) { totals = TotalsFrom(json); }));
  return totals;
}

}  // namespace corpusmill
