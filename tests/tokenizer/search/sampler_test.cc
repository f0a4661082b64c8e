#include "tokenizer/search/sampler.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/search/automata.h"
#include "tokenizer/search/segmenter.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

using Distribution = std::map<std::vector<uint32_t>, double>;

/// χ² values with this many degrees of freedom exceed this once in a million by chance (Wilson and
/// Hilferty 1931). Seeds are fixed: a test that passes once always passes, and a wrong sampler
/// would have to pass about 60 tests.
double Chi2Limit(size_t degrees) {
  const double k = static_cast<double>(degrees), z = 4.7534;
  return k * std::pow(1 - 2 / (9 * k) + z * std::sqrt(2 / (9 * k)), 3);
}

/// Compares counts of draws with their expected values. Pools rare ones.
void ExpectFits(const std::map<std::vector<uint32_t>, size_t>& counts, const Distribution& expected,
                size_t draws) {
  double chi2 = 0, rare_expected = 0, rare_count = 0;
  size_t cells = 0;
  const auto add = [&](double mean, double count) {
    chi2 += (count - mean) * (count - mean) / mean;
    ++cells;
  };
  for (const auto& [values, count] : counts) {
    const auto found = expected.find(values);
    ASSERT_TRUE(found != expected.end() && found->second > 0) << "a segmentation that is none";
  }
  for (const auto& [values, probability] : expected) {
    const auto found = counts.find(values);
    const double count = found == counts.end() ? 0 : static_cast<double>(found->second);
    const double mean = probability * static_cast<double>(draws);
    if (mean < 8) {
      rare_expected += mean;
      rare_count += count;
    } else {
      add(mean, count);
    }
  }
  if (rare_expected >= 8) {
    add(rare_expected, rare_count);
  } else {
    // By Markov's inequality and Poisson's law: far less than once in a million.
    EXPECT_LE(rare_count, 8 + 6 * std::sqrt(8) + 10);
  }
  if (cells > 1) {
    EXPECT_LE(chi2, Chi2Limit(cells - 1)) << cells << " cells";
  }
}

/// ∝ Π p^alpha, line by line.
Distribution ExactDistribution(const PieceSet& pieces, std::string_view text, double alpha) {
  Distribution all = {{{}, 1}};
  for (const std::string_view line : Lines(text, true)) {
    Distribution weights;
    double total = 0;
    std::vector<uint32_t> values;
    ForEachSegmentation(pieces, line, &values, [&](const std::vector<uint32_t>& found) {
      total += weights[found] = std::exp(alpha * pieces.Score(found));
    });
    Distribution next;
    for (const auto& [before, p] : all) {
      for (const auto& [last, weight] : weights) {
        std::vector<uint32_t> joined = before;
        joined.insert(joined.end(), last.begin(), last.end());
        next[joined] += p * weight / total;
      }
    }
    all = std::move(next);
  }
  return all;
}

/// The rule of SampleMethod::kViterbi over bytes: all choices at each position with their
/// probabilities. A state is the choices so far.
Distribution ViterbiDistribution(const PieceSet& pieces, std::string_view line, double alpha) {
  struct State {
    std::vector<double> scores = {0};
    std::vector<uint32_t> last = {0};
    double probability = 1;
  };
  std::vector<State> states(1);
  for (size_t end = 1; end <= line.size(); ++end) {
    std::vector<State> next;
    for (const State& state : states) {
      struct Running {
        double score;
        uint32_t last;
        double probability;
      };
      std::vector<Running> running;
      for (size_t length = std::min(end, pieces.longest); length > 0; --length) {
        const auto piece = pieces.values.find(line.substr(end - length, length));
        if (piece == pieces.values.end()) continue;
        const double candidate = state.scores[end - length] + pieces.scores[piece->second];
        if (running.empty()) {
          running.push_back({candidate, piece->second, 1});
          continue;
        }
        double taken = 0;
        for (Running& r : running) {
          const double accept = 1 / (1 + std::exp(-alpha * (candidate - r.score)));
          taken += r.probability * accept;
          r.probability *= 1 - accept;
        }
        running.push_back({candidate, piece->second, taken});
      }
      for (const Running& r : running) {
        State s = state;
        s.scores.push_back(r.score);
        s.last.push_back(r.last);
        s.probability *= r.probability;
        if (s.probability > 0) next.push_back(std::move(s));
      }
    }
    states = std::move(next);
  }
  Distribution found;
  for (const State& state : states) {
    std::vector<uint32_t> values;
    for (size_t end = line.size(); end > 0; end -= pieces.bytes[state.last[end]].size()) {
      values.insert(values.begin(), state.last[end]);
    }
    found[values] += state.probability;
  }
  return found;
}

