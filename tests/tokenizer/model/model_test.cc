#include "tokenizer/model/model.h"

#include <filesystem>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

std::string SmallModelJson() {
  absl::StatusOr<Model> model = Model::FromPieces(BytesAnd({{"ab", 7}, {"abc", 5}}));
  return model->Serialize();
}

/// SmallModelJson with the one `from` replaced.
std::string Replace(const std::string& from, const std::string& to) {
  std::string json = SmallModelJson();
  const size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  EXPECT_EQ(json.find(from, at + 1), std::string::npos) << from;
  return json.replace(at, from.size(), to);
}

TEST(ModelTest, OrdersPiecesByLengthAndBytes) {
  std::vector<Piece> pieces = BytesAnd({{"zz", 2}, {"b", 9}, {"aaa", 3}, {"\xFF\x01", 4}});
  std::reverse(pieces.begin(), pieces.end());
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::FromPieces(pieces));
  EXPECT_EQ(model.vocab_size(), 259 + 3);
  EXPECT_EQ(model.total_count(), 255 + 9 + 2 + 3 + 4);
  EXPECT_EQ(model.max_piece_length_bytes(), 3);
  EXPECT_EQ(model.pieces()['b'].bytes, "b");
  EXPECT_EQ(model.pieces()['b'].count, 9);
  EXPECT_EQ(model.pieces()[256].bytes, "zz");
  EXPECT_EQ(model.pieces()[257].bytes, "\xFF\x01");
  EXPECT_EQ(model.pieces()[258].bytes, "aaa");
}

TEST(ModelTest, RefusesImpossiblePieces) {
  const auto from = [](const std::map<std::string, uint64_t>& more) {
    return Model::FromPieces(BytesAnd(more));
  };
  EXPECT_THAT(from({{"", 1}}), Fails(kDataLoss, HasSubstr("empty")));
  EXPECT_THAT(from({{"ab", 0}}), Fails(kDataLoss, AllOf(HasSubstr("YWI="), HasSubstr("zero"))));
  EXPECT_THAT(from({{"ab", (uint64_t{1} << 63) + 1}}), Fails(kDataLoss, HasSubstr("2^63")));
  EXPECT_THAT(from({{"ab", uint64_t{1} << 63}, {"cd", (uint64_t{1} << 63) - 256}}),
              Fails(kDataLoss, HasSubstr("2^64")));
  CM_EXPECT_OK(from({{"ab", uint64_t{1} << 63}, {"cd", (uint64_t{1} << 63) - 257}}));
  EXPECT_THAT(from({{std::string(Model::kMaxPieceBytes + 1, 'a'), 1}}),
              Fails(kDataLoss, HasSubstr("the limit is 65536")));

  std::vector<Piece> pieces = BytesAnd({{"ab", 1}});
  pieces.push_back({"ab", 2});
  EXPECT_THAT(Model::FromPieces(pieces), Fails(kDataLoss, HasSubstr("duplicate piece")));
  pieces = BytesAnd({{"ab", 1}});
  pieces.erase(pieces.begin() + 0x41);
  EXPECT_THAT(Model::FromPieces(pieces), Fails(kDataLoss, HasSubstr("0x41")));
  EXPECT_THAT(Model::FromPieces({}), Fails(kDataLoss, HasSubstr("0x00")));
}

TEST(ModelTest, WritesWhatPythonWrites) {
  CM_ASSERT_OK_AND_ASSIGN(
      const Model model,
      Model::FromPieces(BytesAnd({{"\\\"\x1f\x7f", 2}, {"/\xE2\x80\xA8\xE4", 123456789012345}})));
  const std::string json = model.Serialize();
  EXPECT_THAT(json, testing::StartsWith("{\n    \"AA==\": [\n        3,\n        \"\\u0000\",\n"
                                        "        1\n    ],\n    \"AQ==\": [\n        4,\n"));
  EXPECT_THAT(json, HasSubstr("\n    \"CA==\": [\n        11,\n        \"\\b\",\n        1\n    ],"
                              "\n    \"CQ==\": [\n        12,\n        \"\\t\",\n"));
  EXPECT_THAT(json, HasSubstr("        13,\n        \"\\n\",\n"));
  EXPECT_THAT(json, HasSubstr("        14,\n        \"\\u000b\",\n"));
  EXPECT_THAT(json, HasSubstr("        15,\n        \"\\f\",\n"));
  EXPECT_THAT(json, HasSubstr("        16,\n        \"\\r\",\n"));
  EXPECT_THAT(json, HasSubstr("\"fw==\": [\n        130,\n        \"\x7f\",\n"));
  EXPECT_THAT(json, HasSubstr("\"gA==\": [\n        131,\n        \"\",\n"));
  EXPECT_THAT(json, HasSubstr("        259,\n        \"\\\\\\\"\\u001f\x7f\",\n"));
  EXPECT_THAT(json, testing::EndsWith("\n    \"L+KAqOQ=\": [\n        260,\n"
                                      "        \"/\xE2\x80\xA8\",\n        123456789012345\n"
                                      "    ]\n}"));
}

