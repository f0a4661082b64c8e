#include "tokenizer/match_automaton.h"

#include <algorithm>
#include <cfloat>
#include <cstring>

#include "absl/strings/str_format.h"
#include "corpus/status.h"

namespace corpusmill {
namespace {

absl::Status Damaged(std::string_view what) {
  return DataError(absl::StrFormat("the automaton is damaged: %s", what));
}

}  // namespace

void MatchAutomaton::Layout(Header* header) {
  uint64_t end = sizeof(Header);
  const auto take = [&end](uint64_t bytes) {
    const uint64_t begin = (end + kAlignment - 1) / kAlignment * kAlignment;
    end = begin + bytes;
    return begin;
  };
  header->codes = take(256 * sizeof(uint16_t));
  header->words = take(header->word_count * sizeof(Word));
  header->pairs = take(65536 * sizeof(Word));
  header->firsts = take(256 * sizeof(Word));
  header->longest = take(header->rows * sizeof(Longest));
  header->dense = take(header->dense_rows * kDense * sizeof(double));
  header->long_begins = take((header->long_dense + 1) * sizeof(uint32_t));
  header->longs = take(header->long_count * sizeof(LongMatch));
  header->matches = take(header->rows * sizeof(Match));
  header->size = take(0);
}

absl::StatusOr<MatchAutomaton> MatchAutomaton::FromBytes(std::string_view bytes,
                                                         std::shared_ptr<const void> owner) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment != 0) {
    return absl::InternalError("the automaton is not aligned");
  }
  MatchAutomaton automaton(bytes, std::move(owner));
  CM_RETURN_IF_ERROR(automaton.Check());
  return automaton;
}

absl::Status MatchAutomaton::CheckFailures() const {
  const uint64_t bases = header().word_count - (kCodes - 1);
  enum : uint8_t { kUnknown, kOnPath, kEnds };
  std::vector<uint8_t> states(bases, kUnknown);
  states[0] = kEnds;
  if (words()[0].base() != 0) return Damaged("the end of failures goes on");
  std::vector<uint32_t> path;
  for (size_t start = 0; start < bases; ++start) {
    uint32_t base = static_cast<uint32_t>(start);
    for (; states[base] == kUnknown; base = words()[base].base()) {
      states[base] = kOnPath;
      path.push_back(base);
    }
    if (states[base] == kOnPath) return Damaged("failures go round in a circle");
    for (const uint32_t met : path) states[met] = kEnds;
    path.clear();
  }
  return absl::OkStatus();
}

absl::Status MatchAutomaton::Check() const {
  if (bytes_.size() < sizeof(Header)) return Damaged("it is cut short");
  const Header& h = header();
  // Far below what overflows in Layout.
  if (h.max_length == 0 || h.max_length > (1 << 16) || h.word_count < kCodes ||
      h.word_count > uint64_t{1} << Word::kBaseBits || h.rows == 0 ||
      h.rows > uint64_t{1} << Word::kRowBits || h.dense_rows > h.rows ||
      h.long_dense > h.dense_rows || h.long_count > uint64_t{1} << 32) {
    return Damaged("a count is out of range");
  }
  Header expected = h;
  Layout(&expected);
  if (std::memcmp(&expected, &h, sizeof(Header)) != 0 || h.size != bytes_.size()) {
    return Damaged("its parts do not fill it");
  }
  const uint64_t bases = h.word_count - (kCodes - 1);
  const auto good = [&](const Word& word) {
    return word.base() < bases && RowOf(word.answer()) < h.rows;
  };
  if (!std::all_of(words(), words() + h.word_count, good) ||
      !std::all_of(pairs(), pairs() + 65536, good) ||
      !std::all_of(firsts(), firsts() + 256, good)) {
    return Damaged("a word points out of it");
  }
  if (!std::all_of(codes(), codes() + 256, [](uint16_t code) { return code < kCodes; })) {
    return Damaged("a code is out of range");
  }
  CM_RETURN_IF_ERROR(CheckFailures());
  const auto is_score = [](double score) { return score <= DBL_MAX; };
  for (size_t row = 0; row < h.rows; ++row) {
    const Longest& own = longest()[row];
    const Match& piece = match(static_cast<uint32_t>(row));
    if (piece.length == 0 || piece.length > h.max_length || own.length == 0 ||
        own.length > h.max_length || own.dense >= h.dense_rows || !is_score(own.score)) {
      return Damaged("a piece is wrong");
    }
    if (piece.next == kNoRow ? piece.length != 1
                             : piece.next >= h.rows || match(piece.next).length >= piece.length) {
      return Damaged("a row does not lead to a shorter one");
    }
  }
  for (size_t row = 0; row < h.dense_rows; ++row) {
    const double* const scores = dense() + kDense * row;
    if (!std::all_of(scores, scores + kDense, is_score) || !(scores[kDense - 1] >= -DBL_MAX)) {
      return Damaged("a score is not a number");
    }
  }
  const uint32_t* const begins = At<uint32_t>(h.long_begins);
  if (begins[0] != 0 || begins[h.long_dense] != h.long_count) return Damaged("long rows are wrong");
  for (size_t row = 0; row < h.long_dense; ++row) {
    if (begins[row] >= begins[row + 1]) return Damaged("a long row is empty");
  }
  for (size_t i = 0; i < h.long_count; ++i) {
    const LongMatch& found = At<LongMatch>(h.longs)[i];
    if (found.length <= kDense || found.length > h.max_length || !(found.score <= DBL_MAX)) {
      return Damaged("a long piece is wrong");
    }
  }
  return absl::OkStatus();
}

}  // namespace corpusmill
