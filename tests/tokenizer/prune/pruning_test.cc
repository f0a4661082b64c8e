#include "tokenizer/prune/pruning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "corpus/base/context.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/counts/piece_counts.h"

namespace corpusmill {
namespace {

/// The counts of a model's pieces, except single bytes with count 1.
std::map<std::string, uint64_t> Counts(const Model& model) {
  std::map<std::string, uint64_t> counts;
  for (const Piece& piece : model.pieces()) {
    if (piece.bytes.size() > 1 || piece.count > 1) counts[piece.bytes] = piece.count;
  }
  return counts;
}

/// The algorithm of the specification, without a trie or threads.
class ByTheBook {
 public:
  using Pieces = std::map<std::string, uint64_t>;

  static std::vector<Pieces> Prune(const Pieces& counted, const PruningOptions& options) {
    Pieces keep, drop;
    for (const Piece& byte : BytesAnd(counted)) {
      const bool kept =
          byte.bytes.size() == 1 ||
          (byte.bytes.size() <= options.max_piece_length_bytes && byte.count >= options.min_count);
      (kept ? keep : drop)[byte.bytes] = byte.count;
    }
    Redistribute(drop, &keep);
    std::vector<Pieces> results;
    for (const uint64_t vocab_size : options.vocab_sizes) {
      if (keep.size() > vocab_size - 3) {
        std::vector<std::tuple<bool, int64_t, int64_t, std::string>> order;
        for (const auto& [bytes, count] : keep) {
          order.emplace_back(bytes.size() > 1, -static_cast<int64_t>(count),
                             -static_cast<int64_t>(bytes.size()), bytes);
        }
        std::sort(order.begin(), order.end());
        drop.clear();
        for (size_t i = vocab_size - 3; i < order.size(); ++i) {
          drop.insert(keep.extract(std::get<3>(order[i])));
        }
        Redistribute(drop, &keep);
      }
      results.push_back(keep);
    }
    return results;
  }

 private:
  static void Redistribute(const Pieces& drop, Pieces* keep) {
    for (const auto& [bytes, count] : Split(*keep, drop)) (*keep)[bytes] += count;
    size_t before;
    do {
      before = keep->size();
      *keep = Split(*keep, *keep);
    } while (keep->size() != before);
  }

