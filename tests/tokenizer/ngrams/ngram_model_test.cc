#include "tokenizer/ngrams/ngram_model.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "corpus/base/context.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/counts/ngram_counts.h"
#include "tokenizer/ngrams/ngram_segmenter.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using Counts = std::map<std::string, uint64_t>;
constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// Counts all n-grams of 0 to `order` bytes by the definition.
Counts CountByTheBook(const std::vector<std::string>& chunks, int order) {
  Counts counts;
  for (const std::string& chunk : chunks) {
    for (size_t i = 0; i < chunk.size(); ++i) {
      for (size_t length = 0; length <= order && i + length <= chunk.size(); ++length) {
        ++counts[chunk.substr(i, length)];
      }
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    uint64_t& count = counts[std::string(1, static_cast<char>(byte))];
    if (count > 0) continue;
    count = 1;
    ++counts[""];
  }
  return counts;
}

absl::Status AddAll(const std::vector<std::string>& chunks, NgramCounts* counts) {
  NgramCounts::Writer writer(counts);
  for (const std::string& chunk : chunks) CM_RETURN_IF_ERROR(writer.Add(chunk, 1));
  return writer.Flush();
}

absl::StatusOr<NgramModel> BuildOf(NgramCounts& counts, const NgramModelOptions& options,
                                   Context& context) {
  CM_RETURN_IF_ERROR(counts.Finish());
  return NgramModel::Build(counts.order(), counts.sections(), options, context);
}

absl::StatusOr<NgramModel> BuildFrom(const std::vector<std::string>& chunks, int order,
                                     const NgramModelOptions& options, Context& context) {
  CM_ASSIGN_OR_RETURN(const auto counts, NgramCounts::Create(order, testing::TempDir(), context));
  CM_RETURN_IF_ERROR(AddAll(chunks, counts.get()));
  return BuildOf(*counts, options, context);
}

/// log p of the last byte of `ngram`, -infinity if the model lacks it.
double LogP(const NgramModel& model, const std::string& ngram) {
  const double log_count = model.LogCountOf(ngram);
  if (log_count == kImpossible) return kImpossible;
  return log_count - (ngram.size() == 1 ? model.log_total()
                                        : model.LogCountOf(ngram.substr(0, ngram.size() - 1)));
}

std::vector<std::string> RandomChunks(std::mt19937& random, const std::string& alphabet) {
  std::vector<std::string> chunks(1 + random() % 40);
  for (std::string& chunk : chunks) chunk = RandomText(random, 1 + random() % 60, alphabet);
  return chunks;
}

TEST(NgramModelTest, HasTheCountsOfTheBook) {
  std::mt19937 random(1);
  Context context({.threads = 2});
  for (int round = 0; round < 60; ++round) {
    const int order = 1 + round % NgramCounts::kMaxOrder;
    const uint64_t min_count = 1 + random() % 4;
    const std::string alphabet = round % 2 == 0 ? std::string("a\0\xFF", 3) : "abcde";
    const std::vector<std::string> chunks = RandomChunks(random, alphabet);
    CM_ASSERT_OK_AND_ASSIGN(const NgramModel model,
                            BuildFrom(chunks, order, {.min_count = min_count}, context));
    const Counts counts = CountByTheBook(chunks, order);
    std::vector<uint64_t> kept(order), found(order);
    for (const auto& [ngram, count] : counts) {
      if (ngram.empty()) continue;
      // Bytes that were never seen do not count as found.
      const bool seen = ngram.size() > 1 || alphabet.find(ngram) != std::string::npos;
      if (seen) ++found[ngram.size() - 1];
      if (ngram.size() > 1 && count < min_count) {
        EXPECT_EQ(LogP(model, ngram), kImpossible);
        continue;
      }
      ++kept[ngram.size() - 1];
      const std::string prefix = ngram.substr(0, ngram.size() - 1);
      EXPECT_EQ(LogP(model, ngram), std::log(static_cast<double>(count)) -
                                        std::log(static_cast<double>(counts.at(prefix))));
    }
    EXPECT_EQ(model.kept(), kept);
    for (int i = 1; i < order; ++i) EXPECT_EQ(model.found()[i], found[i]);
  }
}

std::unique_ptr<NgramCounts> NewCounts(int order, Context& context) {
  auto counts = NgramCounts::Create(order, testing::TempDir(), context);
  CM_EXPECT_OK(counts.status());
  return *std::move(counts);
}

using Listing = std::vector<std::pair<std::string, uint64_t>>;

Listing List(NgramCounts& counts) {
  Listing listing;
  CM_EXPECT_OK(counts.Finish());
  for (int byte = 0; byte < 256; ++byte) {
    const auto stream = counts.Open(static_cast<uint8_t>(byte));
    CM_EXPECT_OK(stream.status());
    std::string_view bytes;
    uint64_t count;
    while (*(*stream)->Next(&bytes, &count)) listing.emplace_back(bytes, count);
  }
  return listing;
}

TEST(NgramModelTest, CountsTheSameFromManyThreads) {
  std::mt19937 random(2);
  Context context({.threads = 2});
  const std::vector<std::string> chunks = RandomChunks(random, "abc");
  const auto once = NewCounts(4, context), often = NewCounts(4, context);
  std::vector<std::string> four_times;
  for (int i = 0; i < 4; ++i) four_times.insert(four_times.end(), chunks.begin(), chunks.end());
  CM_ASSERT_OK(AddAll(four_times, once.get()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { CM_EXPECT_OK(AddAll(chunks, often.get())); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(List(*once), List(*often));
}

TEST(NgramModelTest, AWeightIsThatManyTimes) {
  Context context({.threads = 1});
  const auto weighted = NewCounts(3, context), repeated = NewCounts(3, context);
  NgramCounts::Writer writer(weighted.get());
  CM_ASSERT_OK(writer.Add("abcab", 3));
  CM_ASSERT_OK(writer.Add("bca", 1));
  CM_ASSERT_OK(writer.Add("abc", 2));
  CM_ASSERT_OK(writer.Flush());
  CM_ASSERT_OK(AddAll({"abcab", "abcab", "abcab", "bca", "abc", "abc"}, repeated.get()));
  EXPECT_EQ(List(*weighted), List(*repeated));
}

TEST(NgramModelTest, CountsBeyondThirtyTwoBits) {
  Context context({.threads = 1});
  const auto counts = NewCounts(3, context);
  const uint64_t half = (uint64_t{1} << 28) - 1, large = 35785974100;
  for (int i = 0; i < 3; ++i) CM_ASSERT_OK(counts->Add("abc", half));
  CM_ASSERT_OK(counts->Add("ab", large));
  CM_ASSERT_OK(counts->Add("ax", 1));
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model, BuildOf(*counts, {.min_count = 1}, context));
  const auto log = [](uint64_t count) { return std::log(static_cast<double>(count)); };
  EXPECT_EQ(LogP(model, "abc"), log(3 * half) - log(3 * half + large));
  EXPECT_EQ(LogP(model, "ab"), log(3 * half + large) - log(3 * half + large + 1));
}

TEST(NgramModelTest, HasRoomForManyDifferentCounts) {
  // More distinct counts than two bytes can represent.
  Context context({.threads = 1});
  const auto counts = NewCounts(3, context);
  const auto count_of = [](int i) { return uint64_t{40000} + 3 * static_cast<uint64_t>(i); };
  const auto ngram_of = [](int i) {
    return std::string{'a', static_cast<char>(i >> 8), static_cast<char>(i)};
  };
  constexpr int kMany = 1 << 16;
  uint64_t sum = 0;
  for (int i = 0; i < kMany; ++i) {
    CM_ASSERT_OK(counts->Add(ngram_of(i), count_of(i)));
    if (i < 256) sum += count_of(i);
  }
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model, BuildOf(*counts, {}, context));
  const auto log = [](uint64_t count) { return std::log(static_cast<double>(count)); };
  EXPECT_EQ(LogP(model, ngram_of(7)), log(count_of(7)) - log(sum));
  for (int i = 0; i < kMany; i += 97) {
    uint64_t of_first = 0;
    for (int j = i / 256 * 256; j < i / 256 * 256 + 256; ++j) of_first += count_of(j);
    EXPECT_EQ(LogP(model, ngram_of(i)), log(count_of(i)) - log(of_first)) << i;
  }
}

TEST(NgramModelTest, SpillsWhatDoesNotFit) {
  std::mt19937 random(3);
  std::vector<std::string> chunks;
  std::string all(256, '\0');
  for (int i = 0; i < 256; ++i) all[i] = static_cast<char>(i);
  for (int i = 0; i < 40; ++i) chunks.push_back(RandomText(random, 40000, i % 2 == 0 ? all : "ab"));
  Context large({.memory_limit_bytes = 1 << 30, .threads = 2});
  const auto whole = NewCounts(6, large);
  CM_ASSERT_OK(AddAll(chunks, whole.get()));
  const Listing expected = List(*whole);
  EXPECT_EQ(whole->runs(), 0);
  // Each run has a section per byte; with less memory left, there are more runs.
  uint64_t most = 0;
  for (const uint64_t taken : {4 << 20, 8 << 20, 11 << 20}) {
    Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 2});
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease, context.memory().Take(taken, "the test"));
    {
      const auto counts = NewCounts(6, context);
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
          CM_EXPECT_OK(
              AddAll({chunks.begin() + 10 * i, chunks.begin() + 10 * (i + 1)}, counts.get()));
        });
      }
      for (std::thread& thread : threads) thread.join();
      EXPECT_TRUE(List(*counts) == expected);
      EXPECT_GT(counts->runs(), most);
      most = counts->runs();
    }
    EXPECT_EQ(context.memory().used_bytes(), taken);
    EXPECT_LE(context.memory().peak_bytes(), MemoryBudget::kMinimumBytes);
  }
  EXPECT_GT(most, 6);
}