std::shared_ptr<const SampleTables> Tables(const MatchAutomaton& automaton, SampleMethod method,
                                           double alpha) {
  const auto tables = SampleTables::Create(automaton, method, alpha);
  EXPECT_THAT(tables, IsOk());
  return *tables;
}

std::map<std::vector<uint32_t>, size_t> CountDraws(const MatchAutomaton& automaton,
                                                   SampleMethod method, double alpha,
                                                   std::string_view text, size_t draws) {
  Sampler sampler(Tables(automaton, method, alpha), RandomKey("counts"));
  const std::vector<uint16_t> symbols = SymbolsOf(automaton, text);
  std::map<std::vector<uint32_t>, size_t> counts;
  std::vector<uint32_t> values;
  for (size_t record = 0; record < draws; ++record) {
    values.clear();
    sampler.BeginRecord(1, record, 0);
    sampler.Run(automaton, symbols, true, &values);
    ++counts[values];
  }
  return counts;
}

constexpr size_t kDraws = 20000;
constexpr double kAlphas[] = {0, 0.1, 0.5, 1, 3};

/// Pieces whose probabilities are not far from each other, so that all are drawn.
PieceSet Close(std::vector<std::string> pieces) {
  std::map<std::string, double> scores;
  for (size_t i = 0; i < pieces.size(); ++i) scores[pieces[i]] = -1.0 - 0.3 * (i % 4);
  return PieceSet::WithScores(scores, -1.5);
}

struct Sample {
  PieceSet pieces;
  std::string text;
};

std::vector<Sample> Samples() {
  std::vector<Sample> samples;
  samples.push_back({Close({"ab", "abc", "bc", "cd", "bcd"}), "abcd"});
  samples.push_back({Close({"aa", "aaa", "aaaa"}), "aaaaaa"});
  // Characters that are pieces, that occur only in longer pieces, and that are out of vocabulary.
  // Their bytes are pieces, too.
  samples.push_back({Close({"\u00e9", "a\u00e9"}), "a\u00e9"});
  samples.push_back({Close({"a\u00e9", "\u00e9b"}), "a\u00e9b"});
  samples.push_back({Close({"a\u4e2d"}), "a\u4e2d"});
  samples.push_back({Close({"\u00e9\u00e9", "\u00e9"}), "\u00e9\u00e9"});
  samples.push_back({Close({"\u00e9\u00e9", "z"}), "\u00e9\u00e9"});
  samples.push_back({Close({"ab"}), "ab\u00fc"});
  // Invalid UTF-8, alone and in pieces.
  samples.push_back({Close({"\u00e9", "ab"}), "ab\xC3\u00e9"});
  samples.push_back({Close({"\xC3\xA9", "\xA9z", "a\xC3"}), "a\xC3\xA9z"});
  // Newlines.
  samples.push_back({Close({"\n\n", "a\n", "ab"}), "ab\n\na"});
  // Longer than eight.
  samples.push_back({Close({"abababababa", "ababababab", "bababababa"}), "abababababa"});
  return samples;
}

/// Forces symbols to be characters or bytes. An additional piece that splits a character, and does
/// not occur in the text, makes them bytes.
std::vector<MatchAutomaton> Both(const PieceSet& pieces, bool cut) {
  std::vector<MatchAutomaton> both = {pieces.Automaton(cut)};
  std::vector<ScoredPiece> scored = pieces.scored();
  scored.push_back({"\xF5\xF6", -5, static_cast<uint32_t>(scored.size())});
  both.push_back(*MatchAutomaton::Build(scored, cut));
  EXPECT_FALSE(both[1].has_characters());
  return both;
}

