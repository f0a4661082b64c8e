#include "tokenizer/train/trainer.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tests/tokenizer/train/corpora.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

TEST(TrainerTest, RefusesOptionsOutOfRange) {
  const auto validate = [](TrainOptions options) { return ValidateTrainOptions(options); };
  CM_EXPECT_OK(validate({.vocab_sizes = {259, 100000}}));
  EXPECT_THAT(validate({}), Fails(kInvalidArgument, HasSubstr("no vocabulary size")));
  EXPECT_THAT(validate({.vocab_sizes = {300, 258}}), Fails(kInvalidArgument, HasSubstr("258")));
  EXPECT_THAT(validate({.vocab_sizes = {uint64_t{1} << 31}}),
              Fails(kInvalidArgument, HasSubstr("vocabulary")));
  EXPECT_THAT(validate({.order = 0, .vocab_sizes = {300}}),
              Fails(kInvalidArgument, HasSubstr("order is 0")));
  EXPECT_THAT(validate({.order = 10, .vocab_sizes = {300}}),
              Fails(kInvalidArgument, HasSubstr("1 to 9")));
  EXPECT_THAT(validate({.vocab_sizes = {300}, .max_piece_length_bytes = 0}),
              Fails(kInvalidArgument, HasSubstr("max-piece-length")));
  EXPECT_THAT(validate({.vocab_sizes = {300}, .min_count = 0}),
              Fails(kInvalidArgument, HasSubstr("min-count")));
}

TEST(TrainerTest, ChecksOptionsBeforeReading) {
  Context context({.threads = 1});
  const OpenCorpus never = []() -> absl::StatusOr<NextText> {
    ADD_FAILURE() << "the corpus was opened";
    return DataError("opened");
  };
  EXPECT_THAT(Train(never, {.vocab_sizes = {10}}, context),
              Fails(kInvalidArgument, HasSubstr("10")));
}

TEST(TrainerTest, LearnsWords) {
  std::mt19937 random(1);
  const std::vector<std::string> texts = Words(random, 40);
  Context context({.threads = 2});
  CM_ASSERT_OK_AND_ASSIGN(
      const TrainResult result,
      Train(CorpusOf(texts), {.vocab_sizes = {270, 400}, .fast = true}, context));
  ASSERT_EQ(result.models.size(), 2);
  EXPECT_EQ(result.models[0].vocab_size, 400);
  EXPECT_EQ(result.models[1].vocab_size, 270);
  const Model& model = result.models[0].model;
  std::vector<std::string> pieces;
  for (const Piece& piece : model.pieces()) pieces.push_back(piece.bytes);
  EXPECT_THAT(pieces, testing::IsSupersetOf({"corpus", "grinds", "磨坊", "1234"}));
  EXPECT_TRUE(model.IsUnicode());
  EXPECT_LE(result.models[1].model.vocab_size(), 270);
  for (const Piece& piece : result.models[1].model.pieces()) {
    EXPECT_THAT(pieces, testing::Contains(piece.bytes));
  }

  const TrainStatistics& statistics = result.statistics;
  uint64_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  EXPECT_EQ(statistics.totals.texts, 40);
  EXPECT_EQ(statistics.totals.input_bytes, bytes);
  EXPECT_EQ(statistics.totals.normalized_bytes, bytes);
  EXPECT_GT(statistics.totals.chunks, 40);
  EXPECT_EQ(statistics.ngrams_found.size(), 8);
  EXPECT_GT(statistics.ngrams_found[5], statistics.ngrams_kept[5]);
  EXPECT_GE(statistics.pieces_found, 20);
  EXPECT_GE(statistics.pieces_kept, model.pieces().size());
  EXPECT_GT(statistics.pruning_rounds, 0);
  EXPECT_EQ(context.memory().used_bytes(), 0);
}

TEST(TrainerTest, DoesNotDependOnThreadsOrderOrBatches) {
  std::mt19937 random(2);
  std::vector<std::string> texts = Words(random, 2000);  // A few batches.
  const TrainOptions options = {.vocab_sizes = {300, 330}, .fast = true};
  Context one({.threads = 1}), four({.threads = 4});
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult expected, Train(CorpusOf(texts), options, one));
  std::shuffle(texts.begin(), texts.end(), random);
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult actual, Train(CorpusOf(texts), options, four));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(actual.models[i].model.Serialize(), expected.models[i].model.Serialize());
  }
}

TEST(TrainerTest, IsolatesDigits) {
  std::mt19937 random(3);
  const std::vector<std::string> texts = Words(random, 20);
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(
      const TrainResult result,
      Train(CorpusOf(texts), {.vocab_sizes = {500}, .isolate_digits = true, .fast = true},
            context));
  for (const Piece& piece : result.models[0].model.pieces()) {
    EXPECT_TRUE(piece.bytes.size() == 1 ||
                piece.bytes.find_first_of("0123456789") == std::string::npos)
        << piece.bytes;
  }
}