TEST(NgramModelTest, KeepsRareCharactersWhenAsked) {
  Context context({.threads = 1});
  const std::vector<std::string> chunks = {"a☃b", "aé", "ab", "ab"};
  const NgramModelOptions options = {.min_count = 2, .keep_inside_characters = true};
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model, BuildFrom(chunks, 4, options, context));
  for (const std::string ngram : {"\xE2\x98", "\xE2\x98\x83", "\x98\x83", "\xC3\xA9", "ab"}) {
    EXPECT_GT(LogP(model, ngram), kImpossible) << ngram;
  }
  for (const std::string ngram : {"a\xE2", "a\xE2\x98",
                                  "\x83"
                                  "b",
                                  "\x98\x83"
                                  "b",
                                  "a\xC3"}) {
    EXPECT_EQ(LogP(model, ngram), kImpossible) << ngram;
  }
}

TEST(NgramModelTest, NamesTheTableThatIsTooLarge) {
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  const auto counts = NewCounts(6, context);
  CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease,
                          context.memory().Take(context.memory().available_bytes(), "the test"));
  EXPECT_THAT(AddAll({"some text"}, counts.get()),
              Fails(absl::StatusCode::kResourceExhausted,
                    testing::AllOf(HasSubstr("n-gram table"), HasSubstr("--memory"),
                                   HasSubstr("smaller order"))));
}

