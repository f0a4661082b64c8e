#include "pipelines/vocabulary/compare.h"

#include <map>
#include <string>
#include <vector>

#include "pipelines/vocabulary/document_groups.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;

Tokenizer Make(const std::map<std::string, uint64_t>& more, const TokenizerOptions& options = {}) {
  return *Tokenizer::Create(*Model::FromPieces(BytesAnd(more)), options);
}

class CompareTest : public testing::Test {
 protected:
  absl::StatusOr<CompareReport> Run(std::string_view documents, const Tokenizer& a,
                                    const Tokenizer& b,
                                    const ContextOptions& context_options = {.threads = 1}) {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                        ResolveInputs({folder_.Write("docs", documents)}));
    Context context(context_options);
    return Compare(inputs, options_, a, b, context);
  }

  std::vector<std::string> Names(
      const std::vector<std::pair<std::string, CompareTotals>>& groups) const {
    std::vector<std::string> names;
    for (const auto& [name, totals] : groups) names.push_back(name);
    return names;
  }

  TestFolder folder_;
  CompareOptions options_;
};

TEST_F(CompareTest, AddsUpByGroup) {
  const Tokenizer a = Make({{"ab", 100}}), b = Make({{"é", 100}});
  CM_ASSERT_OK_AND_ASSIGN(
      const CompareReport report,
      Run("{\"text\":\"abab\\nx\\n\",\"source\":\"web\",\"lang\":\"en\"}\n"
          "{\"text\":\"éé\",\"source\":\"web\",\"lang\":\"fr\"}\n"
          "{\"text\":\"xyz\",\"lang\":\"en\"}\n{\"text\":\"\",\"source\":\"none\"}\n",
          a, b));
  EXPECT_EQ(report.all.documents, 3u);
  EXPECT_EQ(report.all.text_bytes, 7u + 4 + 3);
  EXPECT_EQ(report.all.characters, 7u + 2 + 3);
  EXPECT_EQ(report.all.tokens_a, 5u + 4 + 3);
  EXPECT_EQ(report.all.tokens_b, 7u + 2 + 3);
  EXPECT_EQ(report.all.lines, 4u);
  EXPECT_EQ(report.all.different_lines, 2u);
  EXPECT_EQ(report.all.different_documents, 2u);
  EXPECT_THAT(Names(report.sources), ElementsAre("web", folder_ / "docs"));
  EXPECT_EQ(report.sources[0].second.documents, 2u);
  EXPECT_EQ(report.sources[0].second.tokens_a, 9u);
  EXPECT_THAT(Names(report.languages), ElementsAre("en", "fr"));
  EXPECT_EQ(report.languages[0].second.tokens_b, 10u);
  ASSERT_EQ(report.examples.size(), 2u);
  std::vector<std::string> shown;
  for (const CompareExample& example : report.examples) {
    shown.push_back(example.where + " " + example.a + " " + example.b);
  }
  EXPECT_THAT(shown, testing::UnorderedElementsAre(folder_ / "docs:1 ab|ab|\\n a|b|a|b|\\n",
                                                   folder_ / "docs:2 \\xC3|\\xA9|\\xC3|\\xA9 é|é"));
}

TEST_F(CompareTest, GroupsByOtherMembers) {
  options_.source_member = "year";
  options_.source_until = "-";
  options_.language_member = "kind";
  CM_ASSERT_OK_AND_ASSIGN(
      const CompareReport report,
      Run("{\"text\":\"a\",\"year\":\"2020-01-31\",\"source\":\"s\"}\n", Make({}), Make({})));
  EXPECT_THAT(Names(report.sources), ElementsAre("2020"));
  EXPECT_THAT(Names(report.languages), ElementsAre("(none)"));
}

TEST_F(CompareTest, TextNormalizedDifferentlyIsComparedInTheOriginal) {
  const Tokenizer a = Make({}), b = Make({}, {.normalization = Normalization::kNone});
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport report, Run("e\u0301\nplain\n", a, b));
  EXPECT_EQ(report.all.different_documents, 1u);
  EXPECT_EQ(report.all.lines, 2u);
  ASSERT_EQ(report.examples.size(), 1u);
  // The last token of a normalized character stands for its text; those without text are not shown.
  EXPECT_EQ(report.examples[0].a, "\\xA9");
  EXPECT_EQ(report.examples[0].b, "e|\\xCC|\\x81");
}

// SentencePiece puts a space before the text and makes U+FFFD of what it does not know.
TEST_F(CompareTest, ComparesKindsOfTokenizers) {
  std::vector<Vocabulary::Entry> entries = {{.bytes = "<unk>", .type = Vocabulary::Type::kUnknown}};
  for (const auto& [bytes, score] : std::map<std::string, double>{{" the", -1},
                                                                  {" ", -3},
                                                                  {"cat", -2},
                                                                  {"c", -4},
                                                                  {"a", -4},
                                                                  {"t", -4},
                                                                  {"h", -4},
                                                                  {"e", -4}}) {
    entries.push_back({.bytes = bytes, .score = score});
  }
  CM_ASSERT_OK_AND_ASSIGN(Vocabulary vocabulary,
                          Vocabulary::FromEntries(std::move(entries), {.unknown = 0},
                                                  {.normalization = Normalization::kNone,
                                                   .cut_at_newlines = false,
                                                   .replace_invalid_utf8 = true,
                                                   .collapse_spaces = true,
                                                   .add_dummy_prefix = true,
                                                   .lower_block_is_space = true}));
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer b, Tokenizer::Create(std::move(vocabulary)));
  const Tokenizer a = Make({{"the", 100}, {" ", 90}, {"cat", 100}});
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport report, Run("the\nthe cat\n\u00E9\ncat\n", a, b));
  EXPECT_EQ(report.all.lines, 4u);
  // "cat" has a token for the space before it, but no other boundary. "é" is one token of b.
  EXPECT_EQ(report.all.different_lines, 1u);
  EXPECT_EQ(report.all.different_documents, 1u);
  ASSERT_EQ(report.examples.size(), 1u);
  EXPECT_EQ(report.examples[0].a, "\\xC3|\\xA9");
  EXPECT_EQ(report.examples[0].b, "<unk>");
}