TEST(TrainerTest, NormalizesFirst) {
  Context context({.threads = 1});
  const std::vector<std::string> composed(50, "\u00e9t\u00e9 "), decomposed(50, "e\u0301te\u0301 ");
  TrainOptions options = {.vocab_sizes = {300}, .fast = true};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult a, Train(CorpusOf(composed), options, context));
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult b, Train(CorpusOf(decomposed), options, context));
  EXPECT_EQ(a.models[0].model.Serialize(), b.models[0].model.Serialize());
  options.normalization = Normalization::kNone;
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult c, Train(CorpusOf(decomposed), options, context));
  EXPECT_NE(a.models[0].model.Serialize(), c.models[0].model.Serialize());
}

TEST(TrainerTest, TakesBytesThatAreNotUtf8) {
  std::mt19937 random(4);
  std::string all(256, '\0');
  for (int i = 0; i < 256; ++i) all[i] = static_cast<char>(i);
  std::vector<std::string> texts;
  for (int i = 0; i < 30; ++i) texts.push_back("mill\xE4\xB8" + RandomText(random, 500, all) + "é");
  Context context({.threads = 1});
  for (const bool ensure_unicode : {true, false}) {
    for (const bool compat : {true, false}) {
      CM_ASSERT_OK_AND_ASSIGN(const TrainResult result, Train(CorpusOf(texts),
                                                              {.vocab_sizes = {1000},
                                                               .ensure_unicode = ensure_unicode,
                                                               .bytepiece_compat = compat,
                                                               .fast = true},
                                                              context));
      const bool whole = ensure_unicode && !compat;
      EXPECT_TRUE(!whole || result.models[0].model.IsUnicode());
    }
  }
}

TEST(TrainerTest, RefusesACorpusWithoutText) {
  Context context({.threads = 1});
  for (const std::vector<std::string>& texts : {std::vector<std::string>{}, {"", ""}}) {
    EXPECT_THAT(Train(CorpusOf(texts), {.vocab_sizes = {300}, .fast = true}, context),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("no text")));
  }
}

TEST(TrainerTest, NoticesACorpusThatChanges) {
  Context context({.threads = 1});
  std::vector<std::string> texts = {"one", "two"};
  const OpenCorpus open = [&]() {
    texts.push_back("more");
    return CorpusOf(texts)();
  };
  EXPECT_THAT(Train(open, {.vocab_sizes = {300}, .fast = true}, context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("changed")));
}

TEST(TrainerTest, PassesErrorsOfTheCorpusOn) {
  Context context({.threads = 2});
  for (const int failing_pass : {1, 2}) {
    int pass = 0;
    const OpenCorpus open = [&]() -> absl::StatusOr<NextText> {
      ++pass;
      return NextText([&, left = 10](TrainText* text) mutable -> absl::StatusOr<bool> {
        if (left-- == 0) {
          if (pass == failing_pass) return DataError("docs.jsonl:11: broken");
          return false;
        }
        *text = {"text"};
        return true;
      });
    };
    EXPECT_THAT(Train(open, {.vocab_sizes = {300}, .fast = true}, context),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("docs.jsonl:11: broken")));
  }
}

TEST(TrainerTest, GivesTheSameInAnyMemory) {
  std::mt19937 random(5);
  std::vector<std::string> texts = Words(random, 300);
  for (int i = 0; i < 20; ++i) {
    texts.push_back(RandomText(random, 100000, "abcdefghijklmnopqrstuvw"));
  }
  const TrainOptions options = {
      .vocab_sizes = {900, 400}, .min_count = 4, .fast = true, .temp_dir = testing::TempDir()};
  std::string expected;
  for (const uint64_t memory : {uint64_t{1} << 30, uint64_t{17} << 20}) {
    for (const int threads : {1, 2}) {
      Context context({.memory_limit_bytes = memory, .threads = threads});
      CM_ASSERT_OK_AND_ASSIGN(const TrainResult result, Train(CorpusOf(texts), options, context));
      std::string models;
      for (const TrainedModel& trained : result.models) models += trained.model.Serialize();
      if (expected.empty()) expected = models;
      EXPECT_TRUE(models == expected) << memory << " bytes, " << threads << " threads";
      EXPECT_EQ(result.statistics.ngram_runs > 1, memory < 1 << 30);
      EXPECT_EQ(context.memory().used_bytes(), 0);
      EXPECT_LE(context.memory().peak_bytes(), memory);
    }
  }
}

