#include "tokenizer/formats/compiled_model.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/io/mapped_file.h"

namespace corpusmill {
namespace {

constexpr std::string_view kMagic =
    "\x89"
    "CMTOK\r\n";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kAbsent = 0xFFFFFFFF;

/// The file header. Offsets and sizes are in bytes, little-endian.
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t entries;
  uint64_t size;
  uint64_t hash_low, hash_high;  ///< XXH3-128 of everything after these two.
  uint32_t pad, bos, eos, unknown;
  uint32_t flags;
  uint32_t normalization;
  uint64_t ends, types, counts, scores, text, text_size, charsmap, charsmap_size;
  uint64_t automaton, automaton_size;
};
constexpr size_t kHashed = offsetof(Header, pad);

enum Flag : uint32_t {
  kHasCounts = 1,
  kCutAtNewlines = 2,
  kReplaceInvalidUtf8 = 4,
  kCollapseSpaces = 8,
  kAddDummyPrefix = 16,
  kLowerBlockIsSpace = 32,
  kAddDummySuffix = 64,
  kFindUserDefined = 128,
};

/// Penalty of an unknown character below the least probable piece, as in SentencePiece
/// (kUnkPenalty).
constexpr double kUnknownPenalty = 10;

std::vector<ScoredPiece> ScoredPieces(const Vocabulary& vocabulary) {
  static constexpr auto kBytes = [] {
    std::array<char, 256> bytes{};
    for (int i = 0; i < 256; ++i) bytes[i] = static_cast<char>(i);
    return bytes;
  }();
  std::vector<ScoredPiece> pieces;
  pieces.reserve(vocabulary.size());
  std::array<bool, 256> is_piece{};
  std::array<uint32_t, 256> values;
  values.fill(MatchAutomaton::kNone);
  double least = 0, most = -std::numeric_limits<double>::infinity();
  // User-defined symbols that match in all text replace equal pieces.
  std::unordered_map<std::string_view, uint32_t> user_defined;
  for (uint32_t id = 0; id < vocabulary.size() && vocabulary.rules().find_user_defined; ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type == Vocabulary::Type::kUserDefined) user_defined.emplace(entry.bytes, id);
  }
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type == Vocabulary::Type::kPiece) {
      most = std::max(most, entry.score);
      least = std::min(least, entry.score);
      if (user_defined.contains(entry.bytes)) continue;
      pieces.push_back({.bytes = entry.bytes, .score = entry.score, .value = id});
      if (entry.bytes.size() == 1) is_piece[static_cast<uint8_t>(entry.bytes[0])] = true;
    } else if (entry.type == Vocabulary::Type::kByte) {
      values[static_cast<uint8_t>(entry.bytes[0])] = id;
    }
  }
  for (const auto& [bytes, id] : user_defined) {
    // High enough to be always chosen, as in SentencePiece.
    pieces.push_back(
        {.bytes = bytes, .score = static_cast<double>(bytes.size()) * most - 0.1, .value = id});
    if (bytes.size() == 1) is_piece[static_cast<uint8_t>(bytes[0])] = true;
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (is_piece[byte]) continue;
    const bool first = byte < 0x80 || byte >= 0xC0;
    uint32_t value = values[byte];
    if (value == MatchAutomaton::kNone && first)
      value = vocabulary.roles().unknown.value_or(MatchAutomaton::kNone);
    pieces.push_back({.bytes = {&kBytes[byte], 1},
                      .score = first ? least - kUnknownPenalty : 0,
                      .value = value});
  }
  return pieces;
}

/// Checks that the automaton's values are ids, because a file may be corrupt.
absl::Status CheckValues(const MatchAutomaton& automaton, uint32_t vocab_size) {
  const auto is_id = [&](uint32_t value) {
    return value < vocab_size || value == MatchAutomaton::kNone;
  };
  bool good = true;
  for (uint32_t state = 0; state < automaton.states(); ++state) {
    const uint32_t value = automaton.match(state).value;
    if (!MatchAutomaton::IsSpelled(value)) {
      good = good && is_id(value);
      continue;
    }
    for (const uint32_t part : automaton.spellings()[value - MatchAutomaton::kSpelled].values) {
      good = good && is_id(part);
    }
  }
  for (int byte = 0; byte < 256; ++byte) good = good && is_id(automaton.byte_pieces()[byte].value);
  return good ? absl::OkStatus() : DataError("the automaton does not match the vocabulary");
}

uint32_t RoleId(const std::optional<uint32_t>& role) { return role.value_or(kAbsent); }
std::optional<uint32_t> Role(uint32_t id) {
  return id == kAbsent ? std::nullopt : std::optional(id);
}

