#include "pipelines/cleaning/text_diff.h"

#include <algorithm>
#include <unordered_map>

#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

// Edits that are searched at a time; bounds the steps per token.
constexpr int64_t kMaxEdits = 64;

/// A range of the first sequence that a range of the second replaces.
struct Change {
  size_t a_begin = 0, a_end = 0;
  size_t b_begin = 0, b_end = 0;
};

void AddChange(const Change& change, std::vector<Change>* changes) {
  if (!changes->empty() && changes->back().a_end == change.a_begin &&
      changes->back().b_end == change.b_begin) {
    changes->back().a_end = change.a_end;
    changes->back().b_end = change.b_end;
  } else {
    changes->push_back(change);
  }
}

/// Finds the changes between two sequences by the greedy algorithm of Myers, which follows the
/// furthest path of each diagonal. After kMaxEdits edits it settles for the path that got furthest
/// and begins anew at its end, so that time is linear.
class SequenceDiff {
 public:
  SequenceDiff(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) : a_(a), b_(b) {}

  std::vector<Change> Run() {
    size_t x = 0, y = 0;
    while (true) {
      while (x < a_.size() && y < b_.size() && a_[x] == b_[y]) ++x, ++y;
      if (x == a_.size() && y == b_.size()) return std::move(changes_);
      if (x == a_.size() || y == b_.size()) {
        AddChange({x, a_.size(), y, b_.size()}, &changes_);
        return std::move(changes_);
      }
      Advance(&x, &y);
    }
  }

 private:
  static constexpr int64_t kUnreachable = -1;

  /// Positions after one more edit on diagonal `k`, from those after the edits before.
  struct Move {
    int64_t x = kUnreachable;
    bool is_removal = false;
  };
  Move Next(const std::vector<int64_t>& from, int64_t d, int64_t k) const {
    const auto at = [&](int64_t diagonal) {
      const int64_t index = diagonal + d - 1;
      return index < 0 || index >= static_cast<int64_t>(from.size())
                 ? kUnreachable
                 : from[static_cast<size_t>(index)];
    };
    Move move;
    const int64_t insert = at(k + 1);
    if (insert != kUnreachable && insert - k <= height_) move.x = insert;
    const int64_t remove = at(k - 1);
    if (remove != kUnreachable && remove + 1 <= width_ && remove + 1 > move.x) {
      move = {remove + 1, true};
    }
    return move;
  }

  int64_t Slide(size_t x0, size_t y0, int64_t x, int64_t k) const {
    while (x < width_ && x - k < height_ &&
           a_[x0 + static_cast<size_t>(x)] == b_[y0 + static_cast<size_t>(x - k)]) {
      ++x;
    }
    return x;
  }

  /// Goes on from (*x, *y), where the sequences differ, and adds the changes on the way.
  void Advance(size_t* x, size_t* y) {
    width_ = static_cast<int64_t>(a_.size() - *x);
    height_ = static_cast<int64_t>(b_.size() - *y);
    std::vector<std::vector<int64_t>> reached = {{0}};
    int64_t best = 0;
    for (int64_t d = 1; d <= kMaxEdits; ++d) {
      std::vector<int64_t>& row = reached.emplace_back();
      int64_t furthest = -1;
      for (int64_t k = -d; k <= d; ++k) {
        // Diagonals that d edits do not reach have other parity.
        Move move;
        if ((k + d) % 2 == 0) move = Next(reached[static_cast<size_t>(d - 1)], d, k);
        if (move.x != kUnreachable) {
          move.x = Slide(*x, *y, move.x, k);
          if (2 * move.x - k > furthest) {
            furthest = 2 * move.x - k;
            best = k;
          }
        }
        row.push_back(move.x);
      }
      if (furthest == width_ + height_) break;
    }
    Trace(reached, best, x, y);
  }

  void Trace(const std::vector<std::vector<int64_t>>& reached, int64_t k, size_t* x, size_t* y) {
    const size_t x0 = *x, y0 = *y;
    std::vector<Change> backwards;
    int64_t d = static_cast<int64_t>(reached.size()) - 1;
    const int64_t end = reached.back()[static_cast<size_t>(k + d)];
    *x = x0 + static_cast<size_t>(end);
    *y = y0 + static_cast<size_t>(end - k);
    for (; d > 0; --d) {
      const Move move = Next(reached[static_cast<size_t>(d - 1)], d, k);
      const size_t a = x0 + static_cast<size_t>(move.x);
      const size_t b = y0 + static_cast<size_t>(move.x - k);
      backwards.push_back(move.is_removal ? Change{a - 1, a, b, b} : Change{a, a, b - 1, b});
      k += move.is_removal ? -1 : 1;
    }
    for (size_t i = backwards.size(); i > 0; --i) AddChange(backwards[i - 1], &changes_);
  }

  const std::vector<uint32_t>& a_;
  const std::vector<uint32_t>& b_;
  int64_t width_ = 0, height_ = 0;  // What is left of both.
  std::vector<Change> changes_;
};

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// A line with its newline.
size_t LineSize(std::string_view text) {
  const size_t newline = text.find('\n');
  return newline == std::string_view::npos ? text.size() : newline + 1;
}

