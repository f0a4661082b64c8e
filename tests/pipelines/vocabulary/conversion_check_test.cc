#include "pipelines/vocabulary/conversion_check.h"

#include <string>

#include "corpus/base/context.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/model/model.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string ModelOf(const std::map<std::string, uint64_t>& more) {
  return Model::FromPieces(BytesAnd(more))->Serialize();
}

std::string Converted(const Vocabulary& vocabulary, ModelFormat format) {
  absl::StatusOr<ConvertedModel> converted = ConvertVocabulary(vocabulary, format);
  CM_EXPECT_OK(converted);
  return converted->bytes;
}

ConversionCheck Check(const std::string& documents, const std::string& source,
                      const std::string& target) {
  const TestFolder folder;
  Context context({.threads = 1});
  absl::StatusOr<std::vector<InputFile>> inputs = ResolveInputs({folder.Write("text", documents)});
  CM_EXPECT_OK(inputs);
  absl::StatusOr<ConversionCheck> check = CheckConversion(*inputs, {}, source, target, context);
  CM_EXPECT_OK(check);
  return *std::move(check);
}

TEST(ConversionCheckTest, FindsNoDifferenceInEqualModels) {
  const std::string model = ModelOf({{"ab", 9}, {"\u00E9", 5}});
  const Vocabulary vocabulary = *ReadVocabulary(model, "m");
  const std::string text = "ab abba\n\ne\u0301 \u2581<pad>\n";
  for (const ModelFormat format :
       {ModelFormat::kBytePiece, ModelFormat::kHuggingFace, ModelFormat::kSentencePiece}) {
    const ConversionCheck check = Check(text, model, Converted(vocabulary, format));
    EXPECT_EQ(check.documents.documents, 3);
    EXPECT_GT(check.tokens, 10);
    EXPECT_EQ(check.differing_documents, 0);
    EXPECT_EQ(check.differing_tokens, 0);
  }
}

TEST(ConversionCheckTest, ShowsTheDifference) {
  const ConversionCheck check =
      Check("xyz\nxabcx abc\n", ModelOf({{"ab", 90}, {"bc", 1}}), ModelOf({{"ab", 1}, {"bc", 90}}));
  EXPECT_EQ(check.documents.documents, 2);
  EXPECT_EQ(check.differing_documents, 1);
  EXPECT_EQ(check.tokens, 3 + 7);
  EXPECT_EQ(check.differing_tokens, 4);
  EXPECT_THAT(check.causes, ElementsAre(Pair(ConversionCheck::kOther, 1)));
  EXPECT_THAT(check.examples, ElementsAre("document 2: \"ab|c\" became \"a|bc\""));
}

TEST(ConversionCheckTest, ShowsADifferenceAtTheEnd) {
  const ConversionCheck check =
      Check("xabc\n", ModelOf({{"ab", 90}, {"bc", 1}}), ModelOf({{"ab", 1}, {"bc", 90}}));
  EXPECT_THAT(check.causes, ElementsAre(Pair(ConversionCheck::kOther, 1)));
  EXPECT_THAT(check.examples, ElementsAre("document 1: \"ab|c\" became \"a|bc\""));
}

TEST(ConversionCheckTest, ExplainsTheDifference) {
  Vocabulary vocabulary = *ReadVocabulary(ModelOf({{"ab", 9}}), "m");
  const std::string model = ModelOf({{"ab", 9}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, "[x]"));
  EXPECT_THAT(Check("a[x]b\n", model, Converted(vocabulary, ModelFormat::kHuggingFace)).causes,
              ElementsAre(Pair(ConversionCheck::kSymbol, 1)));
  const std::string hf = Converted(*ReadVocabulary(model, "m"), ModelFormat::kHuggingFace);
  const ConversionCheck invalid = Check("\xFF\nab\n", model, hf);
  EXPECT_EQ(invalid.not_utf8, 1);
  EXPECT_EQ(invalid.differing_documents, 0);
  const std::string sp = Converted(*ReadVocabulary(model, "m"), ModelFormat::kSentencePiece);
  EXPECT_THAT(Check("\xFF\n", model, sp).causes, ElementsAre(Pair(ConversionCheck::kText, 1)));
}

TEST(ConversionCheckTest, RejectsInvalidModels) {
  Context context({.threads = 1});
  EXPECT_THAT(CheckConversion({}, {}, "{", ModelOf({}), context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("source")));
}

}  // namespace
}  // namespace corpusmill
