#include "tokenizer/formats/conversion.h"

#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "nlohmann/json.hpp"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/formats/huggingface.h"
#include "tokenizer/formats/reference_encoder.h"
#include "tokenizer/formats/sentencepiece.h"
#include "tokenizer/formats/sentencepiece_lite.h"
#include "tokenizer/formats/sentencepiece_proto.h"
#include "tokenizer/model/reserved_symbols.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Type = Vocabulary::Type;

Vocabulary BytePiece(const std::map<std::string, uint64_t>& more) {
  absl::StatusOr<Model> model = Model::FromPieces(BytesAnd(more));
  CM_EXPECT_OK(model);
  return *Vocabulary::FromModel(*model);
}

SentencePieceProto SmallProto() {
  SentencePieceProto proto;
  proto.pieces = {{"<unk>", 0, SentencePieceProto::kUnknown},
                  {"<s>", 0, SentencePieceProto::kControl},
                  {"</s>", 0, SentencePieceProto::kControl},
                  {"\u2581a", -1.5f},
                  {"a", -2.5f},
                  {"b", -3.0f},
                  {"\u2581", -2.0f},
                  {"x y", -1.0f},
                  {"old", -1.0f, SentencePieceProto::kUnused}};
  return proto;
}

std::vector<uint32_t> ReferenceIds(const std::string& model, std::string_view text) {
  absl::StatusOr<ReferenceEncoder> reference = ReferenceEncoder::Create(model, "m");
  CM_EXPECT_OK(reference);
  std::vector<uint32_t> ids;
  reference->Encode(text, &ids);
  return ids;
}

TEST(SentencePieceProtoTest, WritesWhatItReads) {
  SentencePieceProto proto = SmallProto();
  proto.charsmap = "anything";
  proto.escape_whitespaces = false;
  proto.treat_whitespace_as_suffix = true;
  proto.pad_id = -1;
  proto.bos_piece = "[BOS]";
  const std::string bytes = proto.Serialize();
  CM_ASSERT_OK_AND_ASSIGN(const SentencePieceProto again, SentencePieceProto::Parse(bytes, "m"));
  EXPECT_EQ(again.Serialize(), bytes);
  EXPECT_EQ(again.pieces[3].piece, "\u2581a");
  EXPECT_EQ(again.pieces[3].score, -1.5f);
  EXPECT_EQ(again.pieces[8].type, SentencePieceProto::kUnused);
  EXPECT_EQ(again.charsmap, "anything");
  EXPECT_EQ(again.pad_id, -1);
  EXPECT_EQ(again.bos_piece, "[BOS]");
  EXPECT_FALSE(again.escape_whitespaces);
  EXPECT_TRUE(again.treat_whitespace_as_suffix);
}

TEST(SentencePieceProtoTest, PassesOverUnknownFields) {
  // Field 15 as a number, 16 as 64 bits, 17 as 32 bits, 18 as bytes.
  const std::string more(
      "\x78\x05\x81\x01"
      "12345678"
      "\x8D\x01"
      "1234"
      "\x92\x01\x03"
      "abc",
      24);
  const std::string bytes = SmallProto().Serialize();
  CM_ASSERT_OK_AND_ASSIGN(const SentencePieceProto proto,
                          SentencePieceProto::Parse(more + bytes + more, "m"));
  EXPECT_EQ(proto.pieces.size(), 9);
}

TEST(SentencePieceProtoTest, RefusesBrokenMessages) {
  const std::string bytes = SmallProto().Serialize();
  size_t whole = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    whole += SentencePieceProto::Parse(bytes.substr(0, size), "m").ok();
  }
  // Only between two fields: the nine pieces and two specifications.
  EXPECT_EQ(whole, 11);
  for (const std::string& broken :
       {std::string("\x0A"), std::string("\x0A\xFF\xFF\xFF\xFF\x0F"),     // 4 GiB
        std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),  // No end
        std::string("\x0A\x02\x0A\x7F"), std::string("\x0B"), std::string("\x08\x01"),
        std::string("\x00\x00", 2), std::string("\x0A\x02\x10\x01"), std::string("\x12\x02\x18")}) {
    EXPECT_THAT(
        SentencePieceProto::Parse(broken, "sp.model"),
        Fails(absl::StatusCode::kDataLoss, HasSubstr("sp.model: not a SentencePiece model")));
  }
}