TEST(TrainerTest, SaysWhatDoesNotFit) {
  std::mt19937 random(5);
  std::vector<std::string> texts;
  for (int i = 0; i < 30; ++i) {
    texts.push_back(RandomText(random, 100000, "abcdefghijklmnopqrstuvw"));
  }
  Context context({.memory_limit_bytes = 16 << 20, .threads = 2});
  const TrainOptions options = {
      .ngram_min_count = 1, .vocab_sizes = {300}, .fast = true, .temp_dir = testing::TempDir()};
  EXPECT_THAT(Train(CorpusOf(texts), options, context).status(),
              Fails(absl::StatusCode::kResourceExhausted,
                    testing::AllOf(HasSubstr("n-gram model"), HasSubstr("--memory"),
                                   HasSubstr("min-count"))));
  EXPECT_EQ(context.memory().used_bytes(), 0);
}

TEST(TrainerTest, AWeightIsThatManyTexts) {
  std::mt19937 random(7);
  const std::vector<std::string> once = Words(random, 20), thrice = Words(random, 20);
  std::vector<std::string> repeated = once;
  for (int i = 0; i < 3; ++i) repeated.insert(repeated.end(), thrice.begin(), thrice.end());
  const OpenCorpus weighted = [&]() -> absl::StatusOr<NextText> {
    return NextText([&, i = size_t{0}](TrainText* text) mutable -> absl::StatusOr<bool> {
      if (i == once.size() + thrice.size()) return false;
      *text = i < once.size() ? TrainText{once[i]} : TrainText{thrice[i - once.size()], 3};
      ++i;
      return true;
    });
  };
  Context context({.threads = 2});
  const TrainOptions options = {.vocab_sizes = {400}, .fast = true, .temp_dir = testing::TempDir()};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult a, Train(weighted, options, context));
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult b, Train(CorpusOf(repeated), options, context));
  EXPECT_EQ(a.models[0].model.Serialize(), b.models[0].model.Serialize());
}

