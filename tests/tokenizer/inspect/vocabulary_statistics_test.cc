#include "tokenizer/inspect/vocabulary_statistics.h"

#include <map>
#include <string>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::Pair;

Vocabulary Make(const std::map<std::string, uint64_t>& more) {
  return *Vocabulary::FromModel(*Model::FromPieces(BytesAnd(more)));
}

TEST(Describe, CountsTheKindsOfPieces) {
  Vocabulary vocabulary = Make({{"the", 7},
                                {" of", 1},
                                {"in the", 1},
                                {"  ", 1},
                                {"end \n", 1},
                                {"a\nb", 1},
                                {"42", 1},
                                {"中文", 1},
                                {"é", 1},
                                {"Жx", 1},
                                {"\xE4\xB8", 1}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, "<call>"));
  const VocabularyStatistics statistics = Describe(vocabulary);
  EXPECT_EQ(statistics.pieces, 256u + 11u);
  EXPECT_EQ(statistics.control_symbols, 3u);
  EXPECT_EQ(statistics.user_symbols, 1u);
  EXPECT_THAT(statistics.by_bytes,
              ElementsAre(Pair(1, 256), Pair(2, 4), Pair(3, 4), Pair(5, 1), Pair(6, 2)));
  EXPECT_THAT(statistics.by_characters,
              ElementsAre(Pair(1, 129), Pair(2, 4), Pair(3, 3), Pair(5, 1), Pair(6, 1)));
  EXPECT_EQ(statistics.by_script.at("Latin"), 52u + 6u);
  EXPECT_EQ(statistics.by_script.at("Han"), 1u);
  EXPECT_EQ(statistics.by_script.at(VocabularyStatistics::kMixed), 1u);
  EXPECT_EQ(statistics.by_script.at(VocabularyStatistics::kNoScript), 76u + 2u);
  EXPECT_EQ(statistics.by_script.at(VocabularyStatistics::kNotUtf8), 129u);
  EXPECT_EQ(statistics.long_not_utf8, 1u);
  EXPECT_EQ(statistics.digit_and_more, 1u);
  EXPECT_EQ(statistics.begin_with_space, 1u);
  EXPECT_EQ(statistics.end_with_space, 0u);
  EXPECT_EQ(statistics.cross_space, 2u);
  EXPECT_EQ(statistics.only_spaces, 2u);
  EXPECT_EQ(statistics.with_newline, 3u);
  EXPECT_EQ(statistics.newline_inside, 1u);
  EXPECT_EQ(statistics.least_count, 1u);
  EXPECT_EQ(statistics.largest_count, 7u);
  EXPECT_EQ(statistics.total_count, 256u + 11u + 6u);
  EXPECT_LT(statistics.least_score, statistics.largest_score);
}

TEST(Describe, NeedsNoCounts) {
  const Vocabulary vocabulary =
      *Vocabulary::FromEntries({{.bytes = "<unk>", .type = Vocabulary::Type::kUnknown},
                                {.bytes = "ab", .score = -2.5},
                                {.bytes = "", .type = Vocabulary::Type::kUnused}},
                               {.unknown = 0}, {});
  const VocabularyStatistics statistics = Describe(vocabulary);
  EXPECT_EQ(statistics.pieces, 1u);
  EXPECT_EQ(statistics.unknown_symbols, 1u);
  EXPECT_EQ(statistics.unused, 1u);
  EXPECT_EQ(statistics.largest_count, 0u);
  EXPECT_EQ(statistics.least_count, 0u);
  EXPECT_EQ(statistics.least_score, -2.5);
}

TEST(Overlap, IsByBytes) {
  const VocabularyOverlap overlap = Overlap(Make({{"ab", 1}, {"cd", 2}}), Make({{"ab", 9}}));
  EXPECT_EQ(overlap.both, 257u);
  EXPECT_EQ(overlap.only_a, 1u);
  EXPECT_EQ(overlap.only_b, 0u);
}

}  // namespace
}  // namespace corpusmill
