#include "tokenizer/search/match_automaton.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/search/automata.h"
#include "tokenizer/search/double_array_builder.h"
#include "tokenizer/search/match_scanner.h"
#include "tokenizer/search/nbest.h"
#include "tokenizer/search/sampler.h"
#include "tokenizer/search/segmenter.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr double kNoPiece = -std::numeric_limits<double>::infinity();

std::vector<uint32_t> MatchStates(const MatchAutomaton& automaton,
                                  std::span<const uint16_t> symbols) {
  std::vector<uint32_t> match_states(symbols.size());
  MatchScanner().Scan(automaton, symbols.data(), 0, symbols.size(), match_states.data());
  return match_states;
}

/// The bytes of a symbol.
std::string BytesOf(uint32_t symbol) {
  if (symbol >= MatchAutomaton::kByte) {
    return std::string(1, static_cast<char>(symbol - MatchAutomaton::kByte));
  }
  return EncodeUtf8(static_cast<int32_t>(symbol));
}

/// The pieces of a match state by length in symbols, without spelled ones.
std::map<uint32_t, uint32_t> PiecesOfState(const MatchAutomaton& automaton, uint32_t state) {
  std::map<uint32_t, uint32_t> pieces;
  for (; state != MatchAutomaton::kNone; state = automaton.match(state).next) {
    const MatchAutomaton::Match& match = automaton.match(state);
    if (!MatchAutomaton::IsSpelled(match.value)) pieces[match.length] = match.value;
  }
  return pieces;
}

/// The fixed-point scores of a match state, by length.
std::map<uint32_t, int32_t> QuickOfState(const MatchAutomaton& automaton, uint32_t state) {
  constexpr uint32_t kQuick = MatchAutomaton::kQuick;
  std::map<uint32_t, int32_t> scores;
  for (uint32_t l = 1; l <= kQuick; ++l) {
    const int32_t score = automaton.quick()[kQuick * (state + 1) - l];
    if (score != MatchAutomaton::kNoQuick) scores[l] = score;
  }
  for (; state < automaton.long_states(); state = automaton.long_pieces()[state].next) {
    scores[automaton.long_pieces()[state].length] = automaton.long_pieces()[state].score;
  }
  return scores;
}

/// The expected fixed-point scores. `scores` has those of the pieces, and that of the last symbol's
/// spelling if it is not a piece.
std::map<uint32_t, int32_t> Rounded(const std::map<uint32_t, double>& scores, int bits) {
  std::map<uint32_t, int32_t> rounded;
  for (const auto& [length, score] : scores) {
    rounded[length] = static_cast<int32_t>(std::lround(std::ldexp(score, bits)));
  }
  return rounded;
}

/// Compares all match states of a text with the pieces that end there.
void CheckStates(const PieceSet& pieces, const MatchAutomaton& automaton, bool cut,
                 std::string_view text) {
  const std::vector<uint16_t> symbols = SymbolsOf(automaton, text);
  const std::vector<uint32_t> match_states = MatchStates(automaton, symbols);
  std::vector<size_t> begins = {0};  // Start of each symbol, in bytes.
  std::string joined;
  for (const uint16_t code : symbols) {
    joined += BytesOf(automaton.symbols()[code]);
    begins.push_back(joined.size());
  }
  ASSERT_EQ(joined, text);
  for (size_t end = 1; end <= symbols.size(); ++end) {
    std::map<uint32_t, uint32_t> expected;
    for (uint32_t length = 1; length <= std::min(end, automaton.max_length()); ++length) {
      const std::string_view piece =
          text.substr(begins[end - length], begins[end] - begins[end - length]);
      const size_t newline = piece.find('\n');
      if (cut && newline < piece.size() &&
          piece.find_first_not_of('\n', newline) != std::string_view::npos) {
        continue;
      }
      const auto found = pieces.values.find(piece);
      if (found != pieces.values.end()) expected[length] = found->second;
    }
    const uint32_t state = MatchAutomaton::StateOf(match_states[end - 1]);
    ASSERT_LT(state, automaton.states());
    ASSERT_EQ(PiecesOfState(automaton, state), expected);
    std::map<uint32_t, double> scores;
    for (const auto& [length, value] : expected) {
      scores[length] = pieces.scores[value];
      ASSERT_EQ(automaton.ValueOf(state, length), value);
    }
    const uint32_t longest = automaton.match(state).length;
    ASSERT_EQ(automaton.score(state), scores.count(longest) ? scores[longest] : kNoPiece);
    if (scores.count(1) == 0) {
      const std::string_view last = text.substr(begins[end - 1], begins[end] - begins[end - 1]);
      for (const char byte : last) scores[1] += pieces.scores[pieces.values.at({&byte, 1})];
    }
    ASSERT_GT(automaton.quick_bits(), 0);
    ASSERT_EQ(QuickOfState(automaton, state), Rounded(scores, automaton.quick_bits()));
    if (MatchAutomaton::IsBoundary(match_states[end - 1])) {
      ASSERT_EQ(longest, 1);
    }
  }
  // At a boundary, no piece crosses. The search for cuts relies only on this.
  for (size_t begin = 0; begin < symbols.size(); ++begin) {
    for (size_t end = begin + 2; end <= std::min(symbols.size(), begin + automaton.max_length());
         ++end) {
      if (pieces.values.find(text.substr(begins[begin], begins[end] - begins[begin])) ==
          pieces.values.end()) {
        continue;
      }
      if (PiecesOfState(automaton, MatchAutomaton::StateOf(match_states[end - 1]))
              .count(end - begin) == 0) {
        continue;  // Omitted, because it crosses a newline.
      }
      for (size_t at = begin + 1; at < end; ++at) {
        ASSERT_FALSE(MatchAutomaton::IsBoundary(match_states[at]));
      }
    }
  }
}