TEST(SamplerTest, DrawsSegmentationsByTheirProbability) {
  for (const Sample& sample : Samples()) {
    for (const double alpha : kAlphas) {
      const Distribution expected = ExactDistribution(sample.pieces, sample.text, alpha);
      EXPECT_GT(expected.size(), 1);
      for (const MatchAutomaton& automaton : Both(sample.pieces, true)) {
        SCOPED_TRACE(testing::Message() << testing::PrintToString(sample.text) << " alpha " << alpha
                                        << " characters " << automaton.has_characters());
        ExpectFits(CountDraws(automaton, SampleMethod::kExact, alpha, sample.text, kDraws),
                   expected, kDraws);
      }
    }
  }
}

TEST(SamplerTest, DrawsByTheRuleOfViterbiSampling) {
  for (const Sample& sample : Samples()) {
    if (Lines(sample.text, true).size() > 1 || sample.text.size() > 7) continue;
    for (const double alpha : kAlphas) {
      const Distribution expected = ViterbiDistribution(sample.pieces, sample.text, alpha);
      for (const MatchAutomaton& automaton : Both(sample.pieces, true)) {
        SCOPED_TRACE(testing::Message() << testing::PrintToString(sample.text) << " alpha " << alpha
                                        << " characters " << automaton.has_characters());
        ExpectFits(CountDraws(automaton, SampleMethod::kViterbi, alpha, sample.text, kDraws),
                   expected, kDraws);
      }
    }
  }
}

TEST(SamplerTest, ViterbiSamplingOfLongPieces) {
  // Ways to the end of "abcdefghijk" of 11, 10, 9, 8 and 7 symbols, and one by one.
  const PieceSet pieces =
      Close({"abcdefghijk", "bcdefghijk", "cdefghijk", "defghijk", "efghijk", "bcdefghij"});
  for (const double alpha : {0.0, 0.05, 0.2}) {
    const Distribution expected = ViterbiDistribution(pieces, "abcdefghijk", alpha);
    EXPECT_GE(expected.size(), 6);
    for (const MatchAutomaton& automaton : Both(pieces, true)) {
      ExpectFits(CountDraws(automaton, SampleMethod::kViterbi, alpha, "abcdefghijk", 200000),
                 expected, 200000);
    }
  }
}

TEST(SamplerTest, ViterbiSamplingUsesMoreThanTheFirstByteOfADraw) {
  // By whole bytes this would be off by half of 1/256, eight standard deviations.
  constexpr size_t kMany = 4000000;
  for (const double above : {0.00784, -0.9}) {
    const PieceSet pieces = PieceSet::WithScores({{"ab", -2}, {"a", -1}, {"b", -1 + above}}, -9);
    const auto counts = CountDraws(pieces.Automaton(true), SampleMethod::kViterbi, 1, "ab", kMany);
    ExpectFits(counts, ViterbiDistribution(pieces, "ab", 1), kMany);
  }
}

TEST(SamplerTest, ViterbiSamplingIsBiasedAsItsAuthorSays) {
  // Three equal paths to the end of "abc": abc, ab|c from a path that must be ab, a|bc.
  const PieceSet pieces = PieceSet::WithScores(
      {{"abc", -2}, {"bc", -1}, {"c", -1}, {"a", -1}, {"ab", -1}, {"b", -1000}}, -9);
  const auto counts = CountDraws(pieces.Automaton(true), SampleMethod::kViterbi, 1, "abc", 40000);
  const auto value = [&](const char* piece) { return pieces.values.find(piece)->second; };
  ExpectFits(
      counts,
      {{{value("abc")}, 0.25}, {{value("a"), value("bc")}, 0.25}, {{value("ab"), value("c")}, 0.5}},
      40000);
}

/// Text with lines of all lengths.
std::string ManyLines(std::mt19937& random, size_t size) {
  std::string text;
  while (text.size() < size) {
    text += RandomText(random, random() % 9 == 0 ? random() % 9000 : random() % 60, "abc");
    text += random() % 5 == 0 ? "\u4e2d\u00e9\n" : "\n";
  }
  return text;
}