TEST(SentencePieceTest, BecomesAVocabulary) {
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                          SentencePieceToVocabulary(SmallProto().Serialize(), "m"));
  EXPECT_EQ(vocabulary.size(), 9);
  EXPECT_EQ(vocabulary[3].bytes, " a");
  EXPECT_EQ(vocabulary[3].score, -1.5);
  EXPECT_EQ(vocabulary[7].type, Type::kUnused);
  EXPECT_EQ(vocabulary[8].type, Type::kUnused);
  EXPECT_EQ(vocabulary.roles(), (Vocabulary::Roles{.bos = 1, .eos = 2, .unknown = 0}));
  EXPECT_TRUE(vocabulary.rules().add_dummy_prefix);
  EXPECT_TRUE(vocabulary.rules().lower_block_is_space);
  EXPECT_FALSE(vocabulary.rules().cut_at_newlines);
  EXPECT_FALSE(vocabulary.has_counts());
}

TEST(SentencePieceTest, KeepsALowerBlockThatIsNoSpace) {
  SentencePieceProto proto = SmallProto();
  proto.escape_whitespaces = false;
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                          SentencePieceToVocabulary(proto.Serialize(), "m"));
  EXPECT_EQ(vocabulary[3].bytes, "\u2581a");
  EXPECT_EQ(vocabulary[7].type, Type::kPiece);
}

TEST(SentencePieceTest, MergesUnknownCharacters) {
  const std::string model = SmallProto().Serialize();
  EXPECT_THAT(ReferenceIds(model, "a\u4E2D\u6587b"), ElementsAre(3, 0, 5));
  EXPECT_THAT(ReferenceIds(model, "  "), ElementsAre());
}

TEST(SentencePieceTest, WritesWhatItReads) {
  const std::string bytes = SmallProto().Serialize();
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, SentencePieceToVocabulary(bytes, "m"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel copy, VocabularyToSentencePiece(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary again, SentencePieceToVocabulary(copy.bytes, "m"));
  EXPECT_EQ(again, vocabulary);
}

TEST(SentencePieceTest, RefusesWhatItCannotBe) {
  const auto refuses = [](auto change, absl::StatusCode code, const char* message) {
    SentencePieceProto proto = SmallProto();
    change(proto);
    EXPECT_THAT(SentencePieceToVocabulary(proto.Serialize(), "m"), Fails(code, HasSubstr(message)));
  };
  const auto usage = absl::StatusCode::kInvalidArgument;
  const auto data = absl::StatusCode::kDataLoss;
  refuses([](auto& p) { p.model_type = SentencePieceProto::kBpe; }, usage,
          "m: a SentencePiece BPE");
  refuses([](auto& p) { p.model_type = SentencePieceProto::kWord; }, usage, "word model");
  refuses([](auto& p) { p.model_type = SentencePieceProto::kChar; }, usage, "character model");
  refuses([](auto& p) { p.model_type = 77; }, usage, "unknown model");
  refuses([](auto& p) { p.pieces.clear(); }, data, "no pieces");
  refuses([](auto& p) { p.pieces[0].type = 1; }, data, "the unknown symbol is missing");
  refuses([](auto& p) { p.pieces[1].type = 2; }, data, "id 1: a second unknown");
  refuses([](auto& p) { p.pieces[4].piece = "b"; }, data, "duplicate entry");
  refuses([](auto& p) { p.pieces[4].score = NAN; }, data, "id 4: the score");
  refuses([](auto& p) { p.pieces[4].piece = ""; }, data, "id 4: it is empty");
  refuses([](auto& p) { p.pieces[4].piece = std::string("a\0", 2); }, data, "NUL");
  refuses([](auto& p) { p.pieces[4].type = 9; }, data, "type 9");
  refuses([](auto& p) { p.pieces[4] = {"<0x0a>", 0, 6}; }, data, "byte symbol");
  refuses([](auto& p) { p.byte_fallback = true; }, data, "byte_fallback is on");
  refuses([](auto& p) { p.charsmap = "xx"; }, data, "charsmap");
}

TEST(SentencePieceTest, HoldsABytePieceModel) {
  const Vocabulary vocabulary =
      BytePiece({{"\n\n", 9}, {"a b", 9}, {"\u2581", 9}, {"\xC3\xA9", 5}});
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToSentencePiece(vocabulary));
  EXPECT_TRUE(converted.notes.empty());
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary there,
                          SentencePieceToVocabulary(converted.bytes, "converted"));
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    EXPECT_EQ(there[id].bytes, vocabulary[id].bytes) << id;
  }
  EXPECT_EQ(there.roles().pad, 0);
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(vocabulary));
  for (const char* text :
       {"a b\n\na b \u2581 \t\\ \u00E9 e\u0301 \u4E2D <pad>", "", "\n\n\n", "  "}) {
    std::vector<uint32_t> ids;
    tokenizer.Encode(text, &ids);
    EXPECT_EQ(ReferenceIds(converted.bytes, text), ids) << text;
  }
}

