// Speed of Tokenizer::Encode: documents from memory, ids to a buffer.
//
//   bazel run //bench:encode_speed -- MODEL CORPUS [rounds=3] [threads=1]
//   [sample=none|exact|viterbi]
//
// Samples with alpha 0.5.
//
// One line: MB/s of the fastest and the median round, and of the best by processor time; ids, and a
// hash of them that tells whether two encoders agree.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

absl::Status Run(const std::vector<std::string>& args) {
  if (args.size() < 2) return UsageError("encode_speed MODEL CORPUS [rounds] [threads] [sample]");
  const auto number = [&](size_t i, size_t otherwise) {
    return i < args.size() ? std::strtoull(args[i].c_str(), nullptr, 10) : otherwise;
  };
  const size_t rounds = number(2, 3), threads = number(3, 1);
  const std::string sample = args.size() > 4 ? args[4] : "none";
  Context context;
  const auto open = std::chrono::steady_clock::now();
  CM_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Open(args[0]));
  const std::chrono::duration<double> opening = std::chrono::steady_clock::now() - open;
  CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({args[1]}));
  DocumentReader reader(inputs, {}, context);
  std::vector<std::string> texts;
  size_t bytes = 0;
  for (Document document;;) {
    CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&document));
    if (!more) break;
    texts.emplace_back(document.text);
    bytes += document.text.size();
  }
  std::shared_ptr<const SampleTables> tables;
  if (sample != "none") {
    const auto method = sample == "exact" ? SampleMethod::kExact : SampleMethod::kViterbi;
    CM_ASSIGN_OR_RETURN(tables, tokenizer.PrepareSampling(method, 0.5));
  }
  std::vector<double> rates;
  double cpu_rate = 0;
  StreamHasher hasher;
  size_t count = 0;
  for (size_t round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    std::vector<std::thread> workers;
    for (size_t worker = 0; worker < threads; ++worker) {
      workers.emplace_back([&, worker] {
        EncodeScratch scratch;
        std::vector<uint32_t> ids;
        std::unique_ptr<Sampler> sampler;
        if (tables != nullptr) sampler = std::make_unique<Sampler>(tables, RandomKey("1"));
        for (size_t i = worker; i < texts.size(); i += threads) {
          ids.clear();
          if (sampler != nullptr) {
            sampler->BeginRecord(0, i);
            tokenizer.Sample(texts[i], sampler.get(), &ids, &scratch);
          } else {
            tokenizer.Encode(texts[i], &ids, &scratch);
          }
          if (round > 0 || worker > 0) continue;
          hasher.Update({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(uint32_t)});
          count += ids.size();
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    rates.push_back(static_cast<double>(bytes) / seconds.count() / 1e6);
    const double cpu = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    cpu_rate = std::max(cpu_rate, static_cast<double>(bytes) / cpu / 1e6);
  }
  std::sort(rates.begin(), rates.end());
  std::printf(
      "%.1f MB/s best, %.1f median, %.1f by processor time, %zu bytes, %zu documents, %zu ids, "
      "hash %s, open %.3f s\n",
      rates.back(), rates[rates.size() / 2], cpu_rate, bytes, texts.size(), count,
      hasher.Digest().ToHex().c_str(), opening.count());
  return absl::OkStatus();
}

}  // namespace
}  // namespace corpusmill

int main(int argc, char** argv) {
  const absl::Status status = corpusmill::Run({argv + 1, argv + argc});
  if (!status.ok()) std::fprintf(stderr, "%s\n", corpusmill::Message(status).c_str());
  return status.ok() ? 0 : 1;
}
