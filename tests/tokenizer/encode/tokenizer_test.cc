#include "tokenizer/encode/tokenizer.h"

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tokenizer Make(const std::map<std::string, uint64_t>& more,
               Normalization normalization = Normalization::kNfc) {
  absl::StatusOr<Model> model = Model::FromPieces(BytesAnd(more));
  absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(*std::move(model), {.normalization = normalization});
  return *std::move(tokenizer);
}

std::vector<uint32_t> Encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<uint32_t> ids;
  tokenizer.Encode(text, &ids);
  return ids;
}

TEST(TokenizerTest, EncodesTheMostProbablePieces) {
  const Tokenizer tokenizer = Make({{"he", 50}, {"llo", 50}, {"hell", 10}, {"o", 40}});
  // Pieces of several bytes in order: he, llo, hell.
  EXPECT_THAT(Encode(tokenizer, "hello"), ElementsAre(259, 260));
  EXPECT_THAT(Encode(tokenizer, ""), ElementsAre());
  EXPECT_EQ(tokenizer.vocab_size(), 262);
}

TEST(TokenizerTest, AppendsToWhatIsThere) {
  const Tokenizer tokenizer = Make({});
  std::vector<uint32_t> ids = {Model::kBosId};
  EncodeScratch scratch;
  tokenizer.Encode("a", &ids, &scratch);
  tokenizer.Encode("b", &ids, &scratch);
  EXPECT_THAT(ids, ElementsAre(1, 'a' + 3, 'b' + 3));
}

TEST(TokenizerTest, NormalizesAsItsOptionsSay) {
  EXPECT_EQ(Encode(Make({}), "e\u0301"), Encode(Make({}), "\u00e9"));
  EXPECT_EQ(Encode(Make({}, Normalization::kNone), "e\u0301").size(), 3);
  EXPECT_EQ(Encode(Make({}, Normalization::kNfkc), "\uFB01").size(), 2);
}

TEST(TokenizerTest, NeverJoinsLines) {
  // A piece across a newline run can only match at its end.
  const Tokenizer tokenizer = Make({{"\na", 1000}, {"a\n", 1000}, {"\n\n", 1000}});
  EXPECT_THAT(Encode(tokenizer, "a\na"), ElementsAre(261, 'a' + 3));
  EXPECT_THAT(Encode(tokenizer, "\n\na"), ElementsAre(259, 'a' + 3));
}

TEST(TokenizerTest, DecodesSymbolsToNothing) {
  const Tokenizer tokenizer = Make({{"ab", 9}});
  const std::vector<uint32_t> ids = {1, 259, 0, 'c' + 3, 2};
  CM_ASSERT_OK_AND_ASSIGN(const std::string bytes, tokenizer.DecodeBytes(ids));
  EXPECT_EQ(bytes, "abc");
}

TEST(TokenizerTest, DecodesTextWithoutInvalidBytes) {
  const Tokenizer tokenizer = Make({});
  const std::vector<uint32_t> ids = {'a' + 3, 0xC3 + 3, 0xC3 + 3, 0xA9 + 3, 0xFF + 3};
  CM_ASSERT_OK_AND_ASSIGN(const std::string bytes, tokenizer.DecodeBytes(ids));
  EXPECT_EQ(bytes, "a\xC3\xC3\xA9\xFF");
  CM_ASSERT_OK_AND_ASSIGN(const std::string text, tokenizer.DecodeText(ids));
  EXPECT_EQ(text, "aé");
}

TEST(TokenizerTest, NamesAnUnknownId) {
  const Tokenizer tokenizer = Make({});
  const std::vector<uint32_t> ids = {258, 259};
  EXPECT_THAT(tokenizer.DecodeBytes(ids),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("id 259 at position 1")));
  EXPECT_THAT(tokenizer.DecodeText(ids), testing::Not(IsOk()));
}

TEST(TokenizerTest, GivesBackAnyBytesWithoutNormalization) {
  std::mt19937 random(1);
  std::string all(256, '\0');
  for (int i = 0; i < 256; ++i) all[i] = static_cast<char>(i);
  for (int round = 0; round < 100; ++round) {
    const std::string alphabet = round % 2 == 0 ? all : "ab\n\xC3\xA9";
    absl::StatusOr<Model> model = Model::FromPieces(RandomVocabulary(random, 100, 8, alphabet));
    CM_ASSERT_OK_AND_ASSIGN(
        const Tokenizer tokenizer,
        Tokenizer::Create(*std::move(model), {.normalization = Normalization::kNone}));
    const std::string text = RandomText(random, random() % 2000, alphabet);
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                            tokenizer.DecodeBytes(Encode(tokenizer, text)));
    EXPECT_EQ(decoded, text);
  }
}

TEST(TokenizerTest, KeepsInvalidBytesWhileNormalizing) {
  const Tokenizer tokenizer = Make({});
  CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                          tokenizer.DecodeBytes(Encode(tokenizer,
                                                       "\xFF"
                                                       "e\u0301\xE4\xB8")));
  EXPECT_EQ(decoded, "\xFF\u00e9\xE4\xB8");
}

TEST(TokenizerTest, IsSafeForManyThreads) {
  const Tokenizer tokenizer = Make({{"ab", 9}, {"ba", 9}, {"abb", 5}});
  std::mt19937 random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < 50; ++i) texts.push_back(RandomText(random, 3000, "ab\n"));
  std::vector<std::vector<uint32_t>> expected;
  for (const std::string& text : texts) expected.push_back(Encode(tokenizer, text));
  std::vector<std::vector<std::vector<uint32_t>>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      for (const std::string& text : texts) result.push_back(Encode(tokenizer, text));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(TokenizerTest, TakesLinearTimeOnALongLine) {
  const Tokenizer tokenizer = Make({{"aa", 50}, {"aaa", 9}, {"ab", 7}, {std::string(36, 'a'), 70}});
  std::mt19937 random(1);
  for (const char* alphabet : {"a", "ab", "abcdefgh "}) {
    const std::string text = RandomText(random, 10 << 20, alphabet);
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<uint32_t> ids = Encode(tokenizer, text);
    // Seconds at most, unoptimised too; the square of the length would be days.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, tokenizer.DecodeBytes(ids));
    EXPECT_TRUE(decoded == text);
  }
}

}  // namespace
}  // namespace corpusmill