TEST(SentencePieceTest, TellsWhatControlSymbolsDo) {
  Vocabulary vocabulary = BytePiece({});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kControl, "<mask>"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToSentencePiece(vocabulary));
  ASSERT_EQ(converted.notes.size(), 1);
  EXPECT_EQ(converted.notes[0].what,
            "control symbols are never found in text there; insert their ids");
  EXPECT_THAT(converted.notes[0].examples, ElementsAre("\"<mask>\""));
  EXPECT_EQ(ReferenceIds(converted.bytes, "<mask>").size(), 6);
  EXPECT_EQ(converted.ids, vocabulary.size() + 127 + 1);
}

/// Checks what SentencePiece Lite 0.2.3 requires of a model (lite/sentencepiece_lite.cc,
/// Model::Initialize).
void ExpectLiteLoads(const std::string& bytes) {
  CM_ASSERT_OK_AND_ASSIGN(const SentencePieceProto proto, SentencePieceProto::Parse(bytes, "m"));
  std::map<std::string, size_t> ids;
  for (const SentencePieceProto::Piece& piece : proto.pieces) {
    EXPECT_TRUE(ids.emplace(piece.piece, ids.size()).second) << piece.piece;
    EXPECT_FALSE(piece.piece.empty());
    EXPECT_LE(piece.piece.size(), 4096);
    EXPECT_EQ(piece.piece.find('\0'), std::string::npos);
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    const std::string name = absl::StrFormat("<0x%02X>", byte);
    ASSERT_TRUE(ids.contains(name)) << name;
    EXPECT_EQ(ids[name], ids["<0x00>"] + byte);
    EXPECT_EQ(proto.pieces[ids[name]].type, SentencePieceProto::kByte);
  }
  EXPECT_EQ(proto.pieces[proto.unknown_id].type, SentencePieceProto::kUnknown);
  EXPECT_EQ(proto.pieces[proto.pad_id].piece, proto.pad_piece);
  EXPECT_EQ(proto.pieces[proto.bos_id].piece, proto.bos_piece);
  EXPECT_EQ(proto.pieces[proto.eos_id].piece, proto.eos_piece);
}

TEST(SentencePieceLiteTest, HasConsecutiveBytesAndAMapOfIds) {
  Vocabulary vocabulary =
      BytePiece({{"\n\n", 9}, {"a b", 9}, {"\xC3\xA9", 5}, {std::string("a\0b", 3), 9}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kControl, "<mask>"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel plain, VocabularyToSentencePiece(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel lite, VocabularyToSentencePieceLite(vocabulary));
  ExpectLiteLoads(lite.bytes);
  EXPECT_EQ(lite.ids, plain.ids);
  ASSERT_EQ(lite.source_ids.size(), lite.ids);
  ASSERT_EQ(lite.companions.size(), 1);
  const auto map = nlohmann::json::parse(lite.companions[0]);
  ASSERT_EQ(map.size(), lite.ids);
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary there, SentencePieceToVocabulary(lite.bytes, "lite"));
  for (uint32_t id = 0; id < lite.ids; ++id) {
    const std::optional<uint32_t> source = lite.source_ids[id];
    EXPECT_EQ(map[id], source.has_value() ? int64_t{*source} : -1);
    if (there[id].type == Type::kUnknown) {
      EXPECT_FALSE(source.has_value());
      continue;
    }
    ASSERT_TRUE(source.has_value()) << id;
    if (there[id].type != Type::kUnused) {
      EXPECT_EQ(there[id].bytes, vocabulary[*source].bytes) << id;
    }
  }
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(vocabulary));
  for (const char* text : {"a b\n\na b \t\\ \u00E9 e\u0301 \u4E2D <pad><mask>", "", "\x01\x7F"}) {
    std::vector<uint32_t> ids, mapped;
    tokenizer.Encode(text, &ids);
    for (const uint32_t id : ReferenceIds(lite.bytes, text)) {
      mapped.push_back(lite.source_ids[id].value());
    }
    EXPECT_EQ(mapped, ids) << text;
  }
}

