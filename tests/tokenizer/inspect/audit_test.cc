#include "tokenizer/inspect/audit.h"

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

Tokenizer Make(std::vector<Piece> pieces, const TokenizerOptions& options = {}) {
  return *Tokenizer::Create(*Model::FromPieces(std::move(pieces)), options);
}

/// The findings by the bytes of the piece.
std::map<std::string, AuditFinding> Audit(const Tokenizer& tokenizer) {
  Context context({.threads = 2});
  const absl::StatusOr<std::vector<AuditFinding>> findings = AuditPieces(tokenizer, context);
  EXPECT_THAT(findings, IsOk());
  std::map<std::string, AuditFinding> by_bytes;
  for (const AuditFinding& finding : *findings) {
    by_bytes[tokenizer.vocabulary()[finding.id].bytes] = finding;
  }
  return by_bytes;
}

std::string ReasonOf(const std::map<std::string, AuditFinding>& findings,
                     const std::string& bytes) {
  const auto found = findings.find(bytes);
  return found == findings.end() ? "" : std::string(AuditReasonName(found->second.reason));
}

std::vector<uint32_t> Encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<uint32_t> ids;
  tokenizer.Encode(text, &ids);
  return ids;
}

TEST(AuditPieces, GivesTheReason) {
  const Tokenizer tokenizer = Make(BytesAnd({{"a", 1000},
                                             {"b", 1000},
                                             {"ab", 1},
                                             {"cd", 5000},
                                             {"x\ny", 5000},
                                             {"x\n\n", 5000},
                                             {"\n", 5000},
                                             {"e\u0301", 5000},
                                             {"\u0301x", 5000},
                                             {"\u0344", 5000},
                                             {"\xE4\xB8", 5000},
                                             {"a\xFF", 5000},
                                             {"\xE4z", 5000}}));
  const std::map<std::string, AuditFinding> findings = Audit(tokenizer);
  EXPECT_EQ(ReasonOf(findings, "ab"), "better-split");
  EXPECT_EQ(ReasonOf(findings, "cd"), "");
  EXPECT_EQ(ReasonOf(findings, "x\ny"), "newline-inside");
  EXPECT_EQ(ReasonOf(findings, "x\n\n"), "");
  EXPECT_EQ(ReasonOf(findings, "e\u0301"), "not-normalized");
  EXPECT_EQ(ReasonOf(findings, "\u0301x"), "") << "a mark composes with what precedes it, or not";
  EXPECT_EQ(ReasonOf(findings, "\u0344"), "not-normalized") << "it always decomposes";
  EXPECT_EQ(ReasonOf(findings, "\xE4\xB8"), "") << "a part of a character";
  EXPECT_EQ(ReasonOf(findings, "a\xFF"), "not-utf8");
  EXPECT_EQ(ReasonOf(findings, "\xE4z"), "not-utf8");
  EXPECT_EQ(ReasonOf(findings, "\xC0"), "not-utf8");
  EXPECT_EQ(ReasonOf(findings, "\x80"), "");

  const AuditFinding& split = findings.at("ab");
  EXPECT_EQ(PiecesWithBars(split.split, tokenizer.vocabulary()), "a|b");
  const auto score = [&](const char* bytes) {
    for (const Vocabulary::Entry& entry : tokenizer.vocabulary().entries()) {
      if (entry.bytes == bytes) return entry.score;
    }
    return 0.0;
  };
  EXPECT_DOUBLE_EQ(split.margin, score("a") + score("b") - score("ab"));
  EXPECT_THAT(AuditDetail(split, tokenizer.vocabulary()), HasSubstr("a|b, higher by "));
  EXPECT_EQ(AuditDetail(findings.at("e\u0301"), tokenizer.vocabulary()),
            "U+0065 U+0301 becomes U+00E9");
}

TEST(AuditPieces, GoesByTheRulesOfTheTokenizer) {
  const std::vector<Piece> pieces = BytesAnd({{"e\u0301", 50}, {"x\ny", 50}, {"a  b", 50}});
  EXPECT_EQ(ReasonOf(Audit(Make(pieces)), "e\u0301"), "not-normalized");
  EXPECT_EQ(ReasonOf(Audit(Make(pieces, {.normalization = Normalization::kNone})), "e\u0301"), "");
  const Vocabulary vocabulary = *Vocabulary::FromModel(*Model::FromPieces(pieces));
  const Tokenizer other = *Tokenizer::Create(*Vocabulary::FromEntries(
      vocabulary.entries(), {},
      {.normalization = Normalization::kNone, .cut_at_newlines = false, .collapse_spaces = true}));
  EXPECT_EQ(ReasonOf(Audit(other), "a  b"), "run-of-spaces");
}