TEST(NgramModelTest, NamesTheModelThatIsTooLarge) {
  std::mt19937 random(3);
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  std::vector<std::string> chunks;
  std::string all(256, '\0');
  for (int i = 0; i < 256; ++i) all[i] = static_cast<char>(i);
  for (int i = 0; i < 40; ++i) chunks.push_back(RandomText(random, 50000, all));
  const absl::StatusOr<NgramModel> model = BuildFrom(chunks, 6, {.min_count = 1}, context);
  EXPECT_THAT(model, Fails(absl::StatusCode::kResourceExhausted,
                           testing::AllOf(HasSubstr("n-gram model"), HasSubstr("--memory"),
                                          HasSubstr("smaller order"))));
  EXPECT_EQ(context.memory().used_bytes(), 0);
}

// ---- Segmentation ----

/// The reference's matrices, as in the specification.
std::vector<std::string> SegmentByTheBook(const NgramModel& model, const std::string& text,
                                          bool ensure_unicode) {
  const int n = model.order();
  std::vector<std::vector<double>> nodes(text.size(), std::vector<double>(n, kImpossible));
  std::vector<std::vector<int>> routes(text.size(), std::vector<int>(n, 0));
  for (int i = 0; i < text.size(); ++i) {
    for (int j = 0; j < n && j <= i; ++j) nodes[i][j] = LogP(model, text.substr(i - j, j + 1));
    if (ensure_unicode && (text[i] & 0xC0) == 0x80) nodes[i][0] = kImpossible;
  }
  for (int i = 1; i < text.size(); ++i) {
    const std::vector<double> log_p = nodes[i];
    for (int j = 0; j < n; ++j) {
      double best = kImpossible;
      for (int k = 0; k < n; ++k) {
        if (j != 0 && j != std::min(k + 1, n - 1)) continue;
        const double score = nodes[i - 1][k] + log_p[j];
        if (score > best) {
          best = score;
          routes[i][j] = k;
        }
      }
      nodes[i][j] = best;
    }
  }
  int state = 0;
  for (int k = 1; k < n; ++k) {
    if (nodes.back()[k] > nodes.back()[state]) state = k;
  }
  std::vector<std::string> words;
  std::string word;
  for (int i = static_cast<int>(text.size()) - 1; i >= 0; --i) {
    word.insert(word.begin(), text[i]);
    if (state == 0) words.insert(words.begin(), std::exchange(word, ""));
    state = routes[i][state];
  }
  EXPECT_EQ(word, "");
  return words;
}