TEST(MatchAutomatonTest, FindsExactlyThePiecesThatEndAtEachPosition) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const Letters letters = round % 2 == 0 ? Letters::kBytes : Letters::kCharacters;
    RandomCase c(random, letters, random() % 150, 1 + random() % 20);
    const bool cut = random() % 2 == 0;
    const MatchAutomaton automaton = c.pieces().Automaton(cut);
    CheckStates(c.pieces(), automaton, cut, c.RandomLetters(random() % 1000));
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

TEST(MatchAutomatonTest, FindsPiecesOfThousandsOfCharacters) {
  // Distant codes: nodes with children at both ends of the range.
  std::mt19937 random(2);
  std::map<std::string, uint64_t> counts;
  std::vector<std::string> letters;
  for (int32_t c = 0x4E00; c < 0x4E00 + 20000; ++c) letters.push_back(EncodeUtf8(c));
  for (int i = 0; i < 20000; ++i) {
    const std::string& first = letters[i % 3 == 0 ? random() % 20 : random() % letters.size()];
    counts[first + letters[random() % letters.size()]] = 1 + random() % 3;
    counts[first + letters[random() % 20] + letters[random() % letters.size()]] = 1;
  }
  const PieceSet pieces(counts);
  const MatchAutomaton automaton = pieces.Automaton(true);
  ASSERT_TRUE(automaton.has_characters());
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    if (i % 2 == 0) text += pieces.bytes[256 + random() % (pieces.bytes.size() - 256)];
    text += letters[random() % (i % 3 == 0 ? 20 : letters.size())];
  }
  CheckStates(pieces, automaton, true, text);
}

TEST(MatchAutomatonTest, GivesTheSameAnswersHoweverATextIsScanned) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    RandomCase c(random, Letters::kCharacters, 100, 1 + random() % 12);
    const MatchAutomaton automaton = c.pieces().Automaton(false);
    const std::vector<uint16_t> symbols = SymbolsOf(automaton, c.RandomLetters(5000));
    std::vector<uint32_t> one(symbols.size()), parts(symbols.size());
    MatchScanner scanner;
    for (size_t i = 0; i < symbols.size(); ++i) {
      scanner.Scan(automaton, symbols.data(), i, i + 1, &one[i]);
    }
    for (size_t begin = 0; begin < symbols.size();) {
      // Often exactly the size that lanes need.
      const size_t most = random() % 2 == 0 ? 2000 : 40 * automaton.max_length();
      const size_t end = std::min<size_t>(symbols.size(), begin + 1 + random() % most);
      scanner.Scan(automaton, symbols.data(), begin, end, &parts[begin]);
      begin = end;
    }
    ASSERT_EQ(parts, one);
    ASSERT_EQ(MatchStates(automaton, symbols), one);
  }
}

TEST(MatchAutomatonTest, DoesNotDependOnTheOrderOfPieces) {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    RandomCase c(random, Letters::kCharacters, 100, 8);
    std::vector<ScoredPiece> scored = c.pieces().scored();
    std::shuffle(scored.begin(), scored.end(), random);
    CM_ASSERT_OK_AND_ASSIGN(const MatchAutomaton automaton, MatchAutomaton::Build(scored, true));
    CheckStates(c.pieces(), automaton, true, c.RandomLetters(500));
    EXPECT_EQ(automaton.bytes(), MatchAutomaton::Build(scored, true)->bytes());
  }
}