TEST(ModelTest, ReadsWhatItWrites) {
  const std::string json = SmallModelJson();
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::Parse(json, "small"));
  EXPECT_EQ(model.Serialize(), json);
  EXPECT_EQ(model.pieces()[257].bytes, "abc");
  EXPECT_EQ(model.pieces()[257].count, 5);
}

TEST(ModelTest, AcceptsAnyOrderAndLayoutOfEntries) {
  std::string json = "{\"YWJj\":[260,\"\",5]," + Replace(
                                                     ",\n    \"YWJj\": [\n        260,\n"
                                                     "        \"abc\",\n        5\n    ]",
                                                     "")
                                                     .substr(1);
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::Parse(json, "small"));
  EXPECT_EQ(model.Serialize(), SmallModelJson());
}

TEST(ModelTest, SaysWhatIsWrongWithAFile) {
  const auto parse = [](const std::string& json) { return Model::Parse(json, "a.model"); };
  const auto fails = [](const std::string& what) {
    return Fails(kDataLoss, AllOf(testing::StartsWith("a.model: "), HasSubstr(what)));
  };
  EXPECT_THAT(parse(""), fails("not a model"));
  EXPECT_THAT(parse("[]"), fails("not a JSON object"));
  EXPECT_THAT(parse("{}"), fails("0x00"));
  EXPECT_THAT(parse("{} {}"), fails("not a model"));
  EXPECT_THAT(parse(std::string(10000, '[')), fails("not a model"));
  const std::string json = SmallModelJson();
  for (size_t size = 0; size < json.size(); size += 1 + size / 9) {
    EXPECT_THAT(parse(json.substr(0, size)), fails("not a model")) << size;
  }
  EXPECT_THAT(parse(Replace("YWJj", "YWJj=")),
              fails("entry 258 (\"YWJj=\"): the piece is not base64"));
  EXPECT_THAT(parse(Replace("YWJj", "")), fails("entry 258 (\"\"): the piece is empty"));
  EXPECT_THAT(parse(Replace("YWJj", "YWI=")), fails("entry \"YWI=\": duplicate piece"));
  EXPECT_THAT(
      parse(Replace("260", "261")),
      fails("entry \"YWJj\": the id is 261, but the order by length and bytes requires 260"));
  EXPECT_THAT(parse(Replace("260", "-260")), fails("the id is not a whole number"));
  EXPECT_THAT(parse(Replace("260", "260.0")), fails("the id is not a whole number"));
  EXPECT_THAT(parse(Replace("\"abc\"", "7")), fails("the text is not a string"));
  EXPECT_THAT(parse(Replace("\"abc\",", "\"abc\", 1,")), fails("not a list of"));
  EXPECT_THAT(parse(Replace("        5\n", "        0\n")), fails("zero"));
  EXPECT_THAT(parse(Replace("        5\n", "        5.5\n")), fails("the count is not a whole"));
  EXPECT_THAT(parse(Replace("        5\n", "        -1\n")), fails("the count is not a whole"));
  EXPECT_THAT(parse(Replace("        5\n", "        \"5\"\n")), fails("the count is not a whole"));
  EXPECT_THAT(parse(Replace("        5\n", "        9223372036854775809\n")), fails("2^63"));
  EXPECT_THAT(parse(Replace("        5\n", "        99999999999999999999\n")),
              fails("not a model"));
  EXPECT_THAT(parse(Replace("[\n        260,\n        \"abc\",\n        5\n    ]", "{}")),
              fails("entry 258 (\"YWJj\"): not a list"));
}

TEST(ModelTest, LoadsFilesAndNamesThem) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::Load(folder.Write("m", SmallModelJson())));
  EXPECT_EQ(model.pieces().size(), 258);
  EXPECT_THAT(Model::Load(folder.Write("bad", "{")), Fails(kDataLoss, HasSubstr(folder / "bad")));
  EXPECT_FALSE(Model::Load(folder / "missing").ok());
}

TEST(ModelTest, KnowsWhetherPiecesAreUnicode) {
  EXPECT_TRUE(Model::FromPieces(BytesAnd({{"é", 1}, {"ab", 1}}))->IsUnicode());
  EXPECT_FALSE(Model::FromPieces(BytesAnd({{"a\xC3", 1}}))->IsUnicode());
}

TEST(ModelTest, KeepsRealModelsByteForByte) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of corpora";
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data + "/models")) {
    if (entry.path().filename().string().rfind("bytepiece.", 0) != 0) continue;
    SCOPED_TRACE(entry.path());
    CM_ASSERT_OK_AND_ASSIGN(const std::string json, ReadFileToString(entry.path().string()));
    CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::Parse(json, entry.path().string()));
    EXPECT_TRUE(model.Serialize() == json);
    ++models;
  }
  EXPECT_GT(models, 0);
}

}  // namespace
}  // namespace corpusmill