template <typename T>
uint64_t Append(const std::vector<T>& values, std::string* out) {
  out->resize((out->size() + 7) / 8 * 8);
  const uint64_t offset = out->size();
  out->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return offset;
}

absl::Status Damaged(std::string_view name, std::string_view what) {
  return DataError(absl::StrFormat("%s: the compiled model is damaged: %s", name, what));
}

/// Returns the header if version, size and hash are right.
absl::StatusOr<Header> ParseHeader(std::string_view bytes, std::string_view name) {
  if (bytes.size() < sizeof(Header)) return Damaged(name, "it is cut short");
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != kVersion) {
    return DataError(absl::StrFormat(
        "%s: compiled by another version (%d, this program reads %d); try tokenizer convert", name,
        header.version, kVersion));
  }
  if (header.size != bytes.size()) {
    return Damaged(name,
                   absl::StrFormat("it has %d bytes, expected %d", bytes.size(), header.size));
  }
  const Hash128 hash = HashBytes(bytes.substr(kHashed));
  if (hash.low != header.hash_low || hash.high != header.hash_high) {
    return Damaged(name, "the hash does not match");
  }
  return header;
}

/// Views of the sections of a file.
struct Sections {
  std::string_view ends, types, counts, scores, text, charsmap, automaton;
};

absl::StatusOr<Sections> FindSections(std::string_view bytes, const Header& header,
                                      std::string_view name) {
  const auto part = [&](uint64_t offset, uint64_t size) {
    return offset <= bytes.size() && size <= bytes.size() - offset ? bytes.substr(offset, size)
                                                                   : std::string_view();
  };
  const uint64_t entries = header.entries;
  const Sections found = {.ends = part(header.ends, entries * sizeof(uint64_t)),
                          .types = part(header.types, entries),
                          .counts = part(header.counts, entries * sizeof(uint64_t)),
                          .scores = part(header.scores, entries * sizeof(double)),
                          .text = part(header.text, header.text_size),
                          .charsmap = part(header.charsmap, header.charsmap_size),
                          .automaton = part(header.automaton, header.automaton_size)};
  if (found.ends.size() != entries * sizeof(uint64_t) || found.types.size() != entries ||
      found.counts.size() != found.ends.size() || found.scores.size() != found.ends.size() ||
      found.text.size() != header.text_size || found.charsmap.size() != header.charsmap_size ||
      found.automaton.empty() || header.automaton % MatchAutomaton::kAlignment != 0 ||
      header.normalization > static_cast<uint32_t>(Normalization::kNfkc)) {
    return Damaged(name, "a section lies outside the file");
  }
  return found;
}

absl::StatusOr<std::vector<Vocabulary::Entry>> ParseEntries(const Sections& sections,
                                                            std::string_view name) {
  std::vector<Vocabulary::Entry> entries(sections.types.size());
  uint64_t begin = 0;
  for (size_t id = 0; id < entries.size(); ++id) {
    uint64_t end;
    std::memcpy(&end, sections.ends.data() + id * sizeof(end), sizeof(end));
    if (end < begin || end > sections.text.size()) {
      return Damaged(name, "a piece lies outside the file");
    }
    const char type = sections.types[id];
    if (type < 0 || type > static_cast<char>(Vocabulary::Type::kUnused)) {
      return Damaged(name, "a piece has an unknown type");
    }
    Vocabulary::Entry& entry = entries[id];
    entry.bytes = sections.text.substr(begin, end - begin);
    entry.type = static_cast<Vocabulary::Type>(type);
    std::memcpy(&entry.count, sections.counts.data() + id * sizeof(entry.count),
                sizeof(entry.count));
    std::memcpy(&entry.score, sections.scores.data() + id * sizeof(entry.score),
                sizeof(entry.score));
    begin = end;
  }
  return entries;
}

TextRules RulesOf(const Header& header, std::string_view charsmap) {
  const auto flag = [&](Flag bit) { return (header.flags & bit) != 0; };
  return {.normalization = static_cast<Normalization>(header.normalization),
          .cut_at_newlines = flag(kCutAtNewlines),
          .replace_invalid_utf8 = flag(kReplaceInvalidUtf8),
          .charsmap = std::string(charsmap),
          .collapse_spaces = flag(kCollapseSpaces),
          .add_dummy_prefix = flag(kAddDummyPrefix),
          .add_dummy_suffix = flag(kAddDummySuffix),
          .lower_block_is_space = flag(kLowerBlockIsSpace),
          .find_user_defined = flag(kFindUserDefined)};
}

}  // namespace

absl::StatusOr<MatchAutomaton> BuildAutomaton(const Vocabulary& vocabulary) {
  return MatchAutomaton::Build(ScoredPieces(vocabulary), vocabulary.rules().cut_at_newlines);
}

