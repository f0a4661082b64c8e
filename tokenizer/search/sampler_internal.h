#ifndef CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_INTERNAL_H_
#define CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_INTERNAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "corpus/base/random.h"
#include "tokenizer/search/path_search.h"
#include "tokenizer/search/sampler.h"

/// Shared by the exact and the Viterbi sampler. For sampler*.cc only.
namespace corpusmill {

/// The score of a missing piece.
inline constexpr double kNoPiece = -std::numeric_limits<double>::infinity();
/// Limit of weights and sums of weights. A larger weight would dominate its alternatives so much
/// that they are never drawn, so its exact value does not matter.
inline constexpr double kMostWeight = 0x1p1000;

/// A path search with random draws.
class Sampler::Drawing : public PathSearch {
 public:
  Drawing(std::shared_ptr<const SampleTables> tables, const RandomKey& key)
      : tables_(std::move(tables)), key_(key) {}

  void BeginRecord(uint64_t input, uint64_t record, uint64_t position) {
    input_ = input;
    record_ = record;
    position_ = position;
    group_ = kNoGroup;
  }
  void Advance(size_t symbols) { position_ += symbols; }

 protected:
  /// Returns a draw for a position. Block 0 is used by BytesOf().
  Draw At(size_t position, uint64_t block = 0) const {
    return key_.At(DrawPurpose::kTokenSampling, input_, record_,
                   (position_ + position) | block << 48);
  }
  /// Returns eight random bytes for a position. Four positions share a block.
  const uint8_t* BytesOf(size_t position) {
    const uint64_t wanted = position_ + position;
    if (__builtin_expect(wanted / 4 != group_, 0)) {
      group_ = wanted / 4;
      const auto words = key_.Block(DrawPurpose::kTokenSampling, input_, record_, group_);
      for (size_t i = 0; i < bytes_.size(); ++i) {
        bytes_[i] = static_cast<uint8_t>(words[i / 8] >> 8 * (i % 8));
      }
    }
    return &bytes_[8 * (wanted % 4)];
  }
  const SampleTables& tables() const { return *tables_; }
  const MatchAutomaton::Spelling& SpellingOf(uint32_t code) const override {
    return tables_->spellings_[code];
  }

 private:
  const std::shared_ptr<const SampleTables> tables_;
  const RandomKey key_;
  uint64_t input_ = 0, record_ = 0, position_ = 0;
  static constexpr uint64_t kNoGroup = ~uint64_t{0};
  uint64_t group_ = kNoGroup;
  std::array<uint8_t, 32> bytes_{};
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_INTERNAL_H_