TEST(SentencePieceLiteTest, RenamesWhatHasTwoMeanings) {
  CM_ASSERT_OK_AND_ASSIGN(
      const ConvertedModel lite,
      VocabularyToSentencePieceLite(BytePiece({{"<pad>", 9}, {"<unk>", 9}, {"<0x41>", 9}})));
  ExpectLiteLoads(lite.bytes);
  ASSERT_EQ(lite.notes.size(), 2);
  EXPECT_THAT(lite.notes[0].what, HasSubstr("spelled like byte symbols"));
  EXPECT_THAT(lite.notes[1].what, HasSubstr("have a _ after their names"));
  EXPECT_EQ(lite.notes[1].count, 2);
  EXPECT_THAT(
      VocabularyToSentencePieceLite(BytePiece({{std::string(4097, 'a'), 9}})),
      Fails(absl::StatusCode::kInvalidArgument, HasSubstr("SentencePiece Lite takes 4096")));
}

TEST(SentencePieceLiteTest, PrefersUserDefinedSymbols) {
  Vocabulary vocabulary = BytePiece({{"tool", 1000}, {"<", 1000}, {">", 1000}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kUserDefined, "<tool>"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel lite, VocabularyToSentencePieceLite(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const SentencePieceProto proto,
                          SentencePieceProto::Parse(lite.bytes, "m"));
  for (const SentencePieceProto::Piece& piece : proto.pieces) {
    EXPECT_TRUE(piece.type != SentencePieceProto::kNormal || piece.score <= 0) << piece.piece;
  }
}

// Models of SentencePiece itself need nothing new, but ours get another order.
TEST(SentencePieceLiteTest, TakesSentencePieceModels) {
  SentencePieceProto proto = SmallProto();
  proto.byte_fallback = true;
  for (int byte = 255; byte >= 0; --byte) {
    proto.pieces.push_back({absl::StrFormat("<0x%02X>", byte), 0, SentencePieceProto::kByte});
  }
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary,
                          SentencePieceToVocabulary(proto.Serialize(), "m"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel lite, VocabularyToSentencePieceLite(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const SentencePieceProto there,
                          SentencePieceProto::Parse(lite.bytes, "m"));
  ASSERT_EQ(there.pieces.size(), proto.pieces.size());
  for (size_t id = 0; id < there.pieces.size(); ++id) {
    EXPECT_EQ(there.pieces[id].piece, proto.pieces[lite.source_ids[id].value()].piece);
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(there.pieces[9 + byte].piece, absl::StrFormat("<0x%02X>", byte));
  }
}

TEST(SentencePieceTest, ListsOrRefusesWhatItCannotHold) {
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted,
                          VocabularyToSentencePiece(BytePiece({{std::string("a\0b", 3), 9}})));
  ASSERT_EQ(converted.notes.size(), 1);
  EXPECT_THAT(converted.notes[0].what, HasSubstr("0x00"));
  EXPECT_THAT(VocabularyToSentencePiece(BytePiece({{"a\xC3", 9}})),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("ensure_unicode")));
  Vocabulary symbols = BytePiece({});
  CM_ASSERT_OK(symbols.AddSymbol(Type::kControl, "<0x41>"));
  EXPECT_THAT(VocabularyToSentencePiece(symbols),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("rename")));
}

