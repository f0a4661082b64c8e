#include "tokenizer/train/refining.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tests/tokenizer/train/corpora.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

/// Lines of words, some of which often stand together.
std::vector<std::string> Lines(std::mt19937& random, size_t texts) {
  const std::vector<std::string> words = {"the mill grinds the corpus ",
                                          "the ",
                                          "mill ",
                                          "grinds ",
                                          "corpus ",
                                          "né",
                                          "磨坊",
                                          "磨",
                                          "12 34 ",
                                          "\n"};
  std::vector<std::string> all(texts);
  for (std::string& text : all) {
    for (int i = 0; i < 200; ++i) text += words[random() % words.size()];
  }
  return all;
}

Model BytesOnly() {
  std::vector<Piece> pieces;
  for (int i = 0; i < 256; ++i) pieces.push_back({std::string(1, static_cast<char>(i)), 1});
  return *Model::FromPieces(std::move(pieces));
}

std::vector<std::string> LongPieces(const Model& model) {
  std::vector<std::string> long_pieces;
  for (const Piece& piece : model.pieces()) {
    if (piece.bytes.size() > 1) long_pieces.push_back(piece.bytes);
  }
  return long_pieces;
}

uint64_t CountTokens(const Model& model, const std::vector<std::string>& texts) {
  const Tokenizer tokenizer = *Tokenizer::Create(model);
  std::vector<uint32_t> ids;
  for (const std::string& text : texts) tokenizer.Encode(text, &ids);
  return ids.size();
}

TEST(RefiningTest, KeepsWhatSavesTheMostTokens) {
  // Of ten counts four are taken off: 6 · 7 tokens are saved by the one, 16 · 1 by the other.
  std::vector<std::string> texts(10, "abcdefgh");
  texts.insert(texts.end(), 20, "xy");
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(
      const RefiningResult result,
      Refine(BytesOnly(), CorpusOf(texts), {.vocab_sizes = {260, 261}}, context));
  ASSERT_EQ(result.models.size(), 2);
  EXPECT_THAT(LongPieces(result.models[0]), testing::ElementsAre("xy", "abcdefgh"));
  EXPECT_THAT(LongPieces(result.models[1]), testing::ElementsAre("abcdefgh"));
  EXPECT_EQ(result.models[0].pieces().back().count, 10);
  // What is left of the others has the counts of the corpus.
  EXPECT_EQ(result.models[1].pieces()['x'].count, 20);
  EXPECT_EQ(context.memory().used_bytes(), 0);
}

TEST(RefiningTest, RarePiecesOnlyFillTheLargestVocabulary) {
  std::vector<std::string> texts(3, "abcdefgh");  // Three are less than twice min_count.
  texts.insert(texts.end(), 5, "xy");
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(
      const RefiningResult result,
      Refine(BytesOnly(), CorpusOf(texts), {.vocab_sizes = {270, 260}}, context));
  EXPECT_THAT(LongPieces(result.models[0]), testing::ElementsAre("xy", "abcdefgh"));
  EXPECT_THAT(LongPieces(result.models[1]), testing::ElementsAre("xy"));
  const std::vector<std::string> once = {"abcdefgh"};
  CM_ASSERT_OK_AND_ASSIGN(const RefiningResult nothing,
                          Refine(BytesOnly(), CorpusOf(once), {.vocab_sizes = {270}}, context));
  EXPECT_THAT(LongPieces(nothing.models[0]), testing::IsEmpty());
}

TEST(RefiningTest, NeedsFewerTokensThanTraining) {
  std::mt19937 random(1);
  const std::vector<std::string> texts = Lines(random, 60), held_out = Lines(random, 20);
  Context context({.threads = 2});
  TrainOptions options = {.vocab_sizes = {290, 400}, .fast = true};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult plain, Train(CorpusOf(texts), options, context));
  options.fast = false;
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult refined, Train(CorpusOf(texts), options, context));
  ASSERT_EQ(refined.models.size(), 2);
  EXPECT_GT(refined.statistics.refining_passes, 4);
  for (size_t i = 0; i < 2; ++i) {
    const Model& model = refined.models[i].model;
    EXPECT_LE(model.vocab_size(), refined.models[i].vocab_size);
    EXPECT_LT(CountTokens(model, held_out), CountTokens(plain.models[i].model, held_out));
    EXPECT_TRUE(model.IsUnicode());
  }
  // Smaller ones are part of the larger.
  EXPECT_THAT(LongPieces(refined.models[0].model),
              testing::IsSupersetOf(LongPieces(refined.models[1].model)));
  EXPECT_THAT(LongPieces(refined.models[0].model), testing::Contains(HasSubstr("mill grinds the")));
}

TEST(RefiningTest, CharactersThatAreNoPiecesBecomeSome) {
  std::vector<std::string> texts(30, "磨坊é");
  texts.push_back("\xE7\xA3 \xE7\xA3 \xE7\xA3 \xE7\xA3 \xE7\xA3 \xE7\xA3 ");  // Not UTF-8.
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const RefiningResult result,
                          Refine(BytesOnly(), CorpusOf(texts), {.vocab_sizes = {300}}, context));
  EXPECT_THAT(LongPieces(result.models[0]), testing::ElementsAre("磨坊é"));
  CM_ASSERT_OK_AND_ASSIGN(const RefiningResult bytes,
                          Refine(BytesOnly(), CorpusOf(texts),
                                 {.vocab_sizes = {300}, .ensure_unicode = false}, context));
  EXPECT_FALSE(bytes.models[0].IsUnicode());
}