  static Pieces Split(const Pieces& keep, const Pieces& texts) {
    uint64_t total = 0;
    for (const auto& [bytes, count] : keep) total += count;
    Pieces parts;
    for (const auto& [text, count] : texts) {
      std::vector<double> best(text.size() + 1, -1e300);
      std::vector<size_t> starts(text.size() + 1);
      best[0] = 0;
      for (size_t end = 1; end <= text.size(); ++end) {
        for (size_t start = 0; start < end; ++start) {
          const auto piece = keep.find(text.substr(start, end - start));
          if (piece == keep.end()) continue;
          const double score = best[start] + (std::log(static_cast<double>(piece->second)) -
                                              std::log(static_cast<double>(total)));
          if (score > best[end]) {
            best[end] = score;
            starts[end] = start;
          }
        }
      }
      for (size_t end = text.size(); end > 0; end = starts[end]) {
        parts[text.substr(starts[end], end - starts[end])] += count;
      }
    }
    return parts;
  }
};

using Listing = std::map<std::string, uint64_t>;

std::unique_ptr<PieceCounts> NewCounts(Context& context) {
  auto counts = PieceCounts::Create(testing::TempDir(), context);
  CM_EXPECT_OK(counts.status());
  return *std::move(counts);
}

Listing List(const PieceCounts& counts) {
  Listing listing;
  const auto stream = counts.Open();
  CM_EXPECT_OK(stream.status());
  std::string_view bytes;
  uint64_t count;
  std::string previous;
  while (*(*stream)->Next(&bytes, &count)) {
    EXPECT_LT(previous, bytes);
    listing[previous = bytes] = count;
  }
  return listing;
}

TEST(PieceCountsTest, AddsUpAndSorts) {
  Context context({.threads = 1});
  const auto counts = NewCounts(context);
  CM_ASSERT_OK(counts->Add({{"b", 2}, {"a", 1}}));
  CM_ASSERT_OK(counts->Add({{"ab", 3}, {"b", 4}}));
  CM_ASSERT_OK(counts->Finish());
  const Listing expected = {{"a", 1}, {"ab", 3}, {"b", 6}};
  EXPECT_EQ(List(*counts), expected);
  EXPECT_EQ(List(*counts), expected);
}

TEST(PieceCountsTest, SpillsWhatDoesNotFit) {
  std::mt19937 random(1);
  Listing expected;
  std::vector<std::string> texts;
  for (int i = 0; i < 200000; ++i) {
    texts.push_back(RandomText(random, i % 1000 == 0 ? 40000 : 1 + random() % 12,
                               i % 2 == 0 ? std::string("ab\0\xFF", 4) : "abcdefgh"));
    expected[texts.back()] += 1 + i % 3;
  }
  for (const uint64_t memory : {uint64_t{1} << 30, MemoryBudget::kMinimumBytes}) {
    Context context({.memory_limit_bytes = memory, .threads = 2});
    {
      const uint64_t taken = memory == MemoryBudget::kMinimumBytes ? 8 << 20 : 0;
      CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease, context.memory().Take(taken, "the test"));
      const auto counts = NewCounts(context);
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
          for (size_t i = t; i < texts.size(); i += 4) {
            CM_EXPECT_OK(counts->Add({{texts[i], 1 + i % 3}}));
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      CM_ASSERT_OK(counts->Finish());
      EXPECT_EQ(counts->runs() > 0, memory == MemoryBudget::kMinimumBytes);
      EXPECT_TRUE(List(*counts) == expected);
      EXPECT_TRUE(List(*counts) == expected);
    }
    EXPECT_EQ(context.memory().used_bytes(), 0);
    EXPECT_LE(context.memory().peak_bytes(), memory);
  }
}

TEST(PieceCountsTest, SaysWhenMemoryIsShort) {
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  const auto counts = NewCounts(context);
  CM_ASSERT_OK_AND_ASSIGN(const MemoryLease lease,
                          context.memory().Take(context.memory().available_bytes(), "the test"));
  EXPECT_THAT(counts->Add({{"a", 1}}),
              Fails(absl::StatusCode::kResourceExhausted, testing::HasSubstr("the piece table")));
}

TEST(PruningTest, AddsMissingBytes) {
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result,
                          PrunePieces({{"a", 5}}, {.vocab_sizes = {300}}, context));
  EXPECT_EQ(result.models[0].pieces().size(), 256);
  EXPECT_EQ(Counts(result.models[0]), (std::map<std::string, uint64_t>{{"a", 5}}));
}

TEST(PruningTest, GivesTheCountsOfDroppedPiecesToTheirParts) {
  Context context({.threads = 1});
  // "abab" is rare, "ababababab" too long.
  CM_ASSERT_OK_AND_ASSIGN(
      const PruningResult result,
      PrunePieces({{"a", 1}, {"ab", 100}, {"abab", 1}, {"ababababab", 7}, {"b", 1}},
                  {.vocab_sizes = {1000}, .max_piece_length_bytes = 8}, context));
  EXPECT_EQ(Counts(result.models[0]), (std::map<std::string, uint64_t>{{"ab", 100 + 2 + 5 * 7}}));
  EXPECT_EQ(result.pieces_kept, 257);
}

TEST(PruningTest, KeepsBytesThenFrequentThenLongPieces) {
  Context context({.threads = 1});
  // Of four pieces two fit: "xyz" before "pq" and "uv", as often but shorter.
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result,
                          PrunePieces({{"ab", 9000}, {"pq", 700}, {"uv", 700}, {"xyz", 700}},
                                      {.vocab_sizes = {300, 262, 261, 259}}, context));
  ASSERT_EQ(result.models.size(), 4);
  EXPECT_EQ(result.models[0].vocab_size(), 263);
  EXPECT_EQ(Counts(result.models[1]),
            (std::map<std::string, uint64_t>{
                {"ab", 9000}, {"pq", 700}, {"xyz", 700}, {"u", 701}, {"v", 701}}));
  EXPECT_EQ(Counts(result.models[2]),
            (std::map<std::string, uint64_t>{
                {"ab", 9000}, {"xyz", 700}, {"p", 701}, {"q", 701}, {"u", 701}, {"v", 701}}));
  EXPECT_EQ(result.models[3].vocab_size(), 259);
  EXPECT_EQ(result.models[3].pieces()['x'].count, 701);
}