class SampleMethodTest : public testing::TestWithParam<SampleMethod> {};

INSTANTIATE_TEST_SUITE_P(Each, SampleMethodTest,
                         testing::Values(SampleMethod::kExact, SampleMethod::kViterbi),
                         [](const auto& info) {
                           return info.param == SampleMethod::kExact ? "Exact" : "Viterbi";
                         });

TEST_P(SampleMethodTest, DrawsDependOnThePositionOnly) {
  std::mt19937 random(1);
  const PieceSet pieces = Close({"ab", "abc", "ca", "aaaa", "\u00e9", "a\u4e2d", "bcabcabcabc"});
  const MatchAutomaton automaton = pieces.Automaton(true);
  const auto tables = Tables(automaton, GetParam(), 0.3);
  const std::string text = ManyLines(random, 100000);
  const std::vector<uint16_t> symbols = SymbolsOf(automaton, text);
  Sampler whole(tables, RandomKey("seed")), lines(tables, RandomKey("seed"));
  std::vector<uint32_t> all, parts, again;
  whole.BeginRecord(3, 4, 1000);
  whole.Run(automaton, symbols, true, &all);
  EXPECT_TRUE(pieces.Join(all) == text);
  size_t position = 1000;
  for (const std::string_view line : Lines(text, true)) {
    const std::vector<uint16_t> some = SymbolsOf(automaton, line);
    lines.BeginRecord(3, 4, position);
    lines.Run(automaton, some, true, &parts);
    position += some.size();
  }
  EXPECT_TRUE(parts == all);
  // After other texts, too.
  lines.BeginRecord(3, 4, 1000);
  lines.Run(automaton, symbols, true, &again);
  EXPECT_TRUE(again == all);
}

TEST_P(SampleMethodTest, DrawsOfALongLineDoNotDependOnWhereItIsWrittenOut) {
  // The same line repeated lies in other blocks.
  std::mt19937 random(2);
  const PieceSet pieces = Close({"ab", "abc", "ca", "aaaa", "bcabcabcabc"});
  const MatchAutomaton automaton = pieces.Automaton(true);
  const auto tables = Tables(automaton, GetParam(), 0.3);
  const std::string line = RandomText(random, 70000, "abc ");
  Sampler sampler(tables, RandomKey("seed"));
  std::vector<uint32_t> alone;
  sampler.BeginRecord(0, 0, 50000);
  sampler.Run(automaton, SymbolsOf(automaton, line), true, &alone);
  for (const size_t before : {1, 5000, 16383, 20000}) {
    std::vector<uint32_t> behind;
    sampler.BeginRecord(0, 0, 50000 - before);
    sampler.Run(automaton, SymbolsOf(automaton, std::string(before - 1, '-') + "\n" + line), true,
                &behind);
    behind.erase(behind.begin(), behind.begin() + before);
    EXPECT_TRUE(behind == alone);
  }
}

TEST_P(SampleMethodTest, OtherSeedsInputsAndRecordsGiveOtherDraws) {
  const PieceSet pieces = Close({"ab", "ba", "aba"});
  const MatchAutomaton automaton = pieces.Automaton(true);
  const auto tables = Tables(automaton, GetParam(), 0.2);
  std::string text;
  for (int i = 0; i < 100; ++i) text += "ab";
  std::vector<std::vector<uint32_t>> found;
  const auto draw = [&](const char* seed, uint64_t input, uint64_t record, uint64_t position) {
    Sampler sampler(tables, RandomKey(seed));
    sampler.BeginRecord(input, record, position);
    found.emplace_back();
    sampler.Run(automaton, SymbolsOf(automaton, text), true, &found.back());
    EXPECT_EQ(pieces.Join(found.back()), text);
  };
  draw("a", 0, 0, 0);
  draw("b", 0, 0, 0);
  draw("a", 1, 0, 0);
  draw("a", 0, 1, 0);
  draw("a", 0, 0, 1);
  draw("a", 0, 0, uint64_t{1} << 40);
  std::sort(found.begin(), found.end());
  EXPECT_TRUE(std::adjacent_find(found.begin(), found.end()) == found.end());
}