TEST(HuggingFaceTest, GivesTheSameIds) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    CM_ASSERT_OK_AND_ASSIGN(const Model model,
                            Model::FromPieces(RandomVocabulary(random, 60, 6, "ab \n<pd>")));
    CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, Vocabulary::FromModel(model));
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
    CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(vocabulary));
    const std::string text = RandomText(random, 500, "ab \n<pd>\xC3\xA9") + "<pad>";
    std::vector<uint32_t> ids;
    tokenizer.Encode(text, &ids);
    EXPECT_EQ(ReferenceIds(converted.bytes, text), ids);
  }
}

TEST(HuggingFaceTest, HasScoresAndSymbols) {
  Vocabulary vocabulary = BytePiece({{"<pad>", 9}, {" ab", 5}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kControl, "<mask>"));
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kUserDefined, "[x]"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
  EXPECT_EQ(converted.notes.size(), 3);
  const auto json = nlohmann::json::parse(converted.bytes);
  const auto& vocab = json["model"]["vocab"];
  ASSERT_EQ(vocab.size(), vocabulary.size() - 2);
  EXPECT_EQ(vocab[0][0],
            "<pad> ");  // Differs from the piece and from any text in the byte alphabet.
  EXPECT_EQ(vocab[1][0], "<bos>");
  EXPECT_EQ(vocab[' ' + 3][0], "\u0120");
  EXPECT_EQ(vocab[259][0], "\u0120ab");
  for (uint32_t id = 3; id < vocab.size(); ++id) {
    EXPECT_EQ(vocab[id][1].get<double>(), vocabulary[id].score);
  }
  EXPECT_EQ(json["added_tokens"][0]["id"], vocabulary.size() - 2);
  EXPECT_EQ(json["added_tokens"][0]["special"], true);
  EXPECT_EQ(json["added_tokens"][1]["content"], "[x]");
  EXPECT_EQ(json["added_tokens"][1]["special"], false);
  EXPECT_THAT(ReferenceIds(converted.bytes, "<pad>[x]a"),
              ElementsAre(260, vocabulary.size() - 1, 'a' + 3));
}

TEST(HuggingFaceTest, ComesWithTheFilesOfTransformers) {
  Vocabulary vocabulary = BytePiece({{"<pad>", 9}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kControl, "<mask>"));
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kUserDefined, "[x]"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
  EXPECT_EQ(converted.ids, vocabulary.size());
  EXPECT_THAT(CompanionPaths(ModelFormat::kHuggingFace, "a/b/tokenizer.json"),
              ElementsAre("a/b/tokenizer_config.json", "a/b/special_tokens_map.json"));
  EXPECT_THAT(CompanionPaths(ModelFormat::kHuggingFace, "tokenizer.json"),
              ElementsAre("tokenizer_config.json", "special_tokens_map.json"));
  EXPECT_THAT(CompanionPaths(ModelFormat::kHuggingFace, "a/chat.json"), ElementsAre());
  ASSERT_EQ(converted.companions.size(), 2);
  for (const std::string& companion : converted.companions) {
    const auto json = nlohmann::json::parse(companion);
    EXPECT_EQ(json["pad_token"], "<pad> ");
    EXPECT_EQ(json["bos_token"], "<bos>");
    EXPECT_EQ(json["eos_token"], "<eos>");
    EXPECT_EQ(json["additional_special_tokens"], nlohmann::json({"<mask>"}));
  }
  const auto config = nlohmann::json::parse(converted.companions[0]);
  EXPECT_EQ(config["tokenizer_class"], "PreTrainedTokenizerFast");
  EXPECT_EQ(config["clean_up_tokenization_spaces"], false);
}