TEST(MatchAutomatonTest, LeavesOutPiecesThatCrossNewlinesOnRequest) {
  const PieceSet pieces({{"\n\n", 5}, {"a\n", 5}, {"\na", 5}, {"a\na", 5}, {"a\n\n", 5}});
  EXPECT_EQ(pieces.Automaton(false).states(), 257 + 5);
  EXPECT_EQ(pieces.Automaton(true).states(), 257 + 3);
}

TEST(MatchAutomatonTest, UsesCharactersOnlyWherePiecesAreWholeOnes) {
  EXPECT_TRUE(PieceSet({{"a\u00e9", 5}, {"\u4e2d", 5}}).Automaton(true).has_characters());
  for (const char* piece : {"\xC3\xA9\xC3", "\xA9z", "\xE4\xB8", "\xED\xA0\x80", "\xC0\xAF"}) {
    EXPECT_FALSE(PieceSet({{"a\u00e9", 5}, {piece, 5}}).Automaton(true).has_characters());
  }
}

// Blocks of bytes.

/// An automaton with every feature: spelled characters, long pieces.
std::string SomeBlock(Letters letters) {
  std::map<std::string, uint64_t> counts = {{"ab", 3}, {"abcabcabcab", 4}, {"bcabcabcab", 2},
                                            {"a", 9},  {"\n\n", 2},        {"cab", 3}};
  if (letters == Letters::kCharacters) {
    counts.insert({{"\u4e2d\u6587", 5}, {"a\u4e2d", 2}, {"\u00e9", 3}, {"\U0001F600b", 3}});
  } else {
    counts.insert({{"\xC3", 5}, {"\xA9z", 2}});
  }
  return std::string(PieceSet(counts).Automaton(true).bytes());
}

constexpr std::string_view kSomeText =
    "abcabcabcab\u4e2d\u6587a\u4e2d\u6587\u4e2d\u00e9\n\n\U0001F600\U0001F600b\xC3\xA9z\xFF"
    "cabcab\nabcabcabcabcabcab\xE4\xB8 q";

absl::StatusOr<MatchAutomaton> Read(std::string_view bytes) {
  const std::shared_ptr<char> block = AlignedCopy(bytes);
  return MatchAutomaton::FromBytes({block.get(), bytes.size()}, block);
}

TEST(MatchAutomatonBytesTest, AreTheAutomaton) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    const Letters letters = round % 2 == 0 ? Letters::kBytes : Letters::kCharacters;
    RandomCase c(random, letters, random() % 150, 1 + random() % 20);
    const MatchAutomaton automaton = c.pieces().Automaton(true);
    CM_ASSERT_OK_AND_ASSIGN(const MatchAutomaton read, Read(automaton.bytes()));
    EXPECT_EQ(read.bytes(), automaton.bytes());
    CheckStates(c.pieces(), read, true, c.RandomLetters(300));
  }
}

TEST(MatchAutomatonBytesTest, MustBeAligned) {
  const std::string block = SomeBlock(Letters::kBytes);
  const std::shared_ptr<char> shifted = AlignedCopy(std::string(8, ' ') + block);
  EXPECT_THAT(MatchAutomaton::FromBytes({shifted.get() + 8, block.size()}, shifted),
              testing::Not(IsOk()));
}

TEST(MatchAutomatonBytesTest, AreRefusedWhenTheirLengthIsNotTheirs) {
  for (const Letters letters : {Letters::kBytes, Letters::kCharacters}) {
    const std::string block = SomeBlock(letters);
    // Each field of the header, each line of the rest.
    for (size_t size = 0; size < block.size(); size += size < 256 ? 1 : 64) {
      EXPECT_THAT(Read(block.substr(0, size)),
                  Fails(absl::StatusCode::kDataLoss, HasSubstr("damaged")))
          << size;
    }
    EXPECT_THAT(Read(block + std::string(64, '\0')),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("")));
    EXPECT_THAT(Read(std::string(block.size(), '\0')),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("")));
    EXPECT_THAT(Read(std::string(block.size(), '\xFF')),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("")));
  }
}

/// The header's numbers; the last ones are the offsets of the tables.
constexpr size_t kFields = 19, kFirstPart = 10, kScoresPart = 16;
std::array<uint64_t, kFields> HeaderOf(std::string_view block) {
  std::array<uint64_t, kFields> header;
  std::memcpy(header.data(), block.data(), sizeof(header));
  return header;
}

