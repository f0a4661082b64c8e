#include "tokenizer/formats/compiled_model.h"

#include <random>
#include <string>
#include <vector>

#include "corpus/io/file.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/formats/conversion.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

Vocabulary Make(std::vector<Piece> pieces) {
  absl::StatusOr<Model> model = Model::FromPieces(std::move(pieces));
  return *Vocabulary::FromModel(*model);
}

std::string Compiled(const Vocabulary& vocabulary) {
  absl::StatusOr<ConvertedModel> converted =
      ConvertVocabulary(vocabulary, ModelFormat::kCorpusmill);
  return converted->bytes;
}

TEST(CompiledModelTest, GivesBackTheVocabularyWithItsSymbols) {
  Vocabulary vocabulary = Make(BytesAnd({{"ab", 9}, {"中", 4}, {"中文", 2}}));
  CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<mask>"));
  CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, "<sep>"));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary read, ReadVocabulary(Compiled(vocabulary), "m.cmtok"));
  EXPECT_TRUE(read == vocabulary);
  EXPECT_EQ(Compiled(read), Compiled(vocabulary));
}

TEST(CompiledModelTest, GivesBackTheBytePieceFile) {
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::FromPieces(BytesAnd({{"ab", 9}, {"é", 4}})));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, Vocabulary::FromModel(model));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary read, ReadVocabulary(Compiled(vocabulary), "m.cmtok"));
  CM_ASSERT_OK_AND_ASSIGN(const Model again, read.ToModel());
  EXPECT_EQ(again.Serialize(), model.Serialize());
}

TEST(CompiledModelTest, GivesBackScoresAndRules) {
  std::vector<Vocabulary::Entry> entries = {{"<unk>", Vocabulary::Type::kUnknown},
                                            {" a", Vocabulary::Type::kPiece, -1.5},
                                            {"a", Vocabulary::Type::kPiece, -0.25}};
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                          Vocabulary::FromEntries(entries, {.unknown = 0},
                                                  {.normalization = Normalization::kNone,
                                                   .cut_at_newlines = false,
                                                   .replace_invalid_utf8 = true,
                                                   .collapse_spaces = true,
                                                   .add_dummy_prefix = true,
                                                   .lower_block_is_space = true}));
  const std::string compiled = Compiled(vocabulary);
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary read, ReadVocabulary(compiled, "m.cmtok"));
  EXPECT_TRUE(read == vocabulary);
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Parse(compiled, "m.cmtok"));
  std::vector<uint32_t> ids;
  tokenizer.Encode("  a\xE6\x97\xA5\xE6\x9C\xAC  a",
                   &ids);  // A run of unknown characters is one id.
  EXPECT_THAT(ids, testing::ElementsAre(1, 0, 1));
}

TEST(CompiledModelTest, EncodesAsTheModelDoesAlsoWhenMapped) {
  std::mt19937 random(1);
  const std::string alphabet = "ab\n\xC3\xA9";
  for (int round = 0; round < 20; ++round) {
    const Vocabulary vocabulary = Make(RandomVocabulary(random, 100, 12, alphabet));
    CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(vocabulary));
    const std::string path =
        testing::TempDir() + "/compiled_model_test_" + std::to_string(round) + ".cmtok";
    CM_ASSERT_OK(WriteStringToFile(path, tokenizer.Compile(), {}));
    CM_ASSERT_OK_AND_ASSIGN(const Tokenizer mapped, Tokenizer::Open(path));
    const std::string text = RandomText(random, 3000, alphabet);
    std::vector<uint32_t> expected, ids;
    tokenizer.Encode(text, &expected);
    mapped.Encode(text, &ids);
    EXPECT_EQ(ids, expected);
  }
}

TEST(CompiledModelTest, RefusesDamage) {
  const std::string good = Compiled(Make(BytesAnd({{"ab", 9}})));
  for (const size_t size : {size_t{0}, size_t{7}, size_t{8}, size_t{100}, good.size() - 1}) {
    EXPECT_THAT(CopyCompiledModel(good.substr(0, size), "m"),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("m: ")))
        << size;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string bad = good;
    bad[8 + random() % (bad.size() - 8)] ^= static_cast<char>(1 << random() % 8);
    EXPECT_THAT(CopyCompiledModel(bad, "m"), Fails(absl::StatusCode::kDataLoss, HasSubstr("m: ")));
  }
}

TEST(CompiledModelTest, NamesAnotherVersion) {
  std::string later = Compiled(Make(BytesAnd({})));
  later[8] = 2;
  EXPECT_THAT(CopyCompiledModel(later, "m.cmtok"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("another version")));
}

}  // namespace
}  // namespace corpusmill