bool IsCompiledModel(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string SerializeCompiledModel(const Vocabulary& vocabulary, const MatchAutomaton& automaton) {
  const TextRules& rules = vocabulary.rules();
  const Vocabulary::Roles& roles = vocabulary.roles();
  Header header{.version = kVersion,
                .entries = vocabulary.size(),
                .pad = RoleId(roles.pad),
                .bos = RoleId(roles.bos),
                .eos = RoleId(roles.eos),
                .unknown = RoleId(roles.unknown),
                .normalization = static_cast<uint32_t>(rules.normalization)};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  const auto flag = [&](bool on, Flag bit) {
    if (on) header.flags |= bit;
  };
  flag(vocabulary.has_counts(), kHasCounts);
  flag(rules.cut_at_newlines, kCutAtNewlines);
  flag(rules.replace_invalid_utf8, kReplaceInvalidUtf8);
  flag(rules.collapse_spaces, kCollapseSpaces);
  flag(rules.add_dummy_prefix, kAddDummyPrefix);
  flag(rules.lower_block_is_space, kLowerBlockIsSpace);
  flag(rules.add_dummy_suffix, kAddDummySuffix);
  flag(rules.find_user_defined, kFindUserDefined);
  std::vector<uint64_t> ends, counts;
  std::vector<uint8_t> types;
  std::vector<double> scores;
  std::string text;
  for (const Vocabulary::Entry& entry : vocabulary.entries()) {
    text += entry.bytes;
    ends.push_back(text.size());
    types.push_back(static_cast<uint8_t>(entry.type));
    counts.push_back(entry.count);
    scores.push_back(entry.score);
  }
  std::string out(sizeof(Header), '\0');
  header.ends = Append(ends, &out);
  header.types = Append(types, &out);
  header.counts = Append(counts, &out);
  header.scores = Append(scores, &out);
  header.text = out.size();
  header.text_size = text.size();
  out += text;
  header.charsmap = out.size();
  header.charsmap_size = rules.charsmap.size();
  out += rules.charsmap;
  constexpr size_t kAlignment = MatchAutomaton::kAlignment;
  out.resize((out.size() + kAlignment - 1) / kAlignment * kAlignment);
  header.automaton = out.size();
  header.automaton_size = automaton.bytes().size();
  out += automaton.bytes();
  header.size = out.size();
  std::memcpy(out.data(), &header, sizeof(header));
  const Hash128 hash = HashBytes(std::string_view(out).substr(kHashed));
  header.hash_low = hash.low;
  header.hash_high = hash.high;
  std::memcpy(out.data(), &header, sizeof(header));
  return out;
}

absl::StatusOr<CompiledModel> ParseCompiledModel(std::string_view bytes,
                                                 std::shared_ptr<const void> owner,
                                                 std::string_view name) {
  CM_ASSIGN_OR_RETURN(const Header header, ParseHeader(bytes, name));
  CM_ASSIGN_OR_RETURN(const Sections sections, FindSections(bytes, header, name));
  CM_ASSIGN_OR_RETURN(std::vector<Vocabulary::Entry> entries, ParseEntries(sections, name));
  absl::StatusOr<Vocabulary> vocabulary =
      Vocabulary::FromParts(std::move(entries),
                            {.pad = Role(header.pad),
                             .bos = Role(header.bos),
                             .eos = Role(header.eos),
                             .unknown = Role(header.unknown)},
                            RulesOf(header, sections.charsmap), (header.flags & kHasCounts) != 0);
  if (!vocabulary.ok()) return Annotate(vocabulary.status(), name);
  absl::StatusOr<MatchAutomaton> matcher =
      MatchAutomaton::FromBytes(sections.automaton, std::move(owner));
  if (!matcher.ok()) return Annotate(matcher.status(), name);
  CM_RETURN_IF_ERROR(Annotate(CheckValues(*matcher, vocabulary->size()), name));
  return CompiledModel{*std::move(vocabulary), *std::move(matcher)};
}

absl::StatusOr<CompiledModel> CopyCompiledModel(std::string_view bytes, std::string_view name) {
  constexpr size_t kAlignment = MatchAutomaton::kAlignment;
  const std::shared_ptr<char> copy(static_cast<char*>(std::aligned_alloc(
                                       kAlignment, (bytes.size() / kAlignment + 1) * kAlignment)),
                                   [](char* p) { std::free(p); });
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return ParseCompiledModel({copy.get(), bytes.size()}, copy, name);
}

absl::StatusOr<CompiledModel> MapCompiledModel(const std::string& path) {
  CM_ASSIGN_OR_RETURN(const MappedFile file, MapFile(path));
  if (!IsCompiledModel(file.bytes)) return absl::FailedPreconditionError("not a compiled model");
  return ParseCompiledModel(file.bytes, file.owner, path);
}

}  // namespace corpusmill
