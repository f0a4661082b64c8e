#include "tokenizer/model/symbol_finder.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using Type = Vocabulary::Type;

Vocabulary WithSymbols(const std::vector<std::string>& names) {
  Vocabulary vocabulary = *Vocabulary::FromModel(*Model::FromPieces(BytesAnd({})));
  for (const std::string& name : names) CM_EXPECT_OK(vocabulary.AddSymbol(Type::kControl, name));
  return vocabulary;
}

/// The runs and the names in brackets, in order.
std::string Shown(const SymbolFinder& finder, std::string_view text) {
  std::string shown;
  finder.Split(
      text, [&](std::string_view run) { shown += std::string(run) + "|"; },
      [&](uint32_t, std::string_view name) { shown += "[" + std::string(name) + "]|"; });
  return shown;
}

/// As Shown, by trying every name at every position.
std::string Expected(const Vocabulary& vocabulary, std::string_view text) {
  std::string shown, run;
  const auto end_run = [&] {
    if (!run.empty()) shown += run + "|";
    run.clear();
  };
  for (size_t at = 0; at < text.size();) {
    std::string_view best;
    for (const Vocabulary::Entry& entry : vocabulary.entries()) {
      if (entry.type != Type::kPiece && entry.bytes.size() > best.size() &&
          text.substr(at).starts_with(entry.bytes)) {
        best = entry.bytes;
      }
    }
    if (best.empty()) {
      run += text[at++];
      continue;
    }
    end_run();
    shown += "[" + std::string(best) + "]|";
    at += best.size();
  }
  end_run();
  return shown;
}

TEST(SymbolFinderTest, TakesTheLongestNameAtEachPosition) {
  const SymbolFinder finder(WithSymbols({"<a>", "<a>b", "<a>bc", "<", "<ab", "x"}));
  EXPECT_EQ(Shown(finder, "<a>bd<a>bc<a><ab<bos>x<bo"),
            "[<a>b]|d|[<a>bc]|[<a>]|[<ab]|[<bos>]|[x]|[<]|bo|");
  EXPECT_EQ(Shown(finder, ""), "");
  EXPECT_EQ(Shown(finder, "<"), "[<]|");
}

TEST(SymbolFinderTest, GivesIdsAndPlaces) {
  const Vocabulary vocabulary = WithSymbols({"<sep>"});
  const std::string text = "ab<sep><eos>";
  std::map<size_t, uint32_t> found;
  SymbolFinder(vocabulary).ForEach(text, [&](uint32_t id, std::string_view name) {
    found[static_cast<size_t>(name.data() - text.data())] = id;
  });
  EXPECT_EQ(found, (std::map<size_t, uint32_t>{{2, vocabulary.size() - 1}, {7, Model::kEosId}}));
}

TEST(SymbolFinderTest, FindsWhatTryingEveryNameFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    // With one first byte and with several, which are found in different ways.
    const std::string alphabet = round % 2 == 0 ? "<ab>" : "<[\xC3\xA9\n";
    std::vector<std::string> names;
    for (uint32_t i = 0; i < random() % 12; ++i) {
      const std::string name =
          (round % 2 == 0 ? "<" : "") + RandomText(random, 1 + random() % 5, alphabet);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    const Vocabulary vocabulary = WithSymbols(names);
    const SymbolFinder finder(vocabulary);
    const std::string text = RandomText(random, random() % 300, alphabet + "xyzuvwabcde");
    EXPECT_EQ(Shown(finder, text), Expected(vocabulary, text));
    EXPECT_EQ(finder.CrossesLines(),
              std::any_of(names.begin(), names.end(), [](const std::string& name) {
                return name.find('\n') != std::string::npos;
              }));
  }
}

TEST(SymbolFinderTest, AVocabularyWithoutSymbols) {
  std::vector<Vocabulary::Entry> entries;
  for (const Piece& piece : BytesAnd({})) entries.push_back({.bytes = piece.bytes, .score = -1});
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, Vocabulary::FromEntries(entries, {}, {}));
  EXPECT_EQ(Shown(SymbolFinder(vocabulary), "<bos>"), "<bos>|");
}

TEST(VocabularySymbolsTest, AreFoundByName) {
  Vocabulary vocabulary = WithSymbols({"<sep>"});
  EXPECT_EQ(*vocabulary.SymbolId("<bos>"), Model::kBosId);
  EXPECT_EQ(*vocabulary.SymbolId("<sep>"), vocabulary.size() - 1);
  EXPECT_THAT(
      vocabulary.SymbolId("a"),  // A piece is no symbol.
      Fails(absl::StatusCode::kInvalidArgument,
            testing::HasSubstr("no symbol named 'a'; try one of <pad>, <bos>, <eos>, <sep>")));
  EXPECT_EQ(vocabulary.SpelledBytes(Model::kEosId), "<eos>");
  EXPECT_EQ(vocabulary.DecodedBytes(Model::kEosId), "");
}

}  // namespace
}  // namespace corpusmill