TEST(PruningTest, AgreesWithTheBook) {
  std::mt19937 random(2);
  Context context({.threads = 2});
  uint64_t most_rounds = 0;
  for (int round = 0; round < 60; ++round) {
    std::map<std::string, uint64_t> counts;
    const std::string alphabet = round % 2 == 0 ? "ab" : "abcd";
    for (int i = 0; i < 400; ++i) {
      counts[RandomText(random, 1 + random() % 12, alphabet)] += 1 + random() % 60 % (1 + i % 60);
    }
    std::vector<CountedPiece> pieces;
    for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
    const PruningOptions options = {.vocab_sizes = {400, 330, 290, 262},
                                    .max_piece_length_bytes = 4 + random() % 9,
                                    .min_count = 1 + random() % 4};
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult result, PrunePieces(pieces, options, context));
    EXPECT_EQ(result.pieces_found, pieces.size());
    const std::vector<ByTheBook::Pieces> expected = ByTheBook::Prune(counts, options);
    for (size_t i = 0; i < expected.size(); ++i) {
      ByTheBook::Pieces actual;
      for (const Piece& piece : result.models[i].pieces()) actual[piece.bytes] = piece.count;
      EXPECT_EQ(actual, expected[i]);
    }
    most_rounds = std::max(most_rounds, result.rounds);
  }
  // Five rounds change nothing; with more than 10, several rounds changed something.
  EXPECT_GT(most_rounds, 10);
}

/// The smallest min_count that leaves at most `most` pieces of two or more bytes, or the one that
/// leaves at least `least`.
uint64_t MinCountByTheBook(const std::map<std::string, uint64_t>& counts,
                           const PruningOptions& options) {
  std::vector<uint64_t> sizes;
  for (const auto& [bytes, count] : counts) {
    if (bytes.size() > 1 && bytes.size() <= options.max_piece_length_bytes) sizes.push_back(count);
  }
  const auto left = [&](uint64_t min_count) {
    return static_cast<uint64_t>(
        std::count_if(sizes.begin(), sizes.end(), [&](uint64_t c) { return c >= min_count; }));
  };
  const uint64_t least = options.vocab_sizes[0], most = options.candidates_per_piece * least;
  uint64_t min_count = options.min_count;
  while (left(min_count) > most && left(min_count + 1) >= least) ++min_count;
  return min_count;
}

TEST(PruningTest, BeginsWithTheMostFrequentCandidates) {
  std::mt19937 random(4);
  Context context({.threads = 2});
  std::set<uint64_t> bounds;
  for (int round = 0; round < 40; ++round) {
    std::map<std::string, uint64_t> counts;
    for (int i = 0; i < 2500; ++i) {
      // Often all counts are equal.
      counts[RandomText(random, 1 + random() % 9, "abcd")] = 1 + random() % (1 + round % 10 * 20);
    }
    std::vector<CountedPiece> pieces, scaled;
    constexpr uint64_t kScale = 1 << 20;
    for (const auto& [bytes, count] : counts) {
      pieces.push_back({bytes, count});
      scaled.push_back({bytes, count * kScale});
    }
    PruningOptions options = {.vocab_sizes = {400, 300},
                              .max_piece_length_bytes = 8,
                              .min_count = 1 + random() % 3,
                              .candidates_per_piece = 1 + random() % 4};
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult limited, PrunePieces(pieces, options, context));
    // Eight bits of a count are exact, so that these are too.
    PruningOptions scaled_options = options;
    scaled_options.min_count *= kScale;
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult limited_scaled,
                            PrunePieces(scaled, scaled_options, context));
    options.min_count = MinCountByTheBook(counts, options);
    bounds.insert(options.min_count);
    options.candidates_per_piece = 0;
    scaled_options.min_count = options.min_count * kScale;
    scaled_options.candidates_per_piece = 0;
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult expected, PrunePieces(pieces, options, context));
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult expected_scaled,
                            PrunePieces(scaled, scaled_options, context));
    EXPECT_EQ(limited.pieces_kept, expected.pieces_kept);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(limited.models[i].Serialize(), expected.models[i].Serialize());
      EXPECT_EQ(limited_scaled.models[i].Serialize(), expected_scaled.models[i].Serialize());
    }
  }
  EXPECT_GT(bounds.size(), 10);
}

/// Words of syllables, 17 bytes long, with common prefixes as in natural language.
std::map<std::string, uint64_t> RandomWords(size_t size) {
  std::mt19937 random(7);
  std::vector<std::string> syllables;
  for (int i = 0; i < 300; ++i) {
    syllables.push_back(RandomText(random, 2 + random() % 3, "etaoinsrhldcum"));
  }
  std::map<std::string, uint64_t> words;
  while (words.size() < size) {
    std::string word;
    for (size_t i = 3 + random() % 6; i > 0; --i) {
      // Some are much more frequent than others.
      word += syllables[random() % (1 + random() % syllables.size())];
    }
    words[word] = 1 + random() % 3;
  }
  return words;
}

