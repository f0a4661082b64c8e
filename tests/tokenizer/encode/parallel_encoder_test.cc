#include "tokenizer/encode/parallel_encoder.h"

#include <random>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using Ids = std::vector<uint32_t>;

class ParallelEncoderTest : public testing::Test {
 protected:
  ParallelEncoderTest() {
    absl::StatusOr<Model> model = Model::FromPieces(RandomVocabulary(random_, 300, 9, kAlphabet));
    tokenizer_ = std::make_unique<Tokenizer>(*Tokenizer::Create(*model));
  }

  Ids Encode(std::string_view text) const {
    Ids ids;
    tokenizer_->Encode(text, &ids);
    return ids;
  }

  static constexpr const char* kAlphabet = "abc \n\n";
  std::mt19937 random_{1};
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(ParallelEncoderTest, SharesHugeTextsWithTheSameIds) {
  std::vector<std::string> texts = {"",
                                    "a",
                                    RandomText(random_, 3 << 20, kAlphabet),
                                    RandomText(random_, 2 << 20, "ab"),
                                    std::string(1 << 20, '\n'),
                                    RandomText(random_, 1000, kAlphabet)};
  // Lines longer than the parts.
  texts.push_back(std::string(400 << 10, 'a') + "\n\n\n" + std::string(400 << 10, 'b'));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  for (const int threads : {1, 2}) {
    Context context({.threads = threads});
    std::vector<Ids> ids = {{1, 2, 3}};  // Is overwritten.
    CM_ASSERT_OK(EncodeBatch(*tokenizer_, views, context, &ids));
    ASSERT_EQ(ids.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_TRUE(ids[i] == Encode(texts[i])) << i;
  }
}

TEST_F(ParallelEncoderTest, StopsWhenCancelled) {
  const std::atomic<bool> cancelled = true;
  Context context({.threads = 2, .cancelled = &cancelled});
  std::vector<Ids> ids;
  const std::vector<std::string_view> texts = {"a"};
  EXPECT_EQ(EncodeBatch(*tokenizer_, texts, context, &ids).code(), absl::StatusCode::kCancelled);
}

TEST_F(ParallelEncoderTest, StreamsTakePartsOfAnySize) {
  for (int round = 0; round < 200; ++round) {
    const std::string text = RandomText(random_, random_() % 500, kAlphabet);
    StreamEncoder encoder(*tokenizer_);
    Ids ids;
    for (size_t begin = 0; begin < text.size();) {
      const size_t size = std::min<size_t>(text.size() - begin, random_() % 20);
      encoder.Feed(std::string_view(text).substr(begin, size), &ids);
      begin += size;
    }
    encoder.Finish(&ids);
    EXPECT_EQ(ids, Encode(text));
    EXPECT_EQ(encoder.held_back_bytes(), 0u);
  }
}

TEST_F(ParallelEncoderTest, StreamsHoldBackTheLastLineOnly) {
  StreamEncoder encoder(*tokenizer_);
  Ids ids;
  for (int i = 0; i < 100'000; ++i) encoder.Feed("abc\n", &ids);
  EXPECT_LE(encoder.held_back_bytes(), 4u);
  EXPECT_GT(ids.size(), 1000u);
}

}  // namespace
}  // namespace corpusmill
