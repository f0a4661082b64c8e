#ifndef CORPUSMILL_TESTS_SHUFFLE_HUNGRY_TARGET_H_
#define CORPUSMILL_TESTS_SHUFFLE_HUNGRY_TARGET_H_

#include <cstdint>
#include <memory>
#include <string>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "shuffle/passes/target.h"

namespace corpusmill {

/// A target that takes memory before the second pass, like an encoder, so that buckets do not fit.
class HungryTarget final : public ShuffleTarget {
 public:
  HungryTarget(ByteSink& sink, uint64_t leave_bytes, Context& context)
      : target_(SinkTarget(sink)), leave_bytes_(leave_bytes), context_(context) {}
  std::string output_path() const override { return target_->output_path(); }
  bool compresses() const override { return target_->compresses(); }
  absl::Status Begin(const ShuffleResult& result) override {
    CM_ASSIGN_OR_RETURN(lease_, context_.memory().Take(
                                    context_.memory().available_bytes() - leave_bytes_, "a test"));
    return target_->Begin(result);
  }
  absl::Status Write(size_t stream, const SortedBucket& bucket,
                     const OversizedSource& oversized_records) override {
    return target_->Write(stream, bucket, oversized_records);
  }
  absl::Status Finish() override { return target_->Finish(); }

 private:
  const std::unique_ptr<ShuffleTarget> target_;
  const uint64_t leave_bytes_;
  Context& context_;
  MemoryLease lease_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_SHUFFLE_HUNGRY_TARGET_H_
