#include <random>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;

Tokenizer Make(const std::map<std::string, uint64_t>& more,
               Normalization normalization = Normalization::kNfc) {
  absl::StatusOr<Model> model = Model::FromPieces(BytesAnd(more));
  absl::StatusOr<Tokenizer> tokenizer =
      Tokenizer::Create(*std::move(model), {.normalization = normalization});
  return *std::move(tokenizer);
}

struct Encoded {
  std::vector<uint32_t> ids;
  std::vector<TokenSpan> spans;
};

Encoded Encode(const Tokenizer& tokenizer, std::string_view text) {
  Encoded encoded;
  EncodeScratch scratch;
  tokenizer.EncodeWithOffsets(text, &encoded.ids, &encoded.spans, &scratch);
  std::vector<uint32_t> ids;
  tokenizer.Encode(text, &ids);
  EXPECT_EQ(encoded.ids, ids);
  return encoded;
}

/// Checks that spans cover the text without gaps.
void ExpectCover(const Encoded& encoded, std::string_view text) {
  ASSERT_EQ(encoded.ids.size(), encoded.spans.size());
  uint64_t at = 0;
  for (const TokenSpan& span : encoded.spans) {
    ASSERT_EQ(span.begin, at);
    ASSERT_GE(span.end, span.begin);
    at = span.end;
  }
  ASSERT_EQ(at, text.size());
}

TEST(EncodeWithOffsets, SpansOfNormalTextAreThePieces) {
  const Tokenizer tokenizer = Make({{"he", 50}, {"llo", 50}, {"\u4e2d\u6587", 40}});
  const std::string text = "hello \u4e2d\u6587\nhe";
  const Encoded encoded = Encode(tokenizer, text);
  EXPECT_THAT(encoded.spans, ElementsAre(TokenSpan{0, 2}, TokenSpan{2, 5}, TokenSpan{5, 6},
                                         TokenSpan{6, 12}, TokenSpan{12, 13}, TokenSpan{13, 15}));
  for (size_t i = 0; i < encoded.ids.size(); ++i) {
    const TokenSpan span = encoded.spans[i];
    EXPECT_EQ(text.substr(span.begin, span.end - span.begin),
              tokenizer.vocabulary()[encoded.ids[i]].bytes);
  }
}

TEST(EncodeWithOffsets, AppendsAndAnEmptyTextHasNone) {
  const Tokenizer tokenizer = Make({});
  Encoded encoded{{7}, {{3, 4}}};
  EncodeScratch scratch;
  tokenizer.EncodeWithOffsets("", &encoded.ids, &encoded.spans, &scratch);
  tokenizer.EncodeWithOffsets("ab", &encoded.ids, &encoded.spans, &scratch);
  EXPECT_THAT(encoded.spans, ElementsAre(TokenSpan{3, 4}, TokenSpan{0, 1}, TokenSpan{1, 2}));
}

TEST(EncodeWithOffsets, SpansAreThoseOfTheTextBeforeNormalisation) {
  const Tokenizer tokenizer = Make({{"\u00e9", 50}});
  EXPECT_THAT(Encode(tokenizer, "xe\u0301y").spans,
              ElementsAre(TokenSpan{0, 1}, TokenSpan{1, 4}, TokenSpan{4, 5}));
  // Two tokens of one stretch: the last has the span.
  EXPECT_THAT(Encode(Make({}), "xe\u0301y").spans,
              ElementsAre(TokenSpan{0, 1}, TokenSpan{1, 1}, TokenSpan{1, 4}, TokenSpan{4, 5}));
  EXPECT_THAT(Encode(Make({}, Normalization::kNfkc), "\ufb01").spans,
              ElementsAre(TokenSpan{0, 0}, TokenSpan{0, 3}));
}

TEST(EncodeWithOffsets, CoverAnyText) {
  const std::string parts[] = {"e",        "\u0301", "\u0323", "\u1100", "\u1161", "\u11a8", "\xff",
                               "\xe4\xb8", "a b",    "\n",     "\ufb01", "\u4e2d", "\u0958"};
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    for (size_t n = random() % 30; n > 0; --n) text += parts[random() % std::size(parts)];
    const Tokenizer tokenizer = Make({{"\u00e9", 50}, {"a b", 5}, {"\n\n", 4}, {"\uac00", 9}},
                                     seed % 2 == 0 ? Normalization::kNfc : Normalization::kNfkc);
    ExpectCover(Encode(tokenizer, text), text);
    if (HasFatalFailure()) return;
  }
}

TEST(EncodeWithOffsets, ASymbolForTheUnknownStandsForACharacter) {
  std::vector<Vocabulary::Entry> entries = {{"<unk>", Vocabulary::Type::kUnknown},
                                            {"a", Vocabulary::Type::kPiece, -1},
                                            {"<s>", Vocabulary::Type::kControl}};
  CM_ASSERT_OK_AND_ASSIGN(Vocabulary vocabulary,
                          Vocabulary::FromEntries(entries, {.unknown = 0}, {}));
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(std::move(vocabulary)));
  ExpectCover(Encode(tokenizer, "aa"), "aa");
}

}  // namespace
}  // namespace corpusmill