absl::StatusOr<PruningResult> PruneInMemory(const std::map<std::string, uint64_t>& words,
                                            uint64_t memory, uint64_t* peak_bytes) {
  // A context has no less than it needs at least.
  Context context({.memory_limit_bytes = memory + MemoryBudget::kMinimumBytes, .threads = 1});
  const MemoryLease lease = *context.memory().Take(MemoryBudget::kMinimumBytes, "the test");
  std::vector<CountedPiece> pieces;
  for (const auto& [bytes, count] : words) pieces.push_back({bytes, count});
  auto result =
      PrunePieces(std::move(pieces), {.vocab_sizes = {20000, 5000}, .min_count = 1}, context);
  *peak_bytes = context.memory().peak_bytes() - lease.bytes();
  EXPECT_EQ(context.memory().used_bytes(), lease.bytes());
  return result;
}

TEST(PruningTest, TakesFiftyBytesOfMemoryAPiece) {
  uint64_t small = 0, large = 0, least = 0;
  constexpr uint64_t kSmall = 30000, kLarge = 100000;
  CM_EXPECT_OK(PruneInMemory(RandomWords(kSmall), 1 << 30, &small));
  const auto words = RandomWords(kLarge);
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result, PruneInMemory(words, 1 << 30, &large));
  EXPECT_LT(large - small, 50 * (kLarge - kSmall));
  EXPECT_LT(small, 50 * kSmall + (7 << 20));
  // With less memory, batches are smaller. The result is the same until memory is too small.
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult again,
                          PruneInMemory(words, large - (1 << 20), &least));
  EXPECT_EQ(again.models[1].Serialize(), result.models[1].Serialize());
  EXPECT_THAT(PruneInMemory(words, large / 2, &least),
              Fails(absl::StatusCode::kResourceExhausted,
                    testing::AllOf(testing::HasSubstr("larger --memory"),
                                   testing::HasSubstr("larger min-count"))));
}

TEST(PruningTest, RefusesCountsWhoseSumsWouldOverflow) {
  Context context({.threads = 1});
  const auto prune = [&](uint64_t count) {
    return PrunePieces({{"abcd", count}}, {.vocab_sizes = {259}}, context);
  };
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result, prune((uint64_t{1} << 61) - 65));
  EXPECT_EQ(result.models[0].pieces()['a'].count, (uint64_t{1} << 61) - 64);
  EXPECT_THAT(prune(uint64_t{1} << 61),
              Fails(absl::StatusCode::kDataLoss, testing::HasSubstr("smaller counts")));
  EXPECT_THAT(prune(uint64_t{1} << 63).status(), Fails(absl::StatusCode::kDataLoss, testing::_));
}

TEST(PruningTest, RefusesSizesOutOfRange) {
  CM_EXPECT_OK(ValidateVocabSizes({259, 0x7FFFFFFF}));
  EXPECT_THAT(ValidateVocabSizes({300, 258}),
              Fails(absl::StatusCode::kInvalidArgument,
                    testing::HasSubstr("size is 258; it must be 259 to")));
  EXPECT_FALSE(ValidateVocabSizes({0x80000000}).ok());
}

TEST(PruneModelTest, GivesWhatTrainingWithThoseSizesGives) {
  std::mt19937 random(5);
  Context context({.threads = 2});
  for (int round = 0; round < 30; ++round) {
    std::map<std::string, uint64_t> counts;
    for (int i = 0; i < 600; ++i) {
      counts[RandomText(random, 1 + random() % 9, "abcd")] += 1 + random() % 60 % (1 + i % 60);
    }
    std::vector<CountedPiece> pieces;
    for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
    CM_ASSERT_OK_AND_ASSIGN(
        const PruningResult trained,
        PrunePieces(pieces, {.vocab_sizes = {500, 350, 280}, .fill = true}, context));
    CM_ASSERT_OK_AND_ASSIGN(const Model stored,
                            Model::Parse(trained.models[0].Serialize(), "stored"));
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult pruned,
                            PruneModel(stored, {900, 350, 280}, context));
    ASSERT_EQ(pruned.models.size(), 3);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(pruned.models[i].Serialize(), trained.models[i].Serialize()) << round << " " << i;
    }
    EXPECT_EQ(pruned.pieces_kept, stored.pieces().size());
  }
}