// transformers lists <pad>, <bos> and <eos> among the added tokens.
TEST(HuggingFaceTest, ReadsWhatTransformersSaves) {
  Vocabulary vocabulary = BytePiece({{"ab", 9}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kControl, "<mask>"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary plain, HuggingFaceToVocabulary(converted.bytes, "t"));
  auto json = nlohmann::json::parse(converted.bytes);
  auto tokens = nlohmann::json::array();
  for (const char* name : {"<pad>", "<bos>", "<eos>"}) {
    tokens.push_back({{"id", tokens.size()}, {"content", name}, {"special", true}});
  }
  tokens.push_back(json["added_tokens"][0]);
  json["added_tokens"] = tokens;
  json["padding"] = {{"strategy", "BatchLongest"}};
  json["post_processor"] = {{"type", "TemplateProcessing"}};
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary saved, HuggingFaceToVocabulary(json.dump(), "t"));
  EXPECT_EQ(saved, plain);
  json["added_tokens"][1]["content"] = "<s>";
  EXPECT_THAT(HuggingFaceToVocabulary(json.dump(), "t"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("the added token 1, <s>, is an entry")));
  json["added_tokens"][1] = {{"id", 100}, {"content", "a"}, {"special", true}};
  EXPECT_THAT(HuggingFaceToVocabulary(json.dump(), "t"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("the added token 100, a, is an entry")));
  json["added_tokens"] = {{{"id", 900}, {"content", "a"}, {"special", true}}};
  EXPECT_THAT(HuggingFaceToVocabulary(json.dump(), "t"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("no added token has the id")));
}

/// Other names and ids than a BytePiece model's, an unknown symbol and unused ids.
Vocabulary Reserved() {
  ReservedSymbols symbols;
  symbols.unknown = {"<unk>", 0};
  symbols.bos = {"<s>", 1};
  symbols.eos = {"</s>", 258};
  symbols.controls = {"<|user|>"};
  symbols.user_defined = {"[x]"};
  symbols.pad_to_multiple = 8;
  return *symbols.AddTo(*Model::FromPieces(BytesAnd({{" ab", 5}})));
}

TEST(HuggingFaceTest, KeepsReservedSymbols) {
  const Vocabulary vocabulary = Reserved();
  ASSERT_EQ(vocabulary.size(), 264);
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, VocabularyToHuggingFace(vocabulary));
  const auto json = nlohmann::json::parse(converted.bytes);
  EXPECT_EQ(json["model"]["unk_id"], 0);
  EXPECT_EQ(json["model"]["vocab"].size(), 262);
  EXPECT_EQ(json["model"]["vocab"][258][0], "</s>");
  EXPECT_EQ(json["added_tokens"][0]["id"], 262);
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary read, HuggingFaceToVocabulary(converted.bytes, "t"));
  EXPECT_EQ(read.roles(), vocabulary.roles());
  ASSERT_EQ(read.size(), vocabulary.size());
  for (uint32_t id = 0; id < read.size(); ++id) {
    EXPECT_EQ(read[id].type, vocabulary[id].type) << id;
    EXPECT_EQ(read[id].bytes, vocabulary[id].bytes) << id;
  }
  const std::string text = "a ab<s></s><unk> ab";
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(vocabulary));
  std::vector<uint32_t> ids;
  tokenizer.Encode(text, &ids);
  EXPECT_EQ(ReferenceIds(converted.bytes, text), ids);
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel piece, VocabularyToSentencePiece(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary back, SentencePieceToVocabulary(piece.bytes, "s"));
  EXPECT_EQ(back.roles(), vocabulary.roles());
  EXPECT_EQ(back[0].type, Type::kUnknown);
  EXPECT_EQ(back[261].type, Type::kUnused);
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel compiled,
                          ConvertVocabulary(vocabulary, ModelFormat::kCorpusmill));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary loaded, ReadVocabulary(compiled.bytes, "c"));
  EXPECT_EQ(loaded, vocabulary);
}

TEST(HuggingFaceTest, RefusesWhatItCannotHold) {
  Vocabulary vocabulary = BytePiece({{"ab", 9}});
  CM_ASSERT_OK(vocabulary.AddSymbol(Type::kControl, "ab"));
  EXPECT_THAT(VocabularyToHuggingFace(vocabulary),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("spelled like a piece")));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary scores,
                          SentencePieceToVocabulary(SmallProto().Serialize(), "m"));
  EXPECT_THAT(VocabularyToHuggingFace(scores),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("only BytePiece")));
  EXPECT_THAT(HuggingFaceToVocabulary(R"({"added_tokens": [], "model": {"type": "BPE"}})", "t"),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("written by Corpusmill")));
  EXPECT_THAT(HuggingFaceToVocabulary(R"({"added_tokens": [)", "t"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("t: ")));
}