// Every piece that ties on its own bytes is reported as a tie. It may occur further on in a line,
// where sums are rounded differently.
TEST(AuditPieces, TellsTiesApart) {
  std::mt19937 random(3);
  int ties = 0, seen = 0;
  for (int round = 0; round < 300; ++round) {
    // p(ab) = p(a)·p(b) exactly: count(ab)·total = count(a)·count(b).
    std::map<std::string, uint64_t> more;
    for (char c = 'a'; c < 'h'; ++c) more[std::string(1, c)] = uint64_t{1} << (14 + random() % 9);
    uint64_t total = 0;
    for (const Piece& piece : BytesAnd(more)) total += piece.count;
    const uint64_t wanted = uint64_t{1} << 26;  // Far more than the letters have.
    more["ab"] = more["a"] * more["b"] / wanted;
    more["cd"] = more["c"] * more["d"] / wanted;
    if (more["ab"] == 0 || more["cd"] == 0) continue;
    more["z"] = wanted - total - more["ab"] - more["cd"] + 1;
    const Tokenizer tokenizer = Make(BytesAnd(more));
    const std::map<std::string, AuditFinding> findings = Audit(tokenizer);
    for (const auto& [bytes, finding] : findings) {
      if (finding.reason != AuditReason::kRounding) continue;
      ++ties;
      EXPECT_LT(finding.margin, 1e-12);
      std::string text;
      for (int i = 0; i < 400; ++i)
        text += random() % 3 ? bytes : std::string(1, 'a' + random() % 7);
      const std::vector<uint32_t> ids = Encode(tokenizer, text);
      seen += std::count(ids.begin(), ids.end(), finding.id) > 0;
    }
  }
  EXPECT_GT(ties, 20);
  EXPECT_GT(seen, 0) << "a tie is not 'never'";
}

/// All strings over an alphabet up to a length.
void ForAllTexts(const std::vector<std::string>& alphabet, size_t length, const std::string& text,
                 const std::function<void(const std::string&)>& use) {
  use(text);
  if (length == 0) return;
  for (const std::string& unit : alphabet) ForAllTexts(alphabet, length - 1, text + unit, use);
}

// The guarantee, on vocabularies full of ties, newlines, marks and parts of characters: a piece
// reported as never produced does not occur, and a piece without a finding is produced from its own
// bytes.
TEST(AuditPieces, IsRightAboutAllTexts) {
  const std::vector<std::vector<std::string>> alphabets = {
      {"a", "b", "c"},
      {"a", "\n", " "},
      {"e", "\u0301", "\u0323"},  // Two marks that NFC puts in order.
      {"\xE4", "\xB8", "\xAD"},
      {"\u1100", "\u1161", "\u11A8"},  // Hangul that composes.
      {"\xCC", "\x81", "e"},           // The bytes of a combining mark.
      {"\u0958", "\u0915", "\u093C"},  // A character that NFC decomposes.
  };
  std::mt19937 random(1);
  std::map<AuditReason, int> found;
  uint64_t unflagged = 0;
  for (int round = 0; round < 210; ++round) {
    const std::vector<std::string>& alphabet = alphabets[round % alphabets.size()];
    std::map<std::string, uint64_t> more;
    for (const std::string& unit : alphabet) more[unit] = 1 + random() % 3000;
    for (size_t i = 0; i < 12; ++i) {
      std::string piece;
      for (size_t n = 1 + random() % 4; n > 0; --n) piece += alphabet[random() % alphabet.size()];
      if (random() % 4 == 0) piece.erase(0, 1);  // Begin or end within a character.
      if (random() % 4 == 0 && !piece.empty()) piece.pop_back();
      if (!piece.empty()) more[piece] = uint64_t{1} << random() % 8;
    }
    const Tokenizer tokenizer = Make(
        BytesAnd(more), round % 5 == 4 ? TokenizerOptions{.normalization = Normalization::kNone}
                                       : TokenizerOptions{});
    const std::map<std::string, AuditFinding> findings = Audit(tokenizer);
    std::set<uint32_t> never, not_in_utf8;
    for (const auto& [bytes, finding] : findings) {
      ++found[finding.reason];
      if (IsNever(finding.reason)) never.insert(finding.id);
      if (finding.reason == AuditReason::kNotUtf8) not_in_utf8.insert(finding.id);
    }
    const auto check = [&](const std::string& text) {
      for (const uint32_t id : Encode(tokenizer, text)) {
        ASSERT_FALSE(never.contains(id))
            << Escaped(text) << " gives " << Escaped(tokenizer.vocabulary()[id].bytes);
        if (not_in_utf8.contains(id)) {
          ASSERT_FALSE(IsValidUtf8(text)) << Escaped(text);
        }
      }
    };
    ForAllTexts(alphabet, 7, "", check);
    for (int i = 0; i < 50; ++i) {
      std::string text;
      for (int n = 0; n < 100; ++n) text += alphabet[random() % alphabet.size()];
      check(text);
    }
    if (HasFatalFailure()) return;
    for (uint32_t id = Model::kFirstPieceId; id < tokenizer.vocab_size(); ++id) {
      const std::string& bytes = tokenizer.vocabulary()[id].bytes;
      const auto finding = findings.find(bytes);
      if (finding == findings.end()) {
        EXPECT_EQ(Encode(tokenizer, bytes), std::vector<uint32_t>{id}) << Escaped(bytes);
        EXPECT_TRUE(IsPartOfUtf8(bytes)) << Escaped(bytes);
        ++unflagged;
      } else if (finding->second.reason == AuditReason::kNotUtf8) {
        EXPECT_EQ(Encode(tokenizer, bytes), std::vector<uint32_t>{id}) << Escaped(bytes);
      }
    }
  }
  EXPECT_GT(found[AuditReason::kNewlineInside], 50);
  EXPECT_GT(found[AuditReason::kNotNormalized], 50);
  EXPECT_GT(found[AuditReason::kBetterSplit], 50);
  EXPECT_GT(unflagged, 10000u);
}

