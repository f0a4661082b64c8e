#include "tokenizer/search/match_automaton.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

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
  header->symbols = take(header->symbol_count * sizeof(uint32_t));
  header->units = take(header->unit_count * sizeof(Unit));
  header->firsts = take(header->symbol_count * sizeof(Unit));
  header->quick = take(header->states * kQuick * sizeof(int32_t));
  header->long_pieces = take(header->long_states * sizeof(LongPiece));
  header->matches = take(header->states * sizeof(Match));
  header->scores = take(header->states * sizeof(double));
  header->spellings = take(header->spelling_count * sizeof(Spelling));
  header->byte_pieces = take(256 * sizeof(Byte));
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

absl::Status MatchAutomaton::CheckUnits() const {
  const Header& h = header();
  const uint64_t bases = h.unit_count - (h.symbol_count - 1);
  // Every base is valid, and each failure link leads to a shorter prefix.
  const auto is_good = [&](const Unit& unit) {
    const bool is_failure = unit.label() == 0;
    const uint32_t length = is_failure ? unit.state() : kNone;
    if (is_failure ? length > h.max_length : unit.state() >= h.states) return false;
    if (unit.base() == 0) return true;
    if (unit.base() >= bases) return false;
    const Unit& failure = units()[unit.base()];
    return failure.label() == 0 && failure.state() < length;
  };
  const auto is_good_first = [&](const Unit& unit) { return unit.label() != 0 && is_good(unit); };
  if (units()[0].base() != 0 || !std::all_of(units(), units() + h.unit_count, is_good) ||
      !std::all_of(firsts(), firsts() + h.symbol_count, is_good_first)) {
    return Damaged("a unit has an invalid link");
  }
  return absl::OkStatus();
}

absl::Status MatchAutomaton::CheckStates() const {
  const Header& h = header();
  // Keeps the sums of any text finite, so that they do not affect the next automaton's.
  constexpr double kMaxScore = 1e250;
  const auto is_score = [](double score) {
    return score <= kMaxScore && (score >= -kMaxScore || std::isinf(score));
  };
  for (uint32_t state = 0; state < h.states; ++state) {
    const Match& piece = match(state);
    if (piece.length == 0 || piece.length > h.max_length || !is_score(score(state)) ||
        (IsSpelled(piece.value) && piece.value - kSpelled >= h.spelling_count)) {
      return Damaged("a piece is invalid");
    }
    if (piece.next == kNone ? piece.length != 1
                            : piece.next >= h.states || match(piece.next).length >= piece.length) {
      return Damaged("an output link does not lead to a shorter piece");
    }
  }
  for (uint32_t state = 0; state < h.long_states; ++state) {
    const LongPiece& piece = long_pieces()[state];
    if (piece.length == 0 || piece.length > h.max_length ||
        (piece.next != kNone &&
         (piece.next >= h.long_states || long_pieces()[piece.next].length >= piece.length))) {
      return Damaged("a long piece is invalid");
    }
  }
  for (size_t i = 0; i < h.spelling_count; ++i) {
    const Spelling& spelling = spellings()[i];
    if (spelling.size > 4 || !std::all_of(spelling.scores, spelling.scores + 4, is_score)) {
      return Damaged("a spelling is invalid");
    }
  }
  const auto has_score = [&](const Byte& byte) { return is_score(byte.score); };
  if (!std::all_of(byte_pieces(), byte_pieces() + 256, has_score)) {
    return Damaged("a byte is invalid");
  }
  return absl::OkStatus();
}

absl::Status MatchAutomaton::Check() const {
  if (bytes_.size() < sizeof(Header)) return Damaged("it is cut short");
  const Header& h = header();
  // Far below the values that overflow in Layout.
  constexpr uint64_t kMaxStates = uint64_t{1} << Unit::kStateBits;
  if (h.max_length == 0 || h.max_length > (1 << 16) || h.symbol_count < 257 ||
      h.symbol_count > 0xFFFF || h.unit_count < h.symbol_count ||
      h.unit_count > uint64_t{1} << Unit::kBaseBits || h.states == 0 || h.states > kMaxStates ||
      h.long_states > h.states || h.quick_bits > 30 || h.spelling_count > kMaxStates ||
      h.newline >= h.symbol_count) {
    return Damaged("a count is out of range");
  }
  Header expected = h;
  Layout(&expected);
  if (std::memcmp(&expected, &h, sizeof(Header)) != 0 || h.size != bytes_.size()) {
    return Damaged("its tables do not match its size");
  }
  CM_RETURN_IF_ERROR(CheckUnits());
  return CheckStates();
}

}  // namespace corpusmill