Vocabulary WithEnd(const std::map<std::string, uint64_t>& more) {
  Vocabulary vocabulary = *Vocabulary::FromModel(*Model::FromPieces(BytesAnd(more)));
  CM_EXPECT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<end>"));
  return vocabulary;
}

TEST_F(CompareTest, MatchesTheSymbolsOfEachVocabulary) {
  const Tokenizer a = *Tokenizer::Create(WithEnd({{"ab", 100}})), b = Make({{"ab", 100}});
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport plain, Run("ab<end>\nab\n", a, b));
  EXPECT_EQ(plain.all.tokens_a, 1u + 5 + 1);
  EXPECT_EQ(plain.all.different_lines, 0u);
  options_.match_symbols = true;
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport matched, Run("ab<end>\nab\n", a, b));
  EXPECT_EQ(matched.all.tokens_a, 1u + 1 + 1);
  EXPECT_EQ(matched.all.tokens_b, 1u + 5 + 1);
  EXPECT_EQ(matched.all.lines, 2u);
  EXPECT_EQ(matched.all.different_lines, 1u);
  ASSERT_EQ(matched.examples.size(), 1u);
  EXPECT_EQ(matched.examples[0].a, "ab|<end>");
  EXPECT_EQ(matched.examples[0].b, "ab|<|e|n|d|>");
}

// SentencePiece encodes a document as a whole: a space before the text, but not before each part.
TEST_F(CompareTest, EncodesWholeDocumentsForTokensThatCrossLines) {
  std::vector<Vocabulary::Entry> entries;
  for (const Piece& piece : BytesAnd({{"a\na", 1}, {" a", 1}})) {
    entries.push_back({.bytes = piece.bytes, .score = piece.bytes.size() > 1 ? -1.0 : -9.0});
  }
  CM_ASSERT_OK_AND_ASSIGN(Vocabulary vocabulary,
                          Vocabulary::FromEntries(std::move(entries), {},
                                                  {.normalization = Normalization::kNone,
                                                   .cut_at_newlines = false,
                                                   .add_dummy_prefix = true}));
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer a, Tokenizer::Create(std::move(vocabulary)));
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "a\n";  // Several batches.
  std::vector<uint32_t> ids;
  a.Encode(text, &ids);
  std::string json = "{\"text\": \"";
  for (int i = 0; i < 300'000; ++i) json += "a\\n";
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport report, Run(json + "\"}\n", a, Make({})));
  EXPECT_EQ(report.all.tokens_a, ids.size());
}

std::string RoughText(uint32_t seed) {
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "{\"source\":\"s" + std::to_string(random() % 7) + "\",\"text\":\"" +
            RandomText(random, random() % 300, "abc ");
    if (i == 1000) {  // Longer than a batch, so it is cut.
      for (int line = 0; line < 3000; ++line) text += RandomText(random, 200, "abc ") + "\\n";
    }
    text += "\"}\n";
  }
  return text;
}

TEST_F(CompareTest, DoesNotDependOnThreadsOrMemory) {
  const Tokenizer a = Make({{"ab", 40}, {"abc", 20}, {" c", 30}});
  const Tokenizer b = Make({{"bc", 40}, {"abca", 20}, {"a ", 30}});
  const std::string text = RoughText(1);
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport one, Run(text, a, b));
  CM_ASSERT_OK_AND_ASSIGN(const CompareReport two,
                          Run(text, a, b, {.memory_limit_bytes = 16 << 20, .threads = 2}));
  EXPECT_EQ(one.all.tokens_a, two.all.tokens_a);
  EXPECT_EQ(one.all.tokens_b, two.all.tokens_b);
  EXPECT_EQ(one.all.different_lines, two.all.different_lines);
  EXPECT_EQ(one.all.different_documents, two.all.different_documents);
  EXPECT_EQ(one.all.documents, two.all.documents);
  EXPECT_LE(one.all.documents, 3000u);
  EXPECT_LE(one.all.different_documents, one.all.documents);
  EXPECT_GT(one.all.lines, 5000u);
  ASSERT_EQ(one.sources.size(), 7u);
  for (size_t i = 0; i < one.sources.size(); ++i) {
    EXPECT_EQ(one.sources[i].first, two.sources[i].first);
    EXPECT_EQ(one.sources[i].second.tokens_b, two.sources[i].second.tokens_b);
  }
  ASSERT_EQ(one.examples.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(one.examples[i].where, two.examples[i].where);
    EXPECT_EQ(one.examples[i].a, two.examples[i].a);
    EXPECT_EQ(one.examples[i].b, two.examples[i].b);
  }
}

TEST(DocumentGroups, LimitsTheNumberOfGroups) {
  DocumentGroups groups;
  for (int i = 0; i < 10000; ++i) groups.Find("g" + std::to_string(i));
  EXPECT_EQ(groups.Find("g0"), 0u);
  EXPECT_EQ(groups.Find("g4095"), 4095u);
  EXPECT_EQ(groups.Find("g4096"), groups.Find("new"));
  EXPECT_EQ(groups.names()[groups.Find("new")], "(others)");
  EXPECT_EQ(groups.names().size(), 4097u);
}

}  // namespace
}  // namespace corpusmill
