#include "tokenizer/search/match_scanner.h"

#include <algorithm>

namespace corpusmill {
namespace {

using Unit = MatchAutomaton::Unit;

/// The tables of an automaton and a text, in registers.
struct Run {
  const uint64_t* units;
  const uint64_t* firsts;
  const uint16_t* symbols;
  uint32_t* match_states;  ///< Of symbols[0].
};

/// The unit after a symbol, from a state.
uint64_t Step(const Run& run, uint64_t base, uint16_t code) {
  while (true) {
    const uint64_t unit = run.units[base + code];
    if (static_cast<uint16_t>(unit) == code) return unit;
    base = run.units[base] >> 40;
    if (base == 0) return run.firsts[code];
  }
}

/// A part of the text and how far it is done.
struct Lane {
  size_t at;      ///< The next symbol.
  size_t end;     ///< Of the part.
  uint64_t base;  ///< The state before it.
};

/// A round of each lane: one symbol on, or one failure. What a lane looks at in its next
/// round it fetches now.
template <int kLanes>
void RunRounds(const Run& run, size_t rounds, Lane* lanes) {
  // Everything in registers, answers addressed by the place of their symbols.
  const uint64_t* const units = run.units;
  const uint64_t* const firsts = run.firsts;
  static_assert(sizeof(*run.match_states) == 2 * sizeof(*run.symbols));
  const uintptr_t match_states =
      reinterpret_cast<uintptr_t>(run.match_states) - 2 * reinterpret_cast<uintptr_t>(run.symbols);
  const uint64_t zero = 0;
  const uint16_t* next[kLanes];
  uint64_t base[kLanes];
  for (int k = 0; k < kLanes; ++k) {
    next[k] = run.symbols + lanes[k].at;
    base[k] = lanes[k].base;
  }
  for (; rounds > 0; --rounds) {
#pragma GCC unroll 8
    for (int k = 0; k < kLanes; ++k) {
      const uint64_t code = *next[k];
      uint64_t unit = units[base[k] + code];
      auto* const match_state =
          reinterpret_cast<uint32_t*>(match_states + 2 * reinterpret_cast<uintptr_t>(next[k]));
#if defined(__x86_64__)
      // Compilers make branches of these, which often are mispredicted. A failure is
      // looked up only when there is one: the base of units[0] is 0.
      uint64_t failed = base[k];
      asm("cmpw %w[code], %w[unit]\n\t"
          "cmovneq (%[firsts],%[code],8), %[unit]\n\t"
          "cmoveq %[zero], %[failed]"
          : [unit] "+&r"(unit), [failed] "+&r"(failed)
          : [code] "r"(code), [firsts] "r"(firsts), [zero] "m"(zero),
            "m"(*reinterpret_cast<const uint64_t(*)[1 << 16]>(firsts))
          : "cc");
      const uint64_t fail = units[failed] >> 40;
      *match_state = static_cast<uint32_t>(unit >> 16);
      uint64_t then = unit >> 40;
      const uint16_t* after = next[k] + 1;
      asm("testq %[fail], %[fail]\n\t"
          "cmovneq %[fail], %[then]\n\t"
          "cmovneq %[next], %[after]"  // While there is more to try, it stays.
          : [then] "+&r"(then), [after] "+&r"(after)
          : [fail] "r"(fail), [next] "r"(next[k])
          : "cc");
      base[k] = then;
      next[k] = after;
      __builtin_prefetch(&units[then + *after]);
      __builtin_prefetch(&units[then]);
#else
      const bool found = static_cast<uint16_t>(unit) == code;
      unit = found ? unit : firsts[code];
      const uint64_t fail = units[found ? 0 : base[k]] >> 40;
      *match_state = static_cast<uint32_t>(unit >> 16);
      base[k] = fail == 0 ? unit >> 40 : fail;
      next[k] += fail == 0;
#endif
    }
  }
  for (int k = 0; k < kLanes; ++k) {
    lanes[k].at = static_cast<size_t>(next[k] - run.symbols);
    lanes[k].base = base[k];
  }
}

/// Runs lanes that lie one behind the other until each has done its part. They
/// begin `warm_up` symbols before it, but the first, with nothing known: the state is
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
  // Symbols that go on are at least as many as rounds that fail.
  RunRounds<kLanes>(run, 2 * warm_up, lanes);
  std::copy(lanes, lanes + kLanes, begins);
  for (bool done[kLanes] = {}; !std::all_of(done, done + kLanes, [](bool d) { return d; });) {
    // As many as the slowest needs at least.
    size_t rounds = 0;
    for (int k = 0; k < kLanes; ++k) {
      if (!done[k]) rounds = std::max(rounds, lanes[k].end - lanes[k].at);
    }
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
    run.match_states[lane.at] =
        static_cast<uint32_t>(Step(run, lane.base, run.symbols[lane.at]) >> 16);
  }
  return base;
}

}  // namespace

void MatchScanner::Scan(const MatchAutomaton& automaton, const uint16_t* symbols, size_t begin,
                        size_t end, uint32_t* match_states) {
  static_assert(sizeof(Unit) == sizeof(uint64_t));
  const Run run{.units = reinterpret_cast<const uint64_t*>(automaton.units()),
                .firsts = reinterpret_cast<const uint64_t*>(automaton.firsts()),
                .symbols = symbols,
                .match_states = match_states - begin};
  uint64_t base = begin == 0 ? 0 : base_;
  const size_t warm_up = automaton.max_length();
  size_t at = begin;
  // A lane's part is long enough for it to be right before the one before comes by. The
  // last symbol is left out: lanes look at the one behind theirs.
  if (end - begin > 4 * 8 * warm_up) {
    at = end - 1;
    base = RunLanes<8>(run, begin, at, warm_up, base);
  } else if (end - begin > 4 * 4 * warm_up) {
    at = end - 1;
    base = RunLanes<4>(run, begin, at, warm_up, base);
  }
  for (; at < end; ++at) {
    const uint64_t unit = Step(run, base, symbols[at]);
    run.match_states[at] = static_cast<uint32_t>(unit >> 16);
    base = unit >> 40;
  }
  base_ = static_cast<uint32_t>(base);
}

}  // namespace corpusmill
