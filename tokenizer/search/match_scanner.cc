#include "tokenizer/search/match_scanner.h"

#include <algorithm>

namespace corpusmill {
namespace {

using Unit = MatchAutomaton::Unit;

/// The tables of an automaton and a text, as pointers to keep in registers.
struct Run {
  const uint64_t* units;
  const uint64_t* firsts;
  const uint16_t* symbols;
  uint32_t* match_states;  ///< Of symbols[0].
};

/// Returns the unit that a symbol leads to from the state with this base.
uint64_t Step(const Run& run, uint64_t base, uint16_t code) {
  while (true) {
    const uint64_t unit = run.units[base + code];
    if (static_cast<uint16_t>(unit) == code) return unit;
    base = run.units[base] >> 40;
    if (base == 0) return run.firsts[code];
  }
}

/// A part of the text, and the progress in it.
struct Lane {
  size_t at;      ///< The next symbol.
  size_t end;     ///< End of the part.
  uint64_t base;  ///< Base of the current state.
};

/// Runs one round per lane, which is one symbol or one failure, and prefetches the units of the
/// next round.
template <int kLanes>
void RunRounds(const Run& run, size_t rounds, Lane* lanes) {
  // Keep everything in registers: match states are addressed by the position of their symbols.
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
      // Compilers turn these into branches, which are often mispredicted. Without a failure this
      // looks up units[0], whose base is 0.
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
          "cmovneq %[next], %[after]"  // Stays at the symbol while there is another state to try.
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

/// Runs adjacent lanes until each has finished its part. Every lane but the first starts `warm_up`
/// symbols early in the root state; its state is correct once every piece that could be open begins
/// after that point. Until then it writes wrong match states into the previous part, which that
/// part's lane overwrites later. A lane that finishes first continues into the next part, with the
/// same results; a lane that reaches the end starts again. Returns the base at the end.
template <int kLanes>
uint64_t RunLanes(const Run& run, size_t begin, size_t end, size_t warm_up, uint64_t base) {
  Lane lanes[kLanes], begins[kLanes];
  const size_t part = (end - begin) / kLanes;
  for (int k = 0; k < kLanes; ++k) {
    lanes[k].at = begin + k * part - (k > 0 ? warm_up : 0);
    lanes[k].base = k > 0 ? 0 : base;
    lanes[k].end = k + 1 < kLanes ? begin + (k + 1) * part : end;
  }
  // At most half of the rounds are failures.
  RunRounds<kLanes>(run, 2 * warm_up, lanes);
  std::copy(lanes, lanes + kLanes, begins);
  for (bool done[kLanes] = {}; !std::all_of(done, done + kLanes, [](bool d) { return d; });) {
    // The minimum that the slowest lane needs.
    size_t rounds = 0;
    for (int k = 0; k < kLanes; ++k) {
      if (!done[k]) rounds = std::max(rounds, lanes[k].end - lanes[k].at);
    }
    for (int k = 0; k < kLanes; ++k) rounds = std::min(rounds, end - lanes[k].at);
    RunRounds<kLanes>(run, rounds, lanes);
    for (int k = 0; k < kLanes; ++k) {
      done[k] = done[k] || lanes[k].at >= lanes[k].end;
      if (lanes[k].at < end) continue;
      base = lanes[k].base;  // The same for every lane.
      lanes[k] = begins[k];
    }
  }
  // A failed round leaves an unfinished match state.
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
  // A part is long enough for its lane to reach a correct state before the previous lane arrives.
  // The last symbol is left out, because lanes read one symbol ahead.
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