TEST_P(SampleMethodTest, LargeAlphaApproachesTheBestPath) {
  std::mt19937 random(3);
  std::map<std::string, double> scores;
  for (int i = 0; i < 60; ++i) {
    scores[RandomText(random, 1 + random() % 3, "abc")] =
        -1 - static_cast<double>(random() % 997) / 250;
  }
  const PieceSet pieces = PieceSet::WithScores(scores, -6.1);
  const MatchAutomaton automaton = pieces.Automaton(true);
  Sampler sampler(Tables(automaton, GetParam(), 100), RandomKey("seed"));
  Segmenter segmenter;
  int same = 0;
  for (int i = 0; i < 200; ++i) {
    const std::vector<uint16_t> symbols = SymbolsOf(automaton, RandomText(random, 20, "abc"));
    std::vector<uint32_t> drawn, best;
    sampler.BeginRecord(0, i, 0);
    sampler.Run(automaton, symbols, true, &drawn);
    segmenter.Run(automaton, symbols, true, &best);
    same += drawn == best;
  }
  EXPECT_GE(same, 170);
}

TEST_P(SampleMethodTest, GivesValidSegmentationsOfVeryLongLines) {
  std::mt19937 random(4);
  // With and without cuts; with pieces that make sums small quickly.
  std::map<std::string, uint64_t> counts = {{"ab", 5},   {"abc", 9},      {"ca", 2},
                                            {"aa", 100}, {"\u00e9", 100}, {"\u4e2d\u4e2d", 9}};
  for (const bool long_pieces : {false, true}) {
    if (long_pieces) counts[std::string(30, 'a') + "bc"] = 7;
    const PieceSet pieces(counts);
    const MatchAutomaton automaton = pieces.Automaton(true);
    for (const double alpha : kAlphas) {
      const auto tables = SampleTables::Create(automaton, GetParam(), alpha);
      if (!tables.ok()) continue;
      Sampler sampler(*tables, RandomKey("seed"));
      for (const char* alphabet : {"a", "ab", "abc ", "\xE4\xB8\xAD"}) {
        std::string text = RandomText(random, 100000, alphabet);
        if (alphabet[0] == '\xE4') {
          text.clear();
          for (int i = 0; i < 50000; ++i) text += random() % 3 != 0 ? "\u4e2d" : "\u00e9";
        }
        std::vector<uint32_t> values;
        sampler.Run(automaton, SymbolsOf(automaton, text), true, &values);
        ASSERT_TRUE(pieces.Join(values) == text) << alphabet << " alpha " << alpha;
      }
    }
  }
}

TEST_P(SampleMethodTest, GivesNothingForNothing) {
  const MatchAutomaton automaton = PieceSet(std::map<std::string, uint64_t>{}).Automaton(true);
  std::vector<uint32_t> values;
  Sampler sampler(Tables(automaton, GetParam(), 0.5), RandomKey("seed"));
  sampler.Run(automaton, {}, true, &values);
  EXPECT_TRUE(values.empty());
}

TEST_P(SampleMethodTest, RefusesAnAlphaThatIsNone) {
  const MatchAutomaton automaton = PieceSet(std::map<std::string, uint64_t>{}).Automaton(true);
  for (const double alpha :
       {-0.1, -1.0, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(SampleTables::Create(automaton, GetParam(), alpha),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("alpha")));
  }
}

TEST(SamplerTest, KeepsTheProbabilitiesInVeryLongLines) {
  // For a^n with pieces a and aa: the share of aa among the pieces tends to y/(x+2y), where x and y
  // are the relative weights of a and aa in a path.
  const PieceSet pieces = PieceSet::WithScores({{"a", -3}, {"aa", -5}}, -9);
  const MatchAutomaton automaton = pieces.Automaton(true);
  constexpr size_t kSize = 200000;
  const uint32_t twice = pieces.values.find("aa")->second;
  for (const double alpha : {0.0, 0.1, 1.0, 3.0}) {
    const double a = std::exp(-3 * alpha), aa = std::exp(-5 * alpha);
    const double growth = (a + std::sqrt(a * a + 4 * aa)) / 2;
    const double share = aa / (growth * growth);  // Share of aa among the pieces.
    const double mean = kSize * share / (1 + share);
    Sampler sampler(Tables(automaton, SampleMethod::kExact, alpha), RandomKey("seed"));
    std::vector<uint32_t> values;
    sampler.Run(automaton, SymbolsOf(automaton, std::string(kSize, 'a')), true, &values);
    const auto count = static_cast<double>(std::count(values.begin(), values.end(), twice));
    // Six standard deviations, which are at most √n/4 here.
    EXPECT_NEAR(count, mean, 6 * std::sqrt(kSize) / 4) << alpha;
  }
}