TEST(AuditPieces, DoesNotDependOnThreads) {
  std::mt19937 random(5);
  std::map<std::string, uint64_t> more;
  for (const char c : std::string("abcdef")) more[std::string(1, c)] = 1000000;
  for (int i = 0; i < 6000; ++i) more[RandomText(random, 2 + random() % 8, "abcdef")] = 1;
  const Tokenizer tokenizer = Make(BytesAnd(more));
  Context one({.threads = 1}), two({.threads = 2});
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<AuditFinding> a, AuditPieces(tokenizer, one));
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<AuditFinding> b, AuditPieces(tokenizer, two));
  EXPECT_GT(a.size(), 1000u);
  EXPECT_EQ(AuditTable(a, tokenizer.vocabulary()), AuditTable(b, tokenizer.vocabulary()));
}

TEST(AuditTable, HasALineForEachFinding) {
  const Tokenizer tokenizer = Make(BytesAnd({{"a\nb", 5}}), {});
  Context context;
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<AuditFinding> findings,
                          AuditPieces(tokenizer, context));
  const std::string table = AuditTable(findings, tokenizer.vocabulary());
  EXPECT_THAT(table, testing::StartsWith("id\tbase64\treason\tdetail\n195\twA==\tnot-utf8\t\n"));
  EXPECT_THAT(table, testing::EndsWith("259\tYQpi\tnewline-inside\t\n"));
}

TEST(PiecesWithBars, CanBeToldApart) {
  const Tokenizer tokenizer = Make(BytesAnd({{"a|b", 5}}));
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  EXPECT_EQ(PiecesWithBars({259, 3 + '\n', 3 + 0xE4, 3 + '\\', 3 + ' '}, vocabulary),
            "a\\|b|\\n|\\xE4|\\\\| ");
}

// Compared with the definition: some surrounding characters make it valid.
TEST(IsPartOfUtf8, AgreesWithTheDefinition) {
  std::vector<std::string> before = {""}, after = {""};
  for (const char* lead : {"\xC2", "\xE1", "\xE1\x80", "\xF1", "\xF1\x80", "\xF1\x80\x80"}) {
    before.push_back(lead);
  }
  for (const char* second : {"\x80", "\x90", "\xA0"}) {
    for (const char* rest : {"", "\x80", "\x80\x80"}) after.push_back(std::string(second) + rest);
  }
  const std::string alphabet("a\x80\x8F\x90\x9F\xA0\xBF\xC0\xC2\xE0\xE1\xED\xF0\xF4\xF5", 15);
  std::vector<std::string> units;
  for (const char byte : alphabet) units.emplace_back(1, byte);
  ForAllTexts(units, 4, "", [&](const std::string& bytes) {
    bool part = false;
    for (const std::string& b : before) {
      for (const std::string& a : after) part = part || IsValidUtf8(b + bytes + a);
    }
    ASSERT_EQ(IsPartOfUtf8(bytes), part) << Escaped(bytes);
  });
}

}  // namespace
}  // namespace corpusmill
