#include "tokenizer/inspect/vocabulary_statistics.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

/// Properties of the characters of a piece.
struct Characters {
  uint64_t count = 0;
  bool valid = true;
  bool digit = false;
  bool mixed = false;
  std::string_view script;  // The first script that is not Common or Inherited; empty if none.
};

Characters Read(std::string_view bytes) {
  Characters characters;
  while (!bytes.empty()) {
    int32_t code;
    bytes.remove_prefix(DecodeUtf8(bytes, &code));
    ++characters.count;
    if (code < 0) {
      characters.valid = false;
      continue;
    }
    characters.digit = characters.digit || IsDecimalDigit(code);
    const std::string_view script = ScriptName(code);
    if (script.empty()) continue;
    if (characters.script.empty()) characters.script = script;
    characters.mixed = characters.mixed || script != characters.script;
  }
  return characters;
}

void AddSpaces(std::string_view bytes, VocabularyStatistics* statistics) {
  const size_t first = bytes.find_first_not_of(' ');
  if (first == std::string_view::npos) {
    ++statistics->only_spaces;
    return;
  }
  const size_t last = bytes.find_last_not_of(' ');
  if (first > 0) ++statistics->begin_with_space;
  if (last + 1 < bytes.size()) ++statistics->end_with_space;
  if (bytes.substr(first, last - first).find(' ') != std::string_view::npos) {
    ++statistics->cross_space;
  }
  const size_t newline = bytes.find('\n');
  if (newline == std::string_view::npos) return;
  ++statistics->with_newline;
  if (bytes.find_first_not_of('\n', newline) != std::string_view::npos) {
    ++statistics->newline_inside;
  }
}

void AddPiece(const Vocabulary::Entry& entry, VocabularyStatistics* statistics) {
  const Characters characters = Read(entry.bytes);
  ++statistics->pieces;
  ++statistics->by_bytes[entry.bytes.size()];
  if (characters.valid) {
    ++statistics->by_characters[characters.count];
  } else if (entry.bytes.size() > 1) {
    ++statistics->long_not_utf8;
  }
  const std::string script = !characters.valid           ? VocabularyStatistics::kNotUtf8
                             : characters.mixed          ? VocabularyStatistics::kMixed
                             : characters.script.empty() ? VocabularyStatistics::kNoScript
                                                         : std::string(characters.script);
  ++statistics->by_script[script];
  if (characters.digit && characters.count > 1) ++statistics->digit_and_more;
  AddSpaces(entry.bytes, statistics);
  statistics->least_count = std::min(statistics->least_count, entry.count);
  statistics->largest_count = std::max(statistics->largest_count, entry.count);
  statistics->total_count += entry.count;
  statistics->least_score = std::min(statistics->least_score, entry.score);
  statistics->largest_score = std::max(statistics->largest_score, entry.score);
}

}  // namespace

VocabularyStatistics Describe(const Vocabulary& vocabulary) {
  VocabularyStatistics statistics;
  statistics.least_count = std::numeric_limits<uint64_t>::max();
  statistics.least_score = std::numeric_limits<double>::infinity();
  statistics.largest_score = -std::numeric_limits<double>::infinity();
  for (const Vocabulary::Entry& entry : vocabulary.entries()) {
    switch (entry.type) {
      case Vocabulary::Type::kPiece:
        AddPiece(entry, &statistics);
        break;
      case Vocabulary::Type::kControl:
        ++statistics.control_symbols;
        break;
      case Vocabulary::Type::kUserDefined:
        ++statistics.user_symbols;
        break;
      case Vocabulary::Type::kUnknown:
        ++statistics.unknown_symbols;
        break;
      case Vocabulary::Type::kByte:
        ++statistics.byte_symbols;
        break;
      case Vocabulary::Type::kUnused:
        ++statistics.unused;
        break;
    }
  }
  if (!vocabulary.has_counts()) {
    statistics.least_count = statistics.largest_count = statistics.total_count = 0;
  }
  if (statistics.pieces == 0) statistics.least_score = statistics.largest_score = 0;
  return statistics;
}

VocabularyOverlap Overlap(const Vocabulary& a, const Vocabulary& b) {
  absl::flat_hash_set<std::string> pieces;
  VocabularyOverlap overlap;
  for (const Vocabulary::Entry& entry : a.entries()) {
    if (entry.type == Vocabulary::Type::kPiece) pieces.insert(entry.bytes);
  }
  for (const Vocabulary::Entry& entry : b.entries()) {
    if (entry.type != Vocabulary::Type::kPiece) continue;
    ++(pieces.contains(entry.bytes) ? overlap.both : overlap.only_b);
  }
  overlap.only_a = pieces.size() - overlap.both;
  return overlap;
}

}  // namespace corpusmill