TEST(SamplerTest, KeepsTheProbabilitiesWhereSumsAreRescaled) {
  // The probability that a piece of a^n ends at a position, by the sums of all paths to it and from
  // it; dividing by the growth avoids rescaling.
  const PieceSet pieces = PieceSet::WithScores({{"a", -3}, {"aa", -5}}, -9);
  const MatchAutomaton automaton = pieces.Automaton(true);
  constexpr size_t kSize = 4000, kLines = 2000;
  const double a = std::exp(-3), aa = std::exp(-5);
  const double growth = (a + std::sqrt(a * a + 4 * aa)) / 2;
  std::vector<double> sums = {1, a / growth};
  while (sums.size() <= kSize) {
    sums.push_back(a / growth * sums.back() + aa / (growth * growth) * sums[sums.size() - 2]);
  }
  Sampler sampler(Tables(automaton, SampleMethod::kExact, 1), RandomKey("seed"));
  const std::vector<uint16_t> symbols = SymbolsOf(automaton, std::string(kSize, 'a'));
  std::vector<size_t> ends(kSize + 1);
  std::vector<uint32_t> values;
  for (size_t record = 0; record < kLines; ++record) {
    values.clear();
    sampler.BeginRecord(0, record, 0);
    sampler.Run(automaton, symbols, true, &values);
    size_t at = 0;
    for (const uint32_t value : values) ++ends[at += pieces.bytes[value].size()];
  }
  for (size_t at = 1; at < kSize; ++at) {
    const double p = sums[at] * sums[kSize - at] / sums[kSize];
    // Six standard deviations.
    EXPECT_NEAR(static_cast<double>(ends[at]), kLines * p, 6 * std::sqrt(kLines * p * (1 - p)))
        << at;
  }
}

TEST(SamplerTest, RefusesAnAlphaByWhichProbabilitiesGetLost) {
  const MatchAutomaton automaton = PieceSet({{"ab", 5}}).Automaton(true);
  EXPECT_THAT(SampleTables::Create(automaton, SampleMethod::kExact, 1e6),
              Fails(absl::StatusCode::kInvalidArgument,
                    HasSubstr("alpha is 1e+06; the limit for this model is")));
  EXPECT_THAT(SampleTables::Create(automaton, SampleMethod::kViterbi, 1e6), IsOk());
}

TEST(SamplerTest, TakesTheLargestAlphaThatItNames) {
  // Lines of the least probable pieces.
  std::map<std::string, uint64_t> counts = {
      {"ab", 1000000}, {std::string(12, 'a'), 1}, {"\u00e9\u00e9", 1}};
  const PieceSet pieces(counts);
  const MatchAutomaton automaton = pieces.Automaton(true);
  double low = 1, high = 1e6;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (SampleTables::Create(automaton, SampleMethod::kExact, middle).ok() ? low : high) = middle;
  }
  Sampler sampler(Tables(automaton, SampleMethod::kExact, low), RandomKey("seed"));
  std::mt19937 random(5);
  for (const char* alphabet : {"\xC3\xA9", "a", "ab", "\xF0\x9F", "ac"}) {
    const std::string text = RandomText(random, 20000, alphabet);
    std::vector<uint32_t> values, best;
    sampler.Run(automaton, SymbolsOf(automaton, text), true, &values);
    EXPECT_TRUE(pieces.Join(values) == text);
    Segmenter().Run(automaton, SymbolsOf(automaton, text), true, &best);
    EXPECT_NEAR(pieces.Score(values), pieces.Score(best), 1 + 1e-3 * -pieces.Score(best));
  }
}

}  // namespace
}  // namespace corpusmill