/// Uses an automaton in every way. Ignores the results.
void Use(const MatchAutomaton& automaton) {
  static Segmenter plain(Simd::kPlain), fast(Simd::kAuto);
  const std::vector<uint16_t> symbols = SymbolsOf(automaton, kSomeText);
  // Long enough for lanes.
  std::vector<uint16_t> longer;
  while (longer.size() < 2000) longer.insert(longer.end(), symbols.begin(), symbols.end());
  std::vector<uint32_t> values;
  for (const bool cut : {true, false}) {
    plain.Run(automaton, longer, cut, &values);
    fast.Run(automaton, longer, cut, &values);
    // Too many out-of-vocabulary characters, and none.
    SymbolsAndOutOfVocabulary other(automaton, kSomeText);
    plain.Run(automaton, other.symbols, cut, &values);
    other.out_of_vocabulary.insert(other.out_of_vocabulary.end(), {0xADB8E4, 0xFFFFFFFF});
    fast.Run(automaton, other.symbols, cut, &values, other.out_of_vocabulary);
  }
  for (const SampleMethod method : {SampleMethod::kExact, SampleMethod::kViterbi}) {
    const auto tables = SampleTables::Create(automaton, method, 0.5);
    if (!tables.ok()) continue;
    Sampler(*tables, RandomKey("1")).Run(automaton, symbols, true, &values);
  }
  FindNBest(automaton, symbols, true, 3);
}

TEST(MatchAutomatonBytesTest, AreRefusedOrHarmlessWithAnotherHeader) {
  std::mt19937_64 random(6);
  for (const Letters letters : {Letters::kBytes, Letters::kCharacters}) {
    const std::string block = SomeBlock(letters);
    const auto field = [](std::string* bytes, size_t i) {
      return reinterpret_cast<uint64_t*>(bytes->data()) + i;
    };
    for (size_t i = 0; i < kFields; ++i) {
      const std::string& good = block;
      uint64_t before;
      std::memcpy(&before, good.data() + 8 * i, 8);
      for (const uint64_t value :
           {uint64_t{0}, uint64_t{1}, before - 1, before + 1, 2 * before, before ^ 64, before + 8,
            uint64_t{0xFFFF}, uint64_t{0x10000}, uint64_t{1} << 32, ~uint64_t{0}, random(),
            uint64_t{1} << 61, before + (uint64_t{1} << 61)}) {
        std::string bytes = good;
        *field(&bytes, i) = value;
        const absl::StatusOr<MatchAutomaton> read = Read(bytes);
        if (read.ok()) Use(*read);
      }
    }
  }
}

/// Random changes to a part of a block: bits, bytes, words, copies of other parts.
void Damage(std::mt19937_64& random, size_t begin, size_t end, std::string* bytes) {
  for (size_t changes = 1 + random() % 4; changes > 0; --changes) {
    const size_t at = begin + random() % (end - begin);
    switch (random() % 4) {
      case 0:
        (*bytes)[at] ^= static_cast<char>(1 << random() % 8);
        break;
      case 1:
        (*bytes)[at] = static_cast<char>(random());
        break;
      case 2: {
        static constexpr uint32_t kWords[] = {0,          1,          2,          9,         255,
                                              0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FEFFFFF};
        const uint32_t word = kWords[random() % std::size(kWords)];
        std::memcpy(bytes->data() + at / 4 * 4, &word, sizeof(word));
        break;
      }
      default: {
        const size_t from = begin + random() % (end - begin);
        std::memmove(bytes->data() + at / 8 * 8, bytes->data() + from / 8 * 8, 8);
      }
    }
  }
}

TEST(MatchAutomatonBytesTest, AreRefusedOrHarmlessWhenDamaged) {
  std::mt19937_64 random(7);
  size_t refused = 0, taken = 0;
  for (const Letters letters : {Letters::kBytes, Letters::kCharacters}) {
    const std::string block = SomeBlock(letters);
    const auto header = HeaderOf(block);
    for (int round = 0; round < 4000; ++round) {
      const size_t part = kFirstPart + round % (kFields - kFirstPart);
      const size_t begin = header[part], end = part + 1 < kFields ? header[part + 1] : block.size();
      if (begin == end) continue;
      std::string bytes = block;
      if (round % 10 == 0) {
        Damage(random, 0, bytes.size() - 8, &bytes);
      } else {
        Damage(random, begin, end, &bytes);
      }
      const absl::StatusOr<MatchAutomaton> read = Read(bytes);
      (read.ok() ? taken : refused) += 1;
      if (read.ok()) Use(*read);
    }
  }
  // Both are tried.
  EXPECT_GT(refused, 500);
  EXPECT_GT(taken, 500);
}

