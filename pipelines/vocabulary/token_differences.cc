#include "pipelines/vocabulary/token_differences.h"

#include <algorithm>
#include <vector>

#include "tokenizer/inspect/audit.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// Iterates over the ends of tokens.
class Walk {
 public:
  Walk(const Vocabulary& vocabulary, const TokenList& tokens, size_t start)
      : vocabulary_(vocabulary), tokens_(tokens), begin_(start), end_(start) {
    SkipEmpty();
  }

  bool done() const { return index_ == tokens_.ids.size(); }
  size_t index() const { return index_; }
  /// The offsets of the token. REQUIRES for end(): !done().
  size_t begin() const { return begin_; }
  size_t end() const { return end_; }
  void Next() {
    begin_ = end_;
    ++index_;
    SkipEmpty();
  }

 private:
  /// Goes to the next token with bytes.
  void SkipEmpty() {
    while (!done() && Length() == 0) ++index_;
    if (!done()) end_ += Length();
  }
  size_t Length() const {
    return tokens_.lengths.empty() ? vocabulary_.SpelledBytes(tokens_.ids[index_]).size()
                                   : tokens_.lengths[index_];
  }

  const Vocabulary& vocabulary_;
  const TokenList tokens_;
  size_t index_ = 0;
  size_t begin_;
  size_t end_;
};

/// Advances both to the next common end, at most `limit`; true if they skip no different end.
bool ToCommonEnd(Walk* a, Walk* b, size_t limit) {
  bool same = true;
  while (true) {
    const bool more_a = !a->done() && a->end() <= limit;
    const bool more_b = !b->done() && b->end() <= limit;
    if (!more_a && !more_b) return same;
    if (more_a && more_b && a->end() == b->end()) {
      a->Next();
      b->Next();
      return same;
    }
    same = false;
    (more_a && (!more_b || a->end() < b->end()) ? a : b)->Next();
  }
}

/// The tokens that overlap the line.
TokenList Within(const TokenList& tokens, size_t first, const Walk& after, size_t line_end) {
  const bool reaches_beyond = !after.done() && after.begin() < line_end;
  return tokens.Part(first, after.index() + (reaches_beyond ? 1 : 0) - first);
}

std::string Show(std::span<const uint32_t> ids, size_t begin, size_t end,
                 const Vocabulary& vocabulary) {
  constexpr size_t kMostTokens = 40;
  end = std::min({end, ids.size(), begin + kMostTokens});
  std::string line = begin > 0 ? "…|" : "";
  line += PiecesWithBars({ids.begin() + begin, ids.begin() + end}, vocabulary);
  return line + (end < ids.size() ? "|…" : "");
}

}  // namespace

LineCounts CompareLines(std::string_view text, const Vocabulary& vocabulary_a,
                        const TokenList& tokens_a, const Vocabulary& vocabulary_b,
                        const TokenList& tokens_b,
                        const std::function<void(const DifferentLine&)>& different) {
  LineCounts counts;
  Walk a(vocabulary_a, tokens_a, 0), b(vocabulary_b, tokens_b, 0);
  LineChunker lines(text);
  size_t line_begin = 0;
  for (std::string_view line; lines.Next(&line);) {
    ++counts.lines;
    const size_t line_end = line_begin + line.size();
    const size_t first_a = a.index(), first_b = b.index();
    const size_t a_before = line_begin - a.begin(), b_before = line_begin - b.begin();
    bool same = true;
    while ((!a.done() && a.end() <= line_end) || (!b.done() && b.end() <= line_end)) {
      same = ToCommonEnd(&a, &b, line_end) && same;
    }
    if (!same) {
      ++counts.different;
      different({.text = line,
                 .a = Within(tokens_a, first_a, a, line_end),
                 .b = Within(tokens_b, first_b, b, line_end),
                 .a_before = a_before,
                 .b_before = b_before});
    }
    line_begin = line_end;
  }
  return counts;
}

void ShowDifference(const DifferentLine& line, const Vocabulary& vocabulary_a,
                    const Vocabulary& vocabulary_b, std::string* a, std::string* b) {
  constexpr size_t kCommonTokens = 4;
  // Offsets count from a common origin of both first tokens.
  const size_t origin = std::max(line.a_before, line.b_before);
  Walk walk_a(vocabulary_a, line.a, origin - line.a_before);
  Walk walk_b(vocabulary_b, line.b, origin - line.b_before);
  const size_t limit = origin + line.text.size();
  size_t first_a = 0, first_b = 0;
  while (true) {
    first_a = walk_a.index();
    first_b = walk_b.index();
    const bool more =
        (!walk_a.done() && walk_a.end() <= limit) || (!walk_b.done() && walk_b.end() <= limit);
    if (!more || !ToCommonEnd(&walk_a, &walk_b, limit)) break;
  }
  const auto before = [](size_t first) {
    return first > kCommonTokens ? first - kCommonTokens : 0;
  };
  *a = Show(line.a.ids, before(first_a), walk_a.index() + kCommonTokens, vocabulary_a);
  *b = Show(line.b.ids, before(first_b), walk_b.index() + kCommonTokens, vocabulary_b);
}

}  // namespace corpusmill
