#ifndef CORPUSMILL_TESTS_TOKENIZER_SEARCH_AUTOMATA_H_
#define CORPUSMILL_TESTS_TOKENIZER_SEARCH_AUTOMATA_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tests/tokenizer/search/trie_search.h"
#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/symbol_table.h"

// Shared by tests of the encoding engine: vocabularies and texts for an automaton, and
// straightforward reference searches, which work on bytes.
namespace corpusmill {

/// Pieces with the scores of their counts. There are few distinct counts, so ties are frequent.
/// Values are positions in the list.
struct PieceSet {
  explicit PieceSet(const std::map<std::string, uint64_t>& counts) {
    double total = 0;
    for (const Piece& piece : BytesAnd(counts)) total += static_cast<double>(piece.count);
    for (const Piece& piece : BytesAnd(counts)) {
      Add(piece.bytes, std::log(static_cast<double>(piece.count)) - std::log(total));
    }
  }
  /// Uses the given scores; other single bytes have `byte_score`.
  static PieceSet WithScores(std::map<std::string, double> scores, double byte_score) {
    PieceSet set;
    for (int i = 0; i < 256; ++i)
      scores.try_emplace(std::string(1, static_cast<char>(i)), byte_score);
    for (const auto& [bytes, score] : scores) set.Add(bytes, score);
    return set;
  }

  std::vector<ScoredPiece> scored() const {
    std::vector<ScoredPiece> scored;
    for (size_t i = 0; i < bytes.size(); ++i) {
      scored.push_back({bytes[i], scores[i], static_cast<uint32_t>(i)});
    }
    return scored;
  }
  MatchAutomaton Automaton(bool cut_at_newlines) const {
    return *MatchAutomaton::Build(scored(), cut_at_newlines);
  }
  std::string Join(std::span<const uint32_t> values) const {
    std::string joined;
    for (const uint32_t value : values) joined += bytes.at(value);
    return joined;
  }
  double Score(std::span<const uint32_t> values) const {
    double sum = 0;
    for (const uint32_t value : values) sum += scores.at(value);
    return sum;
  }

  std::vector<std::string> bytes;
  std::vector<double> scores;
  std::map<std::string, uint32_t, std::less<>> values;
  size_t longest = 0;

