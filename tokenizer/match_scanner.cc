#include "tokenizer/match_scanner.h"

#include <algorithm>
#include <cstring>

namespace corpusmill {
namespace {

using Word = MatchAutomaton::Word;

/// The tables of an automaton and a text, in registers.
struct Run {
  const uint64_t* words;
  const uint64_t* pairs;
  const uint16_t* codes;
  const uint8_t* text;
  uint32_t* answers;  ///< Of text[0].
};

uint32_t PairBefore(const uint8_t* next) {
  uint16_t pair;
  std::memcpy(&pair, next - 1, sizeof(pair));
  return pair;
}

/// The word after text[at], at > 0, from a state.
uint64_t Step(const Run& run, uint64_t base, size_t at) {
  const uint16_t code = run.codes[run.text[at]];
  while (true) {
    const uint64_t word = run.words[base + code];
    if (static_cast<uint16_t>(word) == code) return word;
    base = run.words[base] >> 40;
    if (base == 0) return run.pairs[PairBefore(run.text + at)];
  }
}

/// A part of the text and how far it is done.
struct Lane {
  size_t at;      ///< The next byte.
  size_t end;     ///< Of the part.
  uint64_t base;  ///< The state before the next byte.
};

/// A round of each lane: one byte on, or one failure.
template <int kLanes>
void RunRounds(const Run& run, size_t rounds, Lane* lanes) {
  const uint8_t* next[kLanes];
  uint64_t base[kLanes];
  for (int k = 0; k < kLanes; ++k) {
    next[k] = run.text + lanes[k].at;
    base[k] = lanes[k].base;
  }
  for (; rounds > 0; --rounds) {
#pragma GCC unroll 8
    for (int k = 0; k < kLanes; ++k) {
      const uint64_t code = run.codes[*next[k]];
      const uint64_t pair = run.pairs[PairBefore(next[k])];
      uint64_t word = run.words[base[k] + code];
#if defined(__x86_64__)
      // Compilers make branches of these, which often are mispredicted. A failure is
      // looked up only when there is one: the base of words[0] is 0.
      uint64_t failed = base[k];
      const uint64_t zero = 0;
      asm("cmpw %w[code], %w[word]\n\t"
          "cmovne %[pair], %[word]\n\t"
          "cmove %[zero], %[failed]"
          : [word] "+&r"(word), [failed] "+&r"(failed)
          : [code] "r"(code), [pair] "r"(pair), [zero] "r"(zero)
          : "cc");
      const uint64_t fail = run.words[failed] >> 40;
      run.answers[next[k] - run.text] = static_cast<uint32_t>(word >> 16);
      uint64_t then = word >> 40;
      asm("cmpq $1, %[fail]\n\t"  // Carries when there is nothing more to try:
          "adcq $0, %[next]\n\t"  // then it goes on.
          "testq %[fail], %[fail]\n\t"
          "cmovne %[fail], %[then]"
          : [next] "+&r"(next[k]), [then] "+&r"(then)
          : [fail] "r"(fail)
          : "cc");
      base[k] = then;
#else
      const bool found = static_cast<uint16_t>(word) == code;
      word = found ? word : pair;
      const uint64_t fail = run.words[found ? 0 : base[k]] >> 40;
      run.answers[next[k] - run.text] = static_cast<uint32_t>(word >> 16);
      base[k] = fail == 0 ? word >> 40 : fail;
      next[k] += fail == 0;
#endif
    }
  }
  for (int k = 0; k < kLanes; ++k) {
    lanes[k].at = static_cast<size_t>(next[k] - run.text);
    lanes[k].base = base[k];
  }
}

/// Runs lanes that lie one behind the other until each has done its part. They
/// begin `warm_up` bytes before it, but the first, with nothing known: the state is
/// right once every piece that can be under way begins behind that point. Until
/// then they write wrong answers into the part before, whose lane comes by later.
/// One that is at its end first goes on into the next one's part, with the same
/// answers; one that comes to the end of all begins again. Returns the base there.
template <int kLanes>
uint64_t RunLanes(const Run& run, size_t begin, size_t end, size_t warm_up, uint64_t base) {
  Lane lanes[kLanes], begins[kLanes];
  const size_t part = (end - begin) / kLanes;
  for (int k = 0; k < kLanes; ++k) {
    lanes[k].at = begin + k * part - (k > 0 ? warm_up : 0);
    lanes[k].base = k > 0 ? 0 : base;
    lanes[k].end = k + 1 < kLanes ? begin + (k + 1) * part : end;
  }
  // Bytes that go on are at least as many as rounds that fail.
  RunRounds<kLanes>(run, 2 * warm_up, lanes);
  std::copy(lanes, lanes + kLanes, begins);
  for (bool done[kLanes] = {}; !std::all_of(done, done + kLanes, [](bool d) { return d; });) {
    size_t rounds = end;
    for (int k = 0; k < kLanes; ++k) rounds = std::min(rounds, end - lanes[k].at);
    RunRounds<kLanes>(run, rounds, lanes);
    for (int k = 0; k < kLanes; ++k) {
      done[k] = done[k] || lanes[k].at >= lanes[k].end;
      if (lanes[k].at < end) continue;
      base = lanes[k].base;  // The same from whatever lane.
      lanes[k] = begins[k];
    }
  }
  // A round that fails leaves an answer that is not one yet.
  for (int k = 0; k < kLanes; ++k) {
    const Lane& lane = lanes[k];
    run.answers[lane.at] = static_cast<uint32_t>(Step(run, lane.base, lane.at) >> 16);
  }
  return base;
}

}  // namespace

void MatchScanner::Scan(const MatchAutomaton& automaton, std::string_view text, size_t begin,
                        size_t end, uint32_t* answers) {
  static_assert(sizeof(Word) == sizeof(uint64_t));
  const Run run{.words = reinterpret_cast<const uint64_t*>(automaton.words()),
                .pairs = reinterpret_cast<const uint64_t*>(automaton.pairs()),
                .codes = automaton.codes(),
                .text = reinterpret_cast<const uint8_t*>(text.data()),
                .answers = answers - begin};
  if (begin == 0 && end > 0) {
    const Word first = automaton.firsts()[run.text[0]];
    answers[0] = first.answer();
    base_ = first.base();
    begin = 1;
  }
  uint64_t base = base_;
  const size_t warm_up = automaton.max_length();
  const size_t size = end - begin;
  // A lane's part is long enough for it to be right before the one before comes by.
  if (size >= 8 * 4 * warm_up) {
    base = RunLanes<8>(run, begin, end, warm_up, base);
  } else if (size >= 4 * 4 * warm_up) {
    base = RunLanes<4>(run, begin, end, warm_up, base);
  } else {
    for (size_t at = begin; at < end; ++at) {
      const uint64_t word = Step(run, base, at);
      run.answers[at] = static_cast<uint32_t>(word >> 16);
      base = word >> 40;
    }
  }
  base_ = static_cast<uint32_t>(base);
}

}  // namespace corpusmill
