#include "tokenizer/model/text_normalizer.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"
#include "tokenizer/model/charsmap.h"
#include "tokenizer/model/nfc_rules.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Blob(const std::map<std::string, std::string>& rules) {
  absl::StatusOr<std::string> blob = BuildCharsmap(rules);
  CM_EXPECT_OK(blob);
  return *blob;
}

std::string Normalized(const TextRules& rules, std::string_view text) {
  absl::StatusOr<TextNormalizer> normalizer = TextNormalizer::Create(rules);
  CM_EXPECT_OK(normalizer);
  std::string out, again;
  std::vector<size_t> origins;
  normalizer->Normalize(text, &out);
  normalizer->Normalize(text, &again, &origins);
  EXPECT_EQ(again, out);
  EXPECT_EQ(origins.size(), out.size() + 1);
  EXPECT_TRUE(std::is_sorted(origins.begin(), origins.end()));
  EXPECT_LE(origins.back(), text.size());
  return out;
}

std::vector<size_t> Origins(const TextRules& rules, std::string_view text) {
  std::string out;
  std::vector<size_t> origins;
  TextNormalizer::Create(rules)->Normalize(text, &out, &origins);
  return origins;
}

TextRules SentencePieceRules() {
  return {.normalization = Normalization::kNone,
          .cut_at_newlines = false,
          .replace_invalid_utf8 = true,
          .collapse_spaces = true,
          .add_dummy_prefix = true,
          .lower_block_is_space = true};
}

TEST(CharsmapTest, FindsTheLongestRule) {
  CM_ASSERT_OK_AND_ASSIGN(
      const Charsmap map,
      Charsmap::Parse(Blob({{"a", "1"}, {"abc", "3"}, {"b", ""}, {"\xC3\xA9", "e"}})));
  std::string_view replacement;
  EXPECT_EQ(map.LongestMatch("abd", &replacement), 1);
  EXPECT_EQ(replacement, "1");
  EXPECT_EQ(map.LongestMatch("abcd", &replacement), 3);
  EXPECT_EQ(replacement, "3");
  EXPECT_EQ(map.LongestMatch("bc", &replacement), 1);
  EXPECT_EQ(replacement, "");
  EXPECT_EQ(map.LongestMatch("\xC3\xA9", &replacement), 2);
  EXPECT_EQ(map.LongestMatch("\xC3", &replacement), 0);
  EXPECT_EQ(map.LongestMatch("xa", &replacement), 0);
  EXPECT_EQ(map.LongestMatch("", &replacement), 0);
  EXPECT_EQ(map.LongestMatch(std::string_view("\0a", 2), &replacement), 0);
}

TEST(CharsmapTest, DoesWhatManyRulesSay) {
  std::mt19937 random(1);
  std::map<std::string, std::string> rules;
  for (int i = 0; i < 5000; ++i) {
    std::string key(1 + random() % 4, 'x'), value(random() % 4, 'y');
    for (char& c : key) c = static_cast<char>(1 + random() % 255);
    for (char& c : value) c = static_cast<char>(1 + random() % 255);
    rules[key] = value;
  }
  CM_ASSERT_OK_AND_ASSIGN(const Charsmap map, Charsmap::Parse(Blob(rules)));
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 6, 'x');
    for (char& c : text) c = static_cast<char>(random() % 256);
    size_t longest = text.size();
    while (longest > 0 && !rules.contains(text.substr(0, longest))) --longest;
    std::string_view replacement;
    ASSERT_EQ(map.LongestMatch(text, &replacement), longest);
    if (longest > 0) {
      ASSERT_EQ(replacement, rules[text.substr(0, longest)]);
    }
  }
}

TEST(CharsmapTest, RefusesBrokenBlobs) {
  const std::string blob = Blob({{"a", "b"}});
  for (size_t size = 1; size < blob.size(); ++size) {
    EXPECT_THAT(Charsmap::Parse(blob.substr(0, size)),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("broken")))
        << size;
  }
  EXPECT_THAT(Charsmap::Parse("\xFF\xFF\xFF\xFF" + blob), testing::Not(IsOk()));
  EXPECT_THAT(Charsmap::Parse(blob + std::string(2000, 'x') + '\0'),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("the limit is 1024")));
}

TEST(CharsmapTest, IsSafeWithAnyUnits) {
  std::mt19937 random(1);
  const std::string good = Blob({{"a", "b"}, {"ab", "c"}, {"ba", "abc"}});
  for (int round = 0; round < 2000; ++round) {
    std::string blob = good;
    for (int i = 0; i < 20; ++i) blob[4 + random() % (blob.size() - 5)] = random();
    const absl::StatusOr<Charsmap> map = Charsmap::Parse(blob);
    if (!map.ok()) continue;
    std::string_view replacement;
    for (const char* text : {"a", "ab", "ba", "aaaa", "bbbb", "\xFF\xFE\xFD"}) {
      const size_t length = map->LongestMatch(text, &replacement);
      EXPECT_LE(length, std::string_view(text).size());
    }
  }
}

TEST(CharsmapTest, RefusesRulesItCannotHold) {
  EXPECT_THAT(BuildCharsmap({{"", "a"}}), testing::Not(IsOk()));
  EXPECT_THAT(BuildCharsmap({{"a", std::string(1, '\0')}}), testing::Not(IsOk()));
  EXPECT_EQ(Blob({}), "");
}