TEST(RefiningTest, PiecesStayWithinTheirBounds) {
  std::mt19937 random(3);
  const std::vector<std::string> texts = Lines(random, 30);
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(
      const TrainResult result,
      Train(CorpusOf(texts),
            {.vocab_sizes = {400}, .max_piece_length_bytes = 7, .isolate_digits = true}, context));
  for (const std::string& piece : LongPieces(result.models[0].model)) {
    EXPECT_LE(piece.size(), 7);
    EXPECT_EQ(piece.find_first_of("0123456789"), std::string::npos) << piece;
    EXPECT_GE(piece.find('\n'), piece.find_last_not_of('\n') + 1) << piece;
  }
}

TEST(RefiningTest, DoesNotDependOnThreadsOrOrder) {
  std::mt19937 random(4);
  std::vector<std::string> texts = Lines(random, 1200);  // A few batches.
  const TrainOptions options = {.vocab_sizes = {300, 330}};
  Context one({.threads = 1}), four({.threads = 4});
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult expected, Train(CorpusOf(texts), options, one));
  std::shuffle(texts.begin(), texts.end(), random);
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult actual, Train(CorpusOf(texts), options, four));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(actual.models[i].model.Serialize(), expected.models[i].model.Serialize());
  }
}

TEST(RefiningTest, WeightsAreRepetitions) {
  std::mt19937 random(6);
  const std::vector<std::string> texts = Lines(random, 20);
  std::vector<std::string> repeated;
  for (int i = 0; i < 3; ++i) repeated.insert(repeated.end(), texts.begin(), texts.end());
  Context context({.threads = 1});
  TrainOptions options = {.ngram_min_count = 6, .vocab_sizes = {330}, .min_count = 6};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult expected, Train(CorpusOf(repeated), options, context));
  options.ngram_min_count = 2;
  options.min_count = 2;
  options.unit = 3;
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult actual, Train(CorpusOf(texts, 3), options, context));
  EXPECT_EQ(actual.models[0].model.Serialize(), expected.models[0].model.Serialize());
}

TEST(RefiningTest, SaysWhatToTryWhenMemoryIsShort) {
  std::mt19937 random(5);
  const std::vector<std::string> texts = Lines(random, 10);
  Context context({.memory_limit_bytes = 16 << 20, .threads = 1});
  EXPECT_THAT(Refine(BytesOnly(), CorpusOf(texts), {.vocab_sizes = {1'000'000}}, context),
              Fails(absl::StatusCode::kResourceExhausted,
                    HasSubstr("a smaller vocabulary or training without refining")));
}

TEST(RefiningTest, VocabulariesHaveExactlyTheirSizes) {
  std::mt19937 random(8);
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back(RandomText(random, 500, "abcdefgh     \n"));
  Context context({.threads = 2});
  CM_ASSERT_OK_AND_ASSIGN(
      const TrainResult result,
      Train(CorpusOf(texts), {.vocab_sizes = {1000, 613, 400, 301, 263}}, context));
  ASSERT_EQ(result.models.size(), 5);
  std::vector<std::string> larger;
  for (const TrainedModel& trained : result.models) {
    EXPECT_EQ(trained.model.vocab_size(), trained.vocab_size);
    const std::vector<std::string> pieces = LongPieces(trained.model);
    if (!larger.empty()) {
      EXPECT_THAT(larger, testing::IsSupersetOf(pieces));
    }
    larger = pieces;
  }
}

/// Bytes per token of other texts of the same kind, with a vocabulary of 512.
double Compression(const std::vector<std::string>& texts, const std::vector<std::string>& held_out,
                   bool fast) {
  Context context({.threads = 2});
  const auto result = Train(CorpusOf(texts), {.vocab_sizes = {512}, .fast = fast}, context);
  CM_EXPECT_OK(result);
  if (!result.ok()) return 0;
  double bytes = 0;
  for (const std::string& text : held_out) bytes += static_cast<double>(text.size());
  return bytes / static_cast<double>(CountTokens(result->models[0].model, held_out));
}

TEST(RefiningTest, LearnsTextOfFewSymbols) {
  // All 64 words of three letters of random DNA would have 3.0 bytes a token, all 256 of four 4.0.
  std::mt19937 random(9);
  std::vector<std::string> train, held_out;
  for (int i = 0; i < 150; ++i) train.push_back(RandomText(random, 1000, "ACGT"));
  for (int i = 0; i < 30; ++i) held_out.push_back(RandomText(random, 1000, "ACGT"));
  EXPECT_GT(Compression(train, held_out, /*fast=*/false), 3.6);
}

TEST(RefiningTest, LearnsTextOfFewKindsOfLines) {
  std::mt19937 random(10);
  std::vector<std::string> kinds;
  for (int i = 0; i < 28; ++i) {
    kinds.push_back("INFO module." + RandomText(random, 4, "abcde") + ": component " +
                    std::to_string(i) + " went on to " + RandomText(random, 6, "fghij") + " it\n");
  }
  const auto logs = [&](size_t texts) {
    std::vector<std::string> all(texts);
    for (std::string& text : all) {
      for (int i = 0; i < 20; ++i) text += kinds[random() % kinds.size()];
    }
    return all;
  };
  const std::vector<std::string> train = logs(100), held_out = logs(20);
  // A line has 51 or 52 bytes, and the longest piece 36.
  EXPECT_GT(Compression(train, held_out, /*fast=*/false), 15);
  EXPECT_GT(Compression(train, held_out, /*fast=*/true), 8);
}

}  // namespace
}  // namespace corpusmill