std::vector<std::string> Segment(const NgramModel& model, const std::string& text,
                                 const NgramSegmenter::Options& options) {
  std::vector<std::string_view> words;
  NgramSegmenter(&model, options).Segment(text, &words);
  return {words.begin(), words.end()};
}

TEST(NgramSegmenterTest, AgreesWithTheBook) {
  std::mt19937 random(4);
  Context context({.threads = 1});
  for (int round = 0; round < 200; ++round) {
    const int order = 1 + round % NgramCounts::kMaxOrder;
    // Few letters, so that sums tie; characters of two and three bytes.
    std::vector<std::string> chunks = RandomChunks(random, round % 3 == 0 ? "ab" : "abcd ");
    for (std::string& chunk : chunks) {
      if (random() % 2 == 0) chunk += random() % 2 == 0 ? "é中é" : "中a";
    }
    CM_ASSERT_OK_AND_ASSIGN(const NgramModel model,
                            BuildFrom(chunks, order, {.min_count = 1 + random() % 4}, context));
    for (const std::string& chunk : chunks) {
      for (const bool ensure_unicode : {false, true}) {
        EXPECT_EQ(Segment(model, chunk,
                          {.ensure_unicode = ensure_unicode, .restart_after_invalid = false}),
                  SegmentByTheBook(model, chunk, ensure_unicode));
      }
    }
  }
}

TEST(NgramSegmenterTest, RepeatsTheReferencesDefectOnlyWhenAsked) {
  Context context({.threads = 1});
  const std::vector<std::string> chunks = {"aaaaaa☃bbbbbb", "bbbbbb", "bbbbbb", "aaaaaa"};
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel broken, BuildFrom(chunks, 6, {}, context));
  const std::vector<std::string> words =
      Segment(broken, chunks[0], {.restart_after_invalid = false});
  // From the first byte without a path on, every byte is a word.
  EXPECT_EQ(std::vector<std::string>(words.end() - 8, words.end()),
            (std::vector<std::string>{"\x98", "\x83", "b", "b", "b", "b", "b", "b"}));

  CM_ASSERT_OK_AND_ASSIGN(const NgramModel fixed,
                          BuildFrom(chunks, 6, {.keep_inside_characters = true}, context));
  EXPECT_EQ(Segment(fixed, chunks[0], {}), (std::vector<std::string>{"aaaaaa", "☃", "bbbbbb"}));
}

TEST(NgramSegmenterTest, KeepsEveryCharacterWholeInAnyText) {
  std::mt19937 random(5);
  Context context({.threads = 1});
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> chunks(20);
    for (std::string& chunk : chunks) {
      for (int i = 0; i < 30; ++i) {
        chunk += std::vector<std::string>{"a", "b", "é", "中", "文", "😀", "☃"}[random() % 7];
      }
    }
    const int order = 2 + round % (NgramCounts::kMaxOrder - 1);
    CM_ASSERT_OK_AND_ASSIGN(
        const NgramModel model,
        BuildFrom(chunks, order, {.min_count = 50, .keep_inside_characters = true}, context));
    for (const std::string& chunk : chunks) {
      for (const std::string& word : Segment(model, chunk, {})) {
        EXPECT_NE(word[0] & 0xC0, 0x80);
      }
    }
  }
}

TEST(NgramSegmenterTest, StartsAnewBehindInvalidBytes) {
  Context context({.threads = 1});
  const std::vector<std::string> chunks(3, "aaaa\xE4\xB8\xFF中中\x80");
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model,
                          BuildFrom(chunks, 6, {.keep_inside_characters = true}, context));
  const std::vector<std::string> words = Segment(model, chunks[0], {});
  EXPECT_THAT(words, testing::ElementsAre("aaaa", "\xE4", "\xB8", "\xFF", "中中", "\x80"));
}

}  // namespace
}  // namespace corpusmill