TEST(MatchAutomatonBytesTest, SearchesGoOnAsBeforeAfterDamage) {
  // Buffers left by a damaged automaton do not affect the next one.
  const std::string block = SomeBlock(Letters::kBytes);
  const auto header = HeaderOf(block);
  const PieceSet pieces({{"ab", 9}, {"abc", 9}, {"bc", 9}});
  const MatchAutomaton good = pieces.Automaton(true);
  for (const double score : {1e308, -1e308, std::numeric_limits<double>::max()}) {
    std::string bytes = block;
    for (uint64_t at = header[kScoresPart]; at < header[kScoresPart + 1]; at += 8) {
      std::memcpy(&bytes[at], &score, 8);
    }
    const absl::StatusOr<MatchAutomaton> read = Read(bytes);
    for (const Simd simd : {Simd::kPlain, Simd::kAuto}) {
      Segmenter segmenter(simd);
      std::vector<uint32_t> values;
      for (int i = 0; i < 50 && read.ok(); ++i) {
        segmenter.Run(*read, SymbolsOf(*read, kSomeText), true, &values);
      }
      values.clear();
      segmenter.Run(good, SymbolsOf(good, "abcabcab"), true, &values);
      EXPECT_EQ(values, Textbook(pieces, "abcabcab", true));
    }
  }
}

TEST(DoubleArrayBuilderTest, GivesEachNodeSlotsAndABaseOfItsOwn) {
  std::mt19937 random(8);
  for (const size_t codes : {2, 65, 257, 3000, 60000}) {
    DoubleArrayBuilder builder(codes);
    std::set<uint32_t> bases, slots;
    std::vector<uint32_t> placed = {0};
    for (int node = 0; node < 400; ++node) {
      std::set<uint16_t> wanted;
      if (random() % 2 == 0) wanted.insert(0);
      const size_t children = random() % 8 == 0 ? random() % 200 : random() % 4;
      for (size_t i = 0; i < children; ++i) {
        // Often the lowest ones and the highest.
        const size_t range = random() % 2 == 0 ? std::min<size_t>(codes, 20) : codes;
        const size_t code = random() % range;
        wanted.insert(static_cast<uint16_t>(random() % 3 == 0 ? codes - 1 - code : code));
      }
      if (wanted.empty()) wanted.insert(static_cast<uint16_t>(random() % codes));
      const std::vector<uint16_t> list(wanted.begin(), wanted.end());
      const uint32_t near = placed[random() % placed.size()];
      const uint16_t code = list[random() % list.size()];
      const uint32_t base =
          node % 3 == 0 ? builder.Place(list) : builder.PlaceNear(list, code, near);
      ASSERT_NE(base, 0);
      ASSERT_TRUE(bases.insert(base).second);
      for (const uint16_t c : list) {
        ASSERT_TRUE(slots.insert(base + c).second);
        placed.push_back(base + c);
      }
      ASSERT_GE(builder.size(), base + codes);
    }
  }
}

TEST(DoubleArrayBuilderTest, PlacesNearTheEndOfWhatItHas) {
  // The slot of the first code is near the last slot; the others are far behind it.
  for (const uint16_t codes : {5000, 20000, 65535}) {
    DoubleArrayBuilder builder(codes);
    uint32_t near = 0;
    std::set<uint32_t> slots;
    for (int i = 0; i < 60; ++i) {
      const std::vector<uint16_t> list = {0, 3, static_cast<uint16_t>(codes - 1)};
      const uint32_t base = builder.PlaceNear(list, 3, near);
      near = base + codes - 1;
      for (const uint16_t code : list) EXPECT_TRUE(slots.insert(base + code).second);
      EXPECT_GE(builder.size(), size_t{base} + codes);
    }
  }
}

TEST(DoubleArrayBuilderTest, PlacesInOneCacheLineIfItCan) {
  DoubleArrayBuilder builder(257);
  const std::vector<uint16_t> list = {0, 40};
  const uint32_t base = builder.PlaceNear(list, 40, 1000);
  EXPECT_EQ((base + 40) / 8, 1000 / 8);
}

}  // namespace
}  // namespace corpusmill