/// A run of ASCII letters and digits, or one character.
size_t WordSize(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && IsWordByte(text[size])) ++size;
  int32_t code;
  return size > 0 ? size : DecodeUtf8(text, &code);
}

/// The changes between two texts as sequences of what `size_of` cuts from their beginnings, in
/// bytes.
std::vector<Change> Compare(std::string_view a, std::string_view b,
                            size_t (*size_of)(std::string_view)) {
  std::unordered_map<std::string_view, uint32_t> numbers;
  const auto cut = [&](std::string_view text, std::vector<size_t>* begins) {
    std::vector<uint32_t> tokens;
    size_t at = 0;
    while (at < text.size()) {
      const size_t size = size_of(text.substr(at));
      begins->push_back(at);
      tokens.push_back(numbers.emplace(text.substr(at, size), static_cast<uint32_t>(numbers.size()))
                           .first->second);
      at += size;
    }
    begins->push_back(text.size());
    return tokens;
  };
  std::vector<size_t> a_begins, b_begins;
  const std::vector<uint32_t> a_tokens = cut(a, &a_begins);
  const std::vector<uint32_t> b_tokens = cut(b, &b_begins);
  std::vector<Change> changes = SequenceDiff(a_tokens, b_tokens).Run();
  for (Change& change : changes) {
    change = {a_begins[change.a_begin], a_begins[change.a_end], b_begins[change.b_begin],
              b_begins[change.b_end]};
  }
  return changes;
}

bool IsInsideCharacter(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80;
}

class PieceList {
 public:
  PieceList(std::string_view before, std::string_view after, const TextDiffOptions& options)
      : before_(before), after_(after), options_(options) {}

  /// Adds a change in the bytes of the texts; changes ascend. False if it is not listed.
  bool Add(const Change& change) {
    if (listed_bytes_ >= options_.total_bytes) {
      is_cut_ = true;
      return false;
    }
    AddSame(change.a_begin);
    AddChanged(TextPiece::Kind::kRemoved, Slice(before_, change.a_begin, change.a_end));
    AddChanged(TextPiece::Kind::kAdded, Slice(after_, change.b_begin, change.b_end));
    at_ = change.a_end;
    return true;
  }

  std::vector<TextPiece> Finish() {
    if (pieces_.empty()) return {};
    if (is_cut_) {
      pieces_.push_back({TextPiece::Kind::kMore, "", 0});
    } else if (at_ < before_.size()) {
      pieces_.push_back(
          TextStart(TextPiece::Kind::kSame, before_.substr(at_), options_.context_bytes));
    }
    return std::move(pieces_);
  }

 private:
  static std::string_view Slice(std::string_view text, size_t begin, size_t end) {
    return text.substr(begin, end - begin);
  }

  /// Equal text from the change before, or the beginning, to `end`.
  void AddSame(size_t end) {
    const std::string_view same = Slice(before_, at_, end);
    if (same.empty()) return;
    const size_t head = pieces_.empty() ? 0 : options_.context_bytes;
    if (same.size() <= head + options_.context_bytes) {
      pieces_.push_back({TextPiece::Kind::kSame, std::string(same), 0});
      return;
    }
    TextPiece start = TextStart(TextPiece::Kind::kSame, same, head);
    const size_t tail = CharacterStart(same, same.size() - options_.context_bytes);
    start.left_out_bytes = tail - start.text.size();
    pieces_.push_back(std::move(start));
    pieces_.push_back({TextPiece::Kind::kSame, std::string(same.substr(tail)), 0});
  }

  void AddChanged(TextPiece::Kind kind, std::string_view text) {
    if (text.empty()) return;
    pieces_.push_back(TextStart(kind, text, options_.change_bytes));
    listed_bytes_ += pieces_.back().text.size();
  }

  const std::string_view before_, after_;
  const TextDiffOptions& options_;
  std::vector<TextPiece> pieces_;
  size_t at_ = 0;  // In before_.
  size_t listed_bytes_ = 0;
  bool is_cut_ = false;
};

}  // namespace

size_t CharacterStart(std::string_view text, size_t at) {
  for (int i = 0; i < 3 && at > 0 && IsInsideCharacter(text, at); ++i) --at;
  return at;
}

TextPiece TextStart(TextPiece::Kind kind, std::string_view text, size_t bytes) {
  const size_t end = bytes < text.size() ? CharacterStart(text, bytes) : text.size();
  return {kind, std::string(text.substr(0, end)), text.size() - end};
}

std::vector<TextPiece> DiffTexts(std::string_view before, std::string_view after,
                                 const TextDiffOptions& options) {
  PieceList pieces(before, after, options);
  for (const Change& lines : Compare(before, after, LineSize)) {
    const std::string_view a = before.substr(lines.a_begin, lines.a_end - lines.a_begin);
    const std::string_view b = after.substr(lines.b_begin, lines.b_end - lines.b_begin);
    for (Change change : Compare(a, b, WordSize)) {
      change.a_begin += lines.a_begin;
      change.a_end += lines.a_begin;
      change.b_begin += lines.b_begin;
      change.b_end += lines.b_begin;
      if (!pieces.Add(change)) return pieces.Finish();
    }
  }
  return pieces.Finish();
}

}  // namespace corpusmill