TEST(NfcRulesTest, NormalizeAsIcuDoes) {
  const TextRules rules{.normalization = Normalization::kNone, .charsmap = Blob(NfcRules())};
  for (const char* text : {"plain",
                           "e\u0301",
                           "\u00E9",
                           "a\u0323\u0302",
                           "a\u0302\u0323",
                           "\u00E2\u0323",
                           "\u1EA1\u0302",
                           "\u212B",
                           "\u1100\u1161\u11A8",
                           "\uAC00\u11A8",
                           "\u0958",
                           "\u0915\u093C",
                           "\u0634\u0651\u064E",
                           "\u05E9\u05BC\u05C1\u05B8",
                           "\u05E9\u05C1\u05BC\u05B8",
                           "\u03B1\u0301\u0345",
                           "\u3046\u3099",
                           "\u1025\u102E",
                           "\uF900",
                           "q\u0307\u0323"}) {
    std::string nfc;
    CM_ASSERT_OK(Normalize(text, Normalization::kNfc, InvalidUtf8::kKeep, &nfc));
    EXPECT_EQ(Normalized(rules, text), nfc) << text;
  }
}

TEST(TextNormalizerTest, DoesNothingWithoutRules) {
  TextRules rules{.normalization = Normalization::kNone};
  EXPECT_TRUE(TextNormalizer::Create(rules)->IsIdentity());
  EXPECT_EQ(Normalized(rules, "a  \xFF\u2581e\u0301 "), "a  \xFF\u2581e\u0301 ");
  EXPECT_THAT(Origins(rules, "ab"), ElementsAre(0, 1, 2));
  EXPECT_FALSE(TextNormalizer::Create(SentencePieceRules())->IsIdentity());
}

TEST(TextNormalizerTest, GivesTheOriginsOfComposedCharacters) {
  EXPECT_EQ(Normalized({}, "xe\u0301y"), "x\u00E9y");
  EXPECT_THAT(Origins({}, "xe\u0301y"), ElementsAre(0, 1, 1, 4, 5));
  EXPECT_THAT(Origins({.normalization = Normalization::kNfkc}, "\uFB01x"), ElementsAre(0, 0, 3, 4));
  // Invalid bytes map to themselves.
  EXPECT_THAT(Origins({},
                      "\xFF"
                      "e\u0301"),
              ElementsAre(0, 1, 1, 4));
}

TEST(TextNormalizerTest, NormalizesLongTextAsTheWholeProgramDoes) {
  std::mt19937 random(1);
  const std::vector<std::string> atoms = {"a",      "e",      "\u0301", "\u0323",
                                          "\u1100", "\u1161", "\xFF",   "\xE4\xB8",
                                          "\u00E9", "\n",     "\uFB01"};
  for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
    std::string text, expected;
    while (text.size() < 300'000) text += atoms[random() % atoms.size()];
    CM_ASSERT_OK(Normalize(text, form, InvalidUtf8::kKeep, &expected));
    EXPECT_TRUE(Normalized({.normalization = form}, text) == expected);
  }
}

TEST(TextNormalizerTest, CollapsesSpacesAsSentencePieceDoes) {
  const TextRules rules = SentencePieceRules();
  EXPECT_EQ(Normalized(rules, "  a  b   "), " a b");
  EXPECT_EQ(Normalized(rules, "   "), "");
  EXPECT_EQ(Normalized(rules, ""), "");
  // A literal U+2581 is a space, which matters only at the end of the text.
  EXPECT_EQ(Normalized(rules, "a\u2581\u2581b\u2581"), " a  b");
  EXPECT_EQ(Normalized(rules, "\xFF\xFE"), " \uFFFD\uFFFD");
  EXPECT_THAT(Origins(rules, "  a  b "), ElementsAre(2, 2, 3, 5, 6));
}

TEST(TextNormalizerTest, PutsASpaceOnEitherSide) {
  TextRules rules = SentencePieceRules();
  rules.add_dummy_prefix = false;
  EXPECT_EQ(Normalized(rules, " a "), "a");
  rules.add_dummy_suffix = true;
  EXPECT_EQ(Normalized(rules, " a "), "a ");
  rules.collapse_spaces = false;
  rules.lower_block_is_space = false;
  EXPECT_EQ(Normalized(rules, " \u2581a "), " \u2581a  ");
}

TEST(TextNormalizerTest, ReplacesByTheCharsmap) {
  TextRules rules = SentencePieceRules();
  rules.charsmap = Blob({{"\u3000", " "}, {"A", "a"}, {"ABC", "xyz"}, {"-", ""}});
  EXPECT_EQ(Normalized(rules, "A-B\u3000\u3000ABC-"), " aB xyz");
  EXPECT_THAT(Origins(rules, "-ABCA"), ElementsAre(0, 1, 1, 1, 4, 5));
}

TEST(TextNormalizerTest, LeavesUserDefinedSymbols) {
  TextRules rules = SentencePieceRules();
  rules.charsmap = Blob({{"A", "a"}});
  rules.find_user_defined = true;
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                          Vocabulary::FromEntries({{"<unk>", Vocabulary::Type::kUnknown},
                                                   {"AB", Vocabulary::Type::kUserDefined},
                                                   {"A C", Vocabulary::Type::kUserDefined}},
                                                  {.unknown = 0}, rules));
  CM_ASSERT_OK_AND_ASSIGN(const TextNormalizer normalizer, TextNormalizer::Create(vocabulary));
  std::string out;
  normalizer.Normalize("AAB A\u2581C A C", &out);
  EXPECT_EQ(out, " aAB A C a C");
}

TEST(TextNormalizerTest, RefusesABrokenCharsmap) {
  EXPECT_THAT(TextNormalizer::Create(TextRules{.charsmap = "abc"}),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("charsmap")));
}

}  // namespace
}  // namespace corpusmill