/// Reads a number as serde_json does: the digits in 64 bits, rounded, times a power of ten.
double ReadTwice(const std::string& json) {
  uint64_t digits = 0;
  size_t decimals = 0;
  bool fraction = false;
  for (const char c : json) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    digits = digits * 10 + static_cast<uint64_t>(c - '0');
    decimals += fraction;
  }
  const double value = static_cast<double>(digits) / std::pow(10.0, decimals);
  return json[0] == '-' ? -value : value;
}

TEST(HuggingFaceTest, WritesNumbersThatEveryParserReadsExactly) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> scores(-30, 0);
  size_t inexact = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double score = i == 0 ? 0 : scores(random);
    std::string json;
    const bool exact = ExactJsonNumber(score, &json);
    ASSERT_EQ(std::strtod(json.c_str(), nullptr), score) << json;
    if (exact) {
      ASSERT_EQ(ReadTwice(json), score) << json;
    }
    inexact += !exact;
  }
  EXPECT_LT(inexact, 300);
}

TEST(ConversionTest, KnowsFormats) {
  EXPECT_EQ(*ParseModelFormat("sentencepiece"), ModelFormat::kSentencePiece);
  EXPECT_THAT(ParseModelFormat("bpe"),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("try bytepiece, ")));
  EXPECT_EQ(*ParseModelFormat("sentencepiece-lite"), ModelFormat::kSentencePieceLite);
  EXPECT_EQ(*ModelFormatForPath("a/tokenizer.json"), ModelFormat::kHuggingFace);
  EXPECT_EQ(*ModelFormatForPath("chat.json"), ModelFormat::kHuggingFace);
  EXPECT_THAT(ModelFormatForPath("a.model"),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("give --to")));
  const Vocabulary vocabulary = BytePiece({{"ab", 2}});
  for (const ModelFormat format :
       {ModelFormat::kBytePiece, ModelFormat::kSentencePiece, ModelFormat::kHuggingFace}) {
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, ConvertVocabulary(vocabulary, format));
    EXPECT_EQ(DetectModelFormat(converted.bytes), format);
    CM_EXPECT_OK(ReadVocabulary(converted.bytes, "m"));
  }
  EXPECT_EQ(DetectModelFormat(""), ModelFormat::kBytePiece);
  EXPECT_THAT(ReadVocabulary("", "m"), testing::Not(IsOk()));
}

TEST(ConversionTest, CopiesABytePieceModelByteForByte) {
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::FromPieces(BytesAnd({{"ab", 7}, {"\xC3", 3}})));
  CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, ReadVocabulary(model.Serialize(), "m"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel copy,
                          ConvertVocabulary(vocabulary, ModelFormat::kBytePiece));
  EXPECT_EQ(copy.bytes, model.Serialize());
}

TEST(ReadBytePieceModelTest, SaysWhatToDoForOtherFormats) {
  const Vocabulary vocabulary = BytePiece({{"ab", 7}});
  const auto read = [&](ModelFormat format) -> absl::StatusOr<Model> {
    CM_ASSIGN_OR_RETURN(const ConvertedModel converted, ConvertVocabulary(vocabulary, format));
    return ReadBytePieceModel(converted.bytes, "m");
  };
  CM_ASSERT_OK_AND_ASSIGN(const Model model, read(ModelFormat::kBytePiece));
  EXPECT_EQ(model.pieces()[256].count, 7);
  constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(read(ModelFormat::kSentencePiece),
              Fails(kInvalidArgument, HasSubstr("m: a SentencePiece model, which has scores")));
  EXPECT_THAT(read(ModelFormat::kHuggingFace),
              Fails(kInvalidArgument, HasSubstr("m: a Hugging Face tokenizer, which has scores")));
  EXPECT_THAT(read(ModelFormat::kCorpusmill),
              Fails(kInvalidArgument, HasSubstr("m: a compiled model")));
  EXPECT_THAT(ReadBytePieceModel("[]", "m"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("not a model")));
}

}  // namespace
}  // namespace corpusmill