 private:
  PieceSet() = default;
  void Add(const std::string& piece, double score) {
    values[piece] = static_cast<uint32_t>(bytes.size());
    bytes.push_back(piece);
    scores.push_back(score);
    longest = std::max(longest, piece.size());
  }
};

/// The lines of a text, each with the newlines after it; or the whole text.
inline std::vector<std::string_view> Lines(std::string_view text, bool cut_at_newlines) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = cut_at_newlines ? text.find('\n') : std::string_view::npos;
    end = end == std::string_view::npos ? text.size() : text.find_first_not_of('\n', end);
    lines.push_back(text.substr(0, end));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

/// The textbook search: tries all pieces at every end, longest first; only a strictly better score
/// replaces.
inline std::vector<uint32_t> Textbook(const PieceSet& pieces, std::string_view text,
                                      bool cut_at_newlines) {
  std::vector<uint32_t> values;
  for (const std::string_view line : Lines(text, cut_at_newlines)) {
    std::vector<double> best(line.size() + 1, -std::numeric_limits<double>::infinity());
    std::vector<uint32_t> last(line.size() + 1);
    best[0] = 0;
    for (size_t end = 1; end <= line.size(); ++end) {
      for (size_t length = std::min(end, pieces.longest); length > 0; --length) {
        const auto piece = pieces.values.find(line.substr(end - length, length));
        if (piece == pieces.values.end()) continue;
        const double score = best[end - length] + pieces.scores[piece->second];
        if (score > best[end]) {
          best[end] = score;
          last[end] = piece->second;
        }
      }
    }
    const size_t before = values.size();
    for (size_t end = line.size(); end > 0; end -= pieces.bytes[last[end]].size()) {
      values.push_back(last[end]);
    }
    std::reverse(values.begin() + before, values.end());
  }
  return values;
}

/// The same with the trie, which viterbi_test verifies; for long texts.
inline std::vector<uint32_t> SegmentByTrie(const PieceSet& pieces, std::string_view text,
                                           bool cut_at_newlines) {
  TrieSearch search(pieces.bytes, pieces.scores);
  std::vector<uint32_t> values;
  for (const std::string_view line : Lines(text, cut_at_newlines)) {
    const std::vector<uint32_t> more = search.Segment(line);
    values.insert(values.end(), more.begin(), more.end());
  }
  return values;
}

/// Calls visit(values) for every segmentation of a text into pieces.
inline void ForEachSegmentation(const PieceSet& pieces, std::string_view rest,
                                std::vector<uint32_t>* values,
                                const std::function<void(const std::vector<uint32_t>&)>& visit) {
  if (rest.empty()) return visit(*values);
  for (size_t length = 1; length <= std::min(rest.size(), pieces.longest); ++length) {
    const auto piece = pieces.values.find(rest.substr(0, length));
    if (piece == pieces.values.end()) continue;
    values->push_back(piece->second);
    ForEachSegmentation(pieces, rest.substr(length), values, visit);
    values->pop_back();
  }
}

inline std::vector<uint16_t> SymbolsOf(const MatchAutomaton& automaton, std::string_view text) {
  std::vector<uint16_t> symbols(text.size());
  symbols.resize(SymbolTable(automaton, Normalization::kNone).ConvertNormal(text, symbols.data()));
  return symbols;
}

/// The same with a symbol for each out-of-vocabulary character.
struct SymbolsAndOutOfVocabulary {
  SymbolsAndOutOfVocabulary(const MatchAutomaton& automaton, std::string_view text) {
    symbols.resize(text.size());
    symbols.resize(SymbolTable(automaton, Normalization::kNone)
                       .ConvertNormal(text, symbols.data(), &out_of_vocabulary));
  }
  std::vector<uint16_t> symbols;
  std::vector<uint32_t> out_of_vocabulary;
};

/// The kind of letters of random pieces and texts.
enum class Letters {
  kBytes,       ///< Bytes that are not whole characters: pieces split characters.
  kCharacters,  ///< Characters of 1 to 4 bytes; pieces are whole characters.
};

/// Random pieces, and texts that contain many of them.
class RandomCase {
 public:
  RandomCase(std::mt19937& random, Letters letters, size_t pieces, size_t max_length)
      : random_(random) {
    static const std::vector<std::string> kCharacters = {
        "a",      "b",      "\n",         "c",          "\u00e9", "\u0436",
        "\u4e2d", "\u6587", "\U0001F600", "\U00020000", " "};
    static const std::vector<std::string> kBytes = {
        "a", "b", "\n", "\xC3", "\xA9", "\xE4", "\xB8", "\xAD", "\xF0", "\x9F", std::string(1, 0)};
    letters_ = letters == Letters::kBytes ? kBytes : kCharacters;
    std::shuffle(letters_.begin(), letters_.end(), random_);
    letters_.resize(1 + random_() % letters_.size());
    // Ties are frequent or rare.
    const bool ties = random_() % 2 == 0;
    const auto count = [&] {
      return ties ? uint64_t{1} << random_() % 4 : 1 + random_() % 1000000;
    };
    // Most are pieces. Some of the others occur in longer pieces and must be spelled elsewhere.
    std::map<std::string, uint64_t> counts;
    for (const std::string& letter : letters_) {
      if (random_() % 3 != 0) counts[letter] = count();
    }
    for (size_t i = 0; i < pieces; ++i) {
      const std::string piece = Text(1 + random_() % max_length);
      // Do not add single characters as pieces.
      if (std::find(letters_.begin(), letters_.end(), piece) != letters_.end()) continue;
      counts[piece] = count();
    }
    set_ = std::make_unique<PieceSet>(counts);
    // Out-of-vocabulary characters and, for kCharacters, invalid UTF-8.
    text_letters_ = letters_;
    if (random_() % 3 == 0) {
      const std::vector<std::string> out_of_vocabulary = {
          "z",        "\u00fc",       "\u8a9e", "\U0001F680", "\xC3",     "\xA9", "\xF0\x9F",
          "\xE4\xB8", "\xED\xA0\x80", "\xF5",   "\xFF",       "\xC0\xAF", "\n"};
      for (int i = 0; i < 3; ++i)
        text_letters_.push_back(out_of_vocabulary[random_() % out_of_vocabulary.size()]);
    }
  }

  const PieceSet& pieces() const { return *set_; }

  /// `size` letters, mixed or in runs of one letter, with some newlines.
  std::string RandomLetters(size_t size) {
    const std::vector<std::string>& letters = random_() % 2 == 0 ? letters_ : text_letters_;
    const size_t max_run = random_() % 3 == 0 ? 1 + random_() % 40 : 1;
    std::string text;
    for (size_t i = 0; i < size;) {
      const std::string& letter = letters[random_() % letters.size()];
      for (size_t run = 1 + random_() % max_run; run > 0 && i < size; --run, ++i) text += letter;
    }
    return text;
  }

 private:
  std::string Text(size_t size) {
    std::string text;
    for (; size > 0; --size) text += letters_[random_() % letters_.size()];
    return text;
  }

  std::mt19937& random_;
  std::vector<std::string> letters_, text_letters_;
  std::unique_ptr<PieceSet> set_;
};

/// An aligned block of exactly these bytes, so that ASan detects reads outside it.
inline std::shared_ptr<char> AlignedCopy(std::string_view bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, MatchAutomaton::kAlignment, std::max<size_t>(bytes.size(), 1)) != 0) {
    std::abort();
  }
  std::memcpy(memory, bytes.data(), bytes.size());
  return {static_cast<char*>(memory), [](char* p) { std::free(p); }};
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_TOKENIZER_SEARCH_AUTOMATA_H_