TEST(TrainerTest, DropsMoreNgramsTheLongerTheText) {
  std::mt19937 random(8);
  const std::vector<std::string> texts = {RandomText(random, 10'000, "abc \n")};
  Context context({.threads = 1});
  const auto least = [&](uint64_t weight, TrainOptions options) -> uint64_t {
    options.vocab_sizes = {300};
    options.fast = true;
    const auto result = Train(CorpusOf(texts, weight), options, context);
    CM_EXPECT_OK(result);
    return result.ok() ? result->statistics.ngram_min_count : 0;
  };
  EXPECT_EQ(least(1, {}), 2);
  EXPECT_EQ(least(26, {}), 2);
  EXPECT_EQ(least(27, {}), 3);
  EXPECT_EQ(least(63, {}), 3);
  EXPECT_EQ(least(64, {}), 4);
  EXPECT_EQ(least(1'000'000, {}), 100);
  EXPECT_EQ(least(3 * 27, {.unit = 3}), 3);
  EXPECT_EQ(least(3 * 26, {.unit = 3}), 2);
  EXPECT_EQ(least(64, {.ngram_min_count = 1}), 1);
  EXPECT_EQ(least(64, {.min_count = 5, .bytepiece_compat = true}), 5);
}

TEST(TrainerTest, StopsWhenCancelled) {
  std::mt19937 random(6);
  const std::vector<std::string> texts = Words(random, 10);
  std::atomic<bool> cancelled = true;
  Context context({.threads = 1, .cancelled = &cancelled});
  EXPECT_EQ(Train(CorpusOf(texts), {.vocab_sizes = {300}, .fast = true}, context).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(TrainerTest, KeepsRequiredCharactersInEveryModel) {
  std::mt19937 random(14);
  const std::vector<std::string> texts = Words(random, 40);
  Context context({.threads = 2});
  TrainOptions options = {.vocab_sizes = {500, 270, 264}, .fast = true};
  CM_ASSERT_OK_AND_ASSIGN(options.required_pieces,
                          CharactersOf("坊\u2603 e\u0301x\n😀龘坊", Normalization::kNfc));
  EXPECT_THAT(options.required_pieces, testing::ElementsAre("\u00E9", "\u2603", "坊", "龘", "😀"));
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult result, Train(CorpusOf(texts), options, context));
  std::vector<std::string> larger;
  for (const TrainedModel& trained : result.models) {
    std::vector<std::string> pieces;
    for (const Piece& piece : trained.model.pieces()) {
      EXPECT_GE(piece.count, 1);
      pieces.push_back(piece.bytes);
    }
    EXPECT_LE(trained.model.vocab_size(), trained.vocab_size);
    EXPECT_THAT(pieces, testing::IsSupersetOf(options.required_pieces)) << trained.vocab_size;
    if (!larger.empty()) {
      EXPECT_THAT(larger, testing::IsSupersetOf(pieces));
    }
    larger = pieces;
  }
  // The smallest has room for nothing else.
  EXPECT_EQ(larger.size(), 256 + 5);
  options.fast = false;
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult refined, Train(CorpusOf(texts), options, context));
  for (const TrainedModel& trained : refined.models) {
    std::vector<std::string> pieces;
    for (const Piece& piece : trained.model.pieces()) pieces.push_back(piece.bytes);
    EXPECT_LE(trained.model.vocab_size(), trained.vocab_size);
    EXPECT_THAT(pieces, testing::IsSupersetOf(options.required_pieces)) << trained.vocab_size;
  }
  // A piece that the text has anyway changes nothing.
  options = {.vocab_sizes = {500}, .fast = true};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult without, Train(CorpusOf(texts), options, context));
  options.required_pieces = {"磨坊"};
  CM_ASSERT_OK_AND_ASSIGN(const TrainResult with, Train(CorpusOf(texts), options, context));
  EXPECT_EQ(Serialized(with), Serialized(without));

  options.required_pieces = {"坊", "龘"};
  options.vocab_sizes = {260};
  EXPECT_THAT(Train(CorpusOf(texts), options, context),
              Fails(kInvalidArgument, HasSubstr("2 required characters need 261")));
  EXPECT_THAT(CharactersOf("ab\xFF", Normalization::kNone),
              Fails(absl::StatusCode::kDataLoss, testing::_));
}

TEST(CountsTrainingTest, PartsGiveWhatOneRunGives) {
  std::mt19937 random(13);
  const std::vector<std::string> texts = Words(random, 900);
  const TestFolder folder;
  for (const bool compat : {false, true}) {
    const TrainOptions options = {.order = 5,
                                  .vocab_sizes = {500, 300},
                                  .min_count = 3,
                                  .isolate_digits = true,
                                  .bytepiece_compat = compat,
                                  .fast = true,
                                  .normalization = Normalization::kNone};
    Context context({.threads = 2});
    CM_ASSERT_OK_AND_ASSIGN(const TrainResult expected, Train(CorpusOf(texts), options, context));
    // One part has no text.
    const std::vector<std::vector<std::string>> parts = {
        {texts.begin(), texts.begin() + 100}, {}, {texts.begin() + 100, texts.end()}};
    std::vector<std::string> ngram_paths, piece_paths;
    for (size_t i = 0; i < parts.size(); ++i) {
      ngram_paths.push_back(folder / (std::to_string(i) + ".ngrams"));
      CM_ASSERT_OK(CountNgramsToFile(CorpusOf(parts[i]), options, ngram_paths.back(),
                                     /*overwrite=*/true, context)
                       .status());
    }
    CM_ASSERT_OK(
        CountsFile::Merge(ngram_paths, folder / "ngrams", {.overwrite = true}, context).status());
    CM_ASSERT_OK_AND_ASSIGN(const auto ngrams, CountsFile::Open(folder / "ngrams", context));
    TrainOptions later = {.vocab_sizes = options.vocab_sizes,
                          .min_count = 3,
                          .bytepiece_compat = compat,
                          .fast = true};
    UseCounting(ngrams->info(), &later);
    CM_ASSERT_OK_AND_ASSIGN(const TrainResult from_ngrams,
                            TrainFromNgrams(CorpusOf(texts), *ngrams, later, context));
    EXPECT_EQ(Serialized(from_ngrams), Serialized(expected));
    EXPECT_THAT(TrainFromNgrams(CorpusOf(parts[2]), *ngrams, later, context),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("not the n-grams of this corpus")));
    for (size_t i = 0; i < parts.size(); ++i) {
      piece_paths.push_back(folder / (std::to_string(i) + ".pieces"));
      CM_ASSERT_OK(CountPiecesToFile(CorpusOf(parts[i]), *ngrams, later, piece_paths.back(),
                                     /*overwrite=*/true, context)
                       .status());
    }
    CM_ASSERT_OK(
        CountsFile::Merge(piece_paths, folder / "pieces", {.overwrite = true}, context).status());
    CM_ASSERT_OK_AND_ASSIGN(const auto pieces, CountsFile::Open(folder / "pieces", context));
    TrainOptions last = {.vocab_sizes = options.vocab_sizes, .min_count = 3};
    UseCounting(pieces->info(), &last);
    CM_ASSERT_OK_AND_ASSIGN(const TrainResult from_pieces, TrainFromPieces(*pieces, last, context));
    EXPECT_EQ(Serialized(from_pieces), Serialized(expected));
    CM_ASSERT_OK_AND_ASSIGN(const auto part, CountsFile::Open(piece_paths[0], context));
    EXPECT_THAT(TrainFromPieces(*part, last, context),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("n-grams were counted in 900 texts")));
    EXPECT_EQ(context.memory().used_bytes(), 0);
  }
}

}  // namespace
}  // namespace corpusmill
