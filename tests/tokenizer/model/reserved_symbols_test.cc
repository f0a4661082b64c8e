#include "tokenizer/model/reserved_symbols.h"

#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using Type = Vocabulary::Type;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

Model SmallModel() { return *Model::FromPieces(BytesAnd({{"mill", 7}, {"corpus", 5}})); }

TEST(ReservedSymbolsTest, AreThoseOfAModelByDefault) {
  const ReservedSymbols symbols;
  EXPECT_TRUE(symbols.AreImplicit());
  EXPECT_EQ(symbols.size(), 3);
  EXPECT_EQ(symbols.ModelSizeFor(32000), 32000);
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, symbols.AddTo(SmallModel()));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary expected, Vocabulary::FromModel(SmallModel()));
  EXPECT_EQ(vocabulary, expected);
  CM_ASSERT_OK_AND_ASSIGN(const Model model, vocabulary.ToModel());
  EXPECT_EQ(model.Serialize(), SmallModel().Serialize());
}

TEST(ReservedSymbolsTest, HaveNamesAndIds) {
  ReservedSymbols symbols;  // As SentencePiece's.
  symbols.unknown = {"<unk>", 0};
  symbols.bos = {"<s>", 1};
  symbols.eos = {"</s>", 2};
  symbols.pad.is_present = false;
  symbols.controls = {"<|user|>", "<|system|>"};
  symbols.user_defined = {"<code>"};
  EXPECT_FALSE(symbols.AreImplicit());
  EXPECT_EQ(symbols.size(), 6);
  CM_EXPECT_OK(symbols.Validate(264));
  EXPECT_EQ(symbols.ModelSizeFor(264), SmallModel().vocab_size());
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, symbols.AddTo(SmallModel()));
  ASSERT_EQ(vocabulary.size(), 264);
  EXPECT_EQ(vocabulary[0].type, Type::kUnknown);
  EXPECT_EQ(vocabulary[1].bytes, "<s>");
  EXPECT_EQ(vocabulary[3].bytes, std::string(1, '\0'));
  EXPECT_EQ(vocabulary[260].bytes, "corpus");
  EXPECT_EQ(vocabulary[261].bytes, "<|user|>");
  EXPECT_EQ(vocabulary[262].type, Type::kControl);
  EXPECT_EQ(vocabulary[263].type, Type::kUserDefined);
  EXPECT_EQ(vocabulary.roles(), (Vocabulary::Roles{.bos = 1, .eos = 2, .unknown = 0}));
  EXPECT_THAT(vocabulary.ToModel().status(), Fails(kInvalidArgument, HasSubstr("BytePiece")));
}

TEST(ReservedSymbolsTest, TakeTheSmallestFreeIds) {
  ReservedSymbols symbols;
  symbols.eos.id = 0;
  symbols.pad.id = 258;  // After some pieces.
  symbols.unknown.is_present = true;
  CM_EXPECT_OK(symbols.Validate(262));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, symbols.AddTo(SmallModel()));
  EXPECT_EQ(vocabulary.roles(), (Vocabulary::Roles{.pad = 258, .bos = 1, .eos = 0, .unknown = 2}));
  EXPECT_EQ(vocabulary[258].bytes, "<pad>");
  EXPECT_EQ(vocabulary[257].bytes, "\xFE");
  EXPECT_EQ(vocabulary[259].bytes, "\xFF");
  EXPECT_FALSE(vocabulary.ToModel().ok());
}

TEST(ReservedSymbolsTest, ModelsOfFewerOrMovedSymbolsAreNotBytePiece) {
  for (int i = 0; i < 3; ++i) {
    ReservedSymbols symbols;
    if (i == 0) symbols.pad.is_present = symbols.bos.is_present = symbols.eos.is_present = false;
    if (i == 1) symbols.eos.id = 3;
    if (i == 2) symbols.bos.name = "<s>";
    CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, symbols.AddTo(SmallModel()));
    EXPECT_FALSE(symbols.AreImplicit());
    EXPECT_THAT(vocabulary.ToModel().status(), Fails(kInvalidArgument, HasSubstr("BytePiece")));
  }
}

TEST(ReservedSymbolsTest, UnusedIdsMakeAMultiple) {
  ReservedSymbols symbols;
  symbols.controls = {"<mask>"};
  symbols.pad_to_multiple = 64;
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, symbols.AddTo(SmallModel()));
  EXPECT_EQ(vocabulary.size(), 320);
  EXPECT_EQ(vocabulary[261].type, Type::kUnused);
  EXPECT_EQ(vocabulary[318].type, Type::kUnused);
  EXPECT_EQ(vocabulary.DecodedBytes(318), "");
  EXPECT_EQ(vocabulary[319].bytes, "<mask>");
}

TEST(ReservedSymbolsTest, KeepTheirIdsIfPiecesAreMissing) {
  ReservedSymbols symbols;
  symbols.bos.id = 290;
  symbols.controls = {"<mask>"};
  CM_EXPECT_OK(symbols.Validate(300));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, symbols.AddTo(SmallModel()));
  ASSERT_EQ(vocabulary.size(), 292);
  EXPECT_EQ(vocabulary[259].bytes, "corpus");
  EXPECT_EQ(vocabulary[260].type, Type::kUnused);
  EXPECT_EQ(vocabulary[290].bytes, "<bos>");
  EXPECT_EQ(vocabulary[291].bytes, "<mask>");
}

TEST(ReservedSymbolsTest, SaysWhatIsWrong) {
  const auto validate = [](uint64_t size, auto change) {
    ReservedSymbols symbols;
    change(symbols);
    return symbols.Validate(size);
  };
  EXPECT_THAT(validate(300, [](auto& s) { s.bos.name = "<eos>"; }),
              Fails(kInvalidArgument, HasSubstr("two symbols are named '<eos>'")));
  EXPECT_THAT(validate(300, [](auto& s) { s.controls = {"<pad>"}; }),
              Fails(kInvalidArgument, HasSubstr("two symbols are named '<pad>'")));
  EXPECT_THAT(validate(300, [](auto& s) { s.controls = {""}; }),
              Fails(kInvalidArgument, HasSubstr("needs a name")));
  EXPECT_THAT(validate(300, [](auto& s) { s.bos.id = s.eos.id = 5; }),
              Fails(kInvalidArgument, HasSubstr("also that of another symbol")));
  EXPECT_THAT(validate(300, [](auto& s) { s.bos.id = 300; }),
              Fails(kInvalidArgument, HasSubstr("it must be below 300")));
  EXPECT_THAT(validate(259, [](auto& s) { s.controls = {"<a>"}; }),
              Fails(kInvalidArgument, HasSubstr("256 bytes and 4 symbols need 260")));
}

}  // namespace
}  // namespace corpusmill
