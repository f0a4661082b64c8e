#include "tokenizer/train/corpus_sample.h"

#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/phase.h"
#include "corpus/base/random.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// Bits of a draw that are compared.
constexpr int kBits = 20;
constexpr size_t kBuckets = size_t{1} << kBits;

size_t BucketOf(const RandomKey& key, std::string_view text) {
  const Hash128 hash = HashBytes(text);
  return key.At(DrawPurpose::kCorpusSample, hash.high, hash.low).high >> (64 - kBits);
}

}  // namespace

absl::StatusOr<CorpusSample> SampleCorpus(OpenCorpus corpus, uint64_t bytes, std::string_view seed,
                                          Context& context, uint64_t pass_bytes) {
  const RandomKey key(seed);
  struct Bucket {
    uint64_t texts = 0, bytes = 0;
  };
  size_t end = 0;  // Lower buckets are in the sample.
  CorpusSample sample;
  {
    CM_ASSIGN_OR_RETURN(const MemoryLease lease,
                        context.memory().Take(kBuckets * sizeof(Bucket), "choosing a sample"));
    std::vector<Bucket> buckets(kBuckets);
    CM_ASSIGN_OR_RETURN(const NextText next, corpus());
    const Phase phase(context.reporter(), "sampling", pass_bytes);
    TrainText text;
    for (uint64_t i = 0;; ++i) {
      if (i % 256 == 0) CM_RETURN_IF_ERROR(context.CheckCancelled());
      CM_ASSIGN_OR_RETURN(const bool more, next(&text));
      if (!more) break;
      Bucket& bucket = buckets[BucketOf(key, text.bytes)];
      ++bucket.texts;
      bucket.bytes += text.bytes.size();
    }
    for (; end < kBuckets && sample.bytes + buckets[end].bytes <= bytes; ++end) {
      sample.texts += buckets[end].texts;
      sample.bytes += buckets[end].bytes;
    }
  }
  if (sample.texts == 0) {
    return DataError(absl::StrFormat("a sample of %d bytes has no text; try a larger one", bytes));
  }
  sample.corpus = [corpus = std::move(corpus), key, end]() -> absl::StatusOr<NextText> {
    CM_ASSIGN_OR_RETURN(NextText next, corpus());
    return NextText([next = std::move(next), key, end](TrainText* text) -> absl::StatusOr<bool> {
      while (true) {
        CM_ASSIGN_OR_RETURN(const bool more, next(text));
        if (!more || BucketOf(key, text->bytes) < end) return more;
      }
    });
  };
  return sample;
}

}  // namespace corpusmill
