// Tests any vocabulary and any text: the segmenter, with plain and with SIMD instructions,
// agrees with the textbook search, and decoding restores the text.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/model.h"
#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/segmenter.h"
#include "tokenizer/search/symbol_table.h"

namespace {

using namespace corpusmill;

using Scores = std::map<std::string, std::pair<double, uint32_t>, std::less<>>;

/// Appends the best path: tries all pieces at every end, longest first; only a better score
/// replaces.
void Textbook(const Scores& pieces, size_t longest, std::string_view line,
              std::vector<uint32_t>* values) {
  std::vector<double> best(line.size() + 1, -std::numeric_limits<double>::infinity());
  std::vector<size_t> starts(line.size() + 1);
  best[0] = 0;
  for (size_t end = 1; end <= line.size(); ++end) {
    for (size_t start = end - std::min(end, longest); start < end; ++start) {
      const auto piece = pieces.find(line.substr(start, end - start));
      if (piece == pieces.end() || !(best[start] + piece->second.first > best[end])) continue;
      best[end] = best[start] + piece->second.first;
      starts[end] = start;
    }
  }
  const auto at = static_cast<ptrdiff_t>(values->size());
  for (size_t end = line.size(); end > 0; end = starts[end]) {
    const auto piece = pieces.find(line.substr(starts[end], end - starts[end]));
    values->insert(values->begin() + at, piece->second.second);
  }
}

/// Reads one piece per line of the input, up to a byte 0xF8 (never in UTF-8). '_' is a newline.
std::map<std::string, uint64_t> PiecesOf(std::string_view lines) {
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 256; ++i) counts[std::string(1, static_cast<char>(i))] = 1;
  while (!lines.empty()) {
    std::string piece(lines.substr(0, lines.find('\n')));
    lines.remove_prefix(std::min(lines.size(), piece.size() + 1));
    for (char& c : piece) c = c == '_' ? '\n' : c;
    if (!piece.empty()) counts[piece] += piece.size() % 3;
    if (!piece.empty() && counts[piece] == 0) counts[piece] = 2;
  }
  return counts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view lines = input.substr(0, input.find('\xF8'));
  // The textbook search is quadratic in the line length.
  const std::string_view text = input.substr(std::min(size, lines.size() + 1)).substr(0, 400);
  std::vector<Piece> counted;
  double total = 0;
  for (const auto& [bytes, count] : PiecesOf(lines)) {
    counted.push_back({bytes, count});
    total += static_cast<double>(count);
  }
  Scores scores;
  std::vector<ScoredPiece> scored;
  size_t longest = 0;
  for (const Piece& piece : counted) {
    const double score = std::log(static_cast<double>(piece.count)) - std::log(total);
    scored.push_back({piece.bytes, score, static_cast<uint32_t>(scored.size())});
    scores[piece.bytes] = {score, scored.back().value};
    longest = std::max(longest, piece.bytes.size());
  }
  static Segmenter plain(Simd::kPlain), fast(Simd::kAuto);
  // A build takes milliseconds: one per input.
  const bool cut = size % 2 == 0;
  const auto automaton = MatchAutomaton::Build(scored, cut);
  if (!automaton.ok()) __builtin_trap();
  std::vector<uint16_t> symbols(text.size());
  symbols.resize(SymbolTable(*automaton, Normalization::kNone).ConvertNormal(text, symbols.data()));
  std::vector<uint32_t> expected, from_plain, from_fast;
  for (std::string_view rest = text; !rest.empty();) {
    size_t end = cut ? rest.find('\n') : std::string_view::npos;
    end = std::min(rest.size(), rest.find_first_not_of('\n', end));
    Textbook(scores, longest, rest.substr(0, end), &expected);
    rest.remove_prefix(end);
  }
  std::vector<uint32_t> out_of_vocabulary;
  std::vector<uint16_t> merged(text.size());
  merged.resize(SymbolTable(*automaton, Normalization::kNone)
                    .ConvertNormal(text, merged.data(), &out_of_vocabulary));
  plain.Run(*automaton, symbols, cut, &from_plain);
  fast.Run(*automaton, merged, cut, &from_fast, out_of_vocabulary);
  if (from_plain != expected || from_fast != expected) __builtin_trap();
  const auto model = Model::FromPieces(counted);
  if (!model.ok()) return 0;
  const auto tokenizer = Tokenizer::Create(*model, {.normalization = Normalization::kNone});
  if (!tokenizer.ok()) __builtin_trap();
  std::vector<uint32_t> ids;
  tokenizer->Encode(text, &ids);
  const auto decoded = tokenizer->DecodeBytes(ids);
  if (!decoded.ok() || *decoded != text) __builtin_trap();
  return 0;
}