TEST(PruneModelTest, LeavesAModelThatFitsAsItIs) {
  Context context({.threads = 1});
  // "ab" and "aab" score below their splits. Pruning in training removes them, but a size that they
  // fit does not.
  CM_ASSERT_OK_AND_ASSIGN(
      const Model model,
      Model::FromPieces(BytesAnd({{"a", 1000}, {"b", 1000}, {"ab", 1}, {"aab", 1}})));
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result, PruneModel(model, {5000, 261, 260}, context));
  EXPECT_EQ(result.models[0].Serialize(), model.Serialize());
  EXPECT_EQ(result.models[1].Serialize(), model.Serialize());
  EXPECT_EQ(result.rounds, 4) << "of the smallest: each piece in turn loses its count";
  EXPECT_EQ(result.models[2].vocab_size(), 259);
  EXPECT_EQ(Counts(result.models[2]), (std::map<std::string, uint64_t>{{"a", 1003}, {"b", 1002}}));
}

TEST(PruneModelTest, RefusesCountsWhoseSumsWouldOverflow) {
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const Model model,
                          Model::FromPieces(BytesAnd({{"ab", uint64_t{1} << 62}})));
  EXPECT_THAT(PruneModel(model, {259}, context),
              Fails(absl::StatusCode::kDataLoss, testing::HasSubstr("smaller counts")));
}

/// The bytes of the text that the counts stand for.
uint64_t TextBytes(const Model& model) {
  uint64_t bytes = 0;
  for (const Piece& piece : model.pieces()) bytes += piece.count * piece.bytes.size();
  return bytes;
}

TEST(PruningTest, FillsVocabularies) {
  std::mt19937 random(12);
  Context context({.threads = 2});
  PruningOptions options = {.vocab_sizes = {520, 400, 333, 300, 280}};
  int smaller = 0;
  for (int round = 0; round < 30; ++round) {
    std::map<std::string, uint64_t> counts;
    for (int i = 0; i < 900; ++i) {
      counts[RandomText(random, 1 + random() % 9, "abcd")] += 2 + random() % 60 % (1 + i % 60);
    }
    std::vector<CountedPiece> pieces;
    for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
    options.fill = false;
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult plain, PrunePieces(pieces, options, context));
    options.fill = true;
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult filled, PrunePieces(pieces, options, context));
    const Model* larger = nullptr;
    for (size_t i = 0; i < options.vocab_sizes.size(); ++i) {
      smaller += plain.models[i].vocab_size() < options.vocab_sizes[i] ? 1 : 0;
      const Model& model = filled.models[i];
      EXPECT_EQ(model.vocab_size(), options.vocab_sizes[i]) << round;
      EXPECT_EQ(TextBytes(model), TextBytes(plain.models[i]));
      if (larger != nullptr) {
        std::set<std::string> known;
        for (const Piece& piece : larger->pieces()) known.insert(piece.bytes);
        for (const Piece& piece : model.pieces()) EXPECT_TRUE(known.contains(piece.bytes));
      }
      larger = &model;
    }
  }
  EXPECT_GT(smaller, 10) << "what is to be filled";
  EXPECT_EQ(context.memory().used_bytes(), 0);
}

TEST(PruningTest, IsSmallerIfCandidatesRunOut) {
  Context context({.threads = 1});
  // "ab" and "aab" score below their parts.
  const std::vector<CountedPiece> pieces = {{"a", 1000}, {"b", 1000}, {"ab", 2}, {"aab", 2}};
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult result,
                          PrunePieces(pieces, {.vocab_sizes = {261, 260}, .fill = true}, context));
  for (const Model& model : result.models) EXPECT_EQ(model.vocab_size(), 259);
}

TEST(PruningTest, DoesNotDependOnThreadsOrOrder) {
  std::mt19937 random(1);
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 20000; ++i) counts[RandomText(random, 1 + random() % 9, "abcde")] += i % 50;
  std::vector<CountedPiece> pieces;
  for (const auto& [bytes, count] : counts) {
    if (count > 0) pieces.push_back({bytes, count});
  }
  const PruningOptions options = {.vocab_sizes = {3000, 600, 300}};
  Context one({.threads = 1}), four({.threads = 4});
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult expected, PrunePieces(pieces, options, one));
  std::shuffle(pieces.begin(), pieces.end(), random);
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult actual, PrunePieces(pieces, options, four));
  EXPECT_EQ(actual.rounds, expected.rounds);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(actual.models[i].Serialize(), expected.models[i].Serialize());
    EXPECT_LE(actual.models[i].vocab_size(), options.vocab_sizes[i]);
  }
}

}  // namespace
}  // namespace corpusmill
