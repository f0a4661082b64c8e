// Corrupts blocks of an automaton. A corrupt block is rejected, or every operation on it terminates
// and stays within the block.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/nbest.h"
#include "tokenizer/search/sampler.h"
#include "tokenizer/search/segmenter.h"
#include "tokenizer/search/symbol_table.h"

namespace {

using namespace corpusmill;

std::string Block(bool characters) {
  std::vector<std::string> bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(std::string(1, static_cast<char>(i)));
  for (const char* piece : {"ab", "abcabcabcab", "bcabcabcab", "cab", "\n\n", "a\u4e2d", "\u00e9",
                            "\u4e2d\u6587", "\U0001F600b"}) {
    bytes.push_back(piece);
  }
  if (!characters) bytes.push_back("\xC3\xA9z\xC3");
  std::vector<ScoredPiece> pieces;
  for (const std::string& piece : bytes) {
    pieces.push_back({piece,
                      piece.size() == 1 ? -9.0 : -4.0 - static_cast<double>(pieces.size() % 3),
                      static_cast<uint32_t>(pieces.size())});
  }
  return std::string(MatchAutomaton::Build(pieces, true)->bytes());
}

void Use(const MatchAutomaton& automaton) {
  constexpr std::string_view kText =
      "abcabcabcab\u4e2d\u6587a\u4e2d\u6587\u4e2d\u00e9\n\n\U0001F600b\xC3\xA9z\xFF"
      "cabcab\nabc";
  static Segmenter plain(Simd::kPlain), fast(Simd::kAuto);
  std::vector<uint16_t> symbols(kText.size());
  symbols.resize(SymbolTable(automaton, Normalization::kNone).ConvertNormal(kText, symbols.data()));
  std::vector<uint16_t> longer;
  while (longer.size() < 2000) longer.insert(longer.end(), symbols.begin(), symbols.end());
  std::vector<uint32_t> values;
  plain.Run(automaton, longer, true, &values);
  fast.Run(automaton, longer, false, &values);
  const std::vector<uint32_t> out_of_vocabulary = {0xADB8E4, 0xFFFFFFFF};
  plain.Run(automaton, symbols, true, &values, out_of_vocabulary);
  for (const SampleMethod method : {SampleMethod::kExact, SampleMethod::kViterbi}) {
    const auto tables = SampleTables::Create(automaton, method, 0.5);
    if (!tables.ok()) continue;
    Sampler(*tables, RandomKey("1")).Run(automaton, symbols, true, &values);
  }
  FindNBest(automaton, symbols, true, 3);
}

}  // namespace

// The input selects a block and lists changes: three bytes for the position, four for the new
// value. Each remaining byte of the input cuts 64 bytes off the block.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string kBlocks[] = {Block(false), Block(true)};
  if (size == 0) return 0;
  std::string block = kBlocks[data[0] % 2];
  size_t at = 1;
  for (; at + 7 <= size; at += 7) {
    // Half of the positions are in the header.
    const size_t place = data[at] << 16 | data[at + 1] << 8 | data[at + 2];
    const size_t range = place % 4 == 0 ? 160 : block.size();
    std::memcpy(&block[place / 4 % (range / 4) * 4], data + at + 3, 4);
  }
  block.resize(block.size() - std::min(block.size(), (size - at) * 64));
  void* memory = nullptr;
  if (posix_memalign(&memory, MatchAutomaton::kAlignment, std::max<size_t>(1, block.size())) != 0) {
    std::abort();
  }
  std::memcpy(memory, block.data(), block.size());
  const std::shared_ptr<char> owner(static_cast<char*>(memory), std::free);
  const auto automaton = MatchAutomaton::FromBytes({owner.get(), block.size()}, owner);
  if (automaton.ok()) Use(*automaton);
  return 0;
}
