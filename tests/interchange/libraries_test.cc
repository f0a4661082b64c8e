#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "corpus/text/unicode.h"
#include "nlohmann/json.hpp"
#include "tests/testing.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/formats/reference_encoder.h"
#include "tokenizer/model/text_normalizer.h"

// Reads our files with the Hugging Face and SentencePiece libraries, and their files with ours.
// CORPUSMILL_PYTHON names a Python with these libraries; scripts/test makes one.
namespace corpusmill {
namespace {

using Json = nlohmann::json;

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += absl::StrFormat("%02x", static_cast<uint8_t>(byte));
  return hex;
}

/// Texts in many scripts, and texts that are hard for tokenizers.
std::vector<std::string> NastyTexts() {
  std::vector<std::string> texts = {
      "",
      " ",
      "   ",
      "\n",
      "\n\n\n",
      " \n \n",
      "\t\t \t",
      "a\r\nb\rc\r\n\r\n",
      "  leading and trailing  ",
      "double  spaces   inside",
      "<pad><bos></s><s><unk><eos> <pad>",
      "<0x0A><0x20>\\n \\ \\\\",
      "\u2581 \u2581\u2581a \u2581b\u2581",
      "\u2581",
      "\u0120\u010A <|endoftext|>",
      "e\u0301 a\u0323\u0302 a\u0302\u0323 \u1EAD \u212B \u00C5 A\u030A",
      "\uFB01 \uFF21\uFF22 \u2460 \u3392 \u00BD \u1D2C \uFDFA",
      "\u1100\u1161\u11A8 \uAC00\u11A8 \uD55C\uAD6D\uC5B4",
      "\u0634\u0651\u064E\u0634\u064E\u0651 \u05E9\u05BC\u05C1\u05B8",
      "\U0001F469\u200D\U0001F4BB\U0001F1FA\U0001F1F8 \U0010FFFF \uFFFD \uFEFF",
      "\u00A0\u2003\u3000\u200B\u00AD\u2028\u2029\u0085",
      "\u4F60\u597D\uFF0C\u4E16\u754C\u3002\u65E5\u672C\u8A9E \u041F\u0440\u0438\u0432\u0435\u0442",
      "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35 \u0928\u092E\u0938\u094D\u0924\u0947 \u0958 "
      "\u0915\u093C",
      std::string("nul \0 \0\0 inside", 15),
      std::string(3000, 'a') + std::string(3000, ' ') + std::string(300, '\n'),
      "\x01\x02\x1B\x7F",
  };
  std::mt19937 random(1);
  const std::vector<std::string> atoms = {
      "a",      "e",      "the",        " ",      "  ",     "\n", "\t", "\u2581",
      "\u0301", "\u0323", "\u4E2D",     "\uAC00", "\u11A8", "0",  "12", "<pad>",
      "\\",     "\u00E9", "\U0001F600", "\u3000", "\uFB01", "."};
  for (int i = 0; i < 200; ++i) {
    std::string& text = texts.emplace_back();
    for (size_t n = random() % 60; n > 0; --n) text += atoms[random() % atoms.size()];
  }
  return texts;
}

/// Reads every n-th document of a file, up to a size.
std::vector<std::string> Documents(const std::string& path, size_t every, size_t max_bytes) {
  std::vector<std::string> texts;
  Context context({.threads = 1});
  absl::StatusOr<std::vector<InputFile>> inputs = ResolveInputs({path});
  CM_EXPECT_OK(inputs);
  if (!inputs.ok()) return texts;
  DocumentReader reader(*inputs, {}, context);
  Document document;
  for (size_t i = 0; reader.Next(&document).value_or(false); ++i) {
    if (i % every == 0) texts.emplace_back(document.text.substr(0, max_bytes));
    while (!texts.empty() && !IsValidUtf8(texts.back())) texts.back().pop_back();
  }
  return texts;
}

class LibrariesTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* python = std::getenv("CORPUSMILL_PYTHON");
    if (python == nullptr || *python == '\0') {
      GTEST_SKIP() << "CORPUSMILL_PYTHON names no Python with tokenizers and sentencepiece; "
                      "scripts/test makes one";
    }
    python_ = python;
    ASSERT_EQ(RunScript("check", ""), 0) << ReadFile(folder_ / "err");
  }

  int RunScript(const std::string& arguments, const std::string& out) {
    const std::string call = "'" + python_ + "' tests/interchange/libraries.py " + arguments +
                             " >'" + folder_ / (out.empty() ? "out" : out) + "' 2>'" +
                             folder_ / "err" + "'";
    return std::system(call.c_str());
  }

  using Encode = std::function<void(std::string_view, std::vector<uint32_t>*)>;

  void AddCases(const std::string& library, const std::string& model,
                const std::vector<std::string>& texts, const Encode& encode,
                const TextNormalizer* normalizer = nullptr) {
    for (const std::string& text : texts) {
      std::vector<uint32_t> ids;
      encode(text, &ids);
      Json json = {{"library", library}, {"model", model}, {"text", Hex(text)}, {"ids", ids}};
      std::string normal;
      if (normalizer != nullptr) {
        normalizer->Normalize(text, &normal);
        json["normal"] = Hex(normal);
      } else if (library != "bytepiece") {
        CM_ASSERT_OK(Normalize(text, Normalization::kNfc, InvalidUtf8::kKeep, &normal));
        json["decoded"] = Hex(normal);
      }
      cases_ += json.dump() + "\n";
    }
  }

  /// Results by model, as libraries.py prints them.
  std::map<std::string, Json> Compare() {
    const std::string path = folder_.Write("cases.jsonl", cases_);
    cases_.clear();
    EXPECT_EQ(RunScript("compare '" + path + "'", "results"), 0) << ReadFile(folder_ / "err");
    std::map<std::string, Json> results;
    std::istringstream lines(ReadFile(folder_ / "results"));
    for (std::string line; std::getline(lines, line);) {
      const Json json = Json::parse(line);
      results[json["model"]] = json;
    }
    return results;
  }

  /// Converts a BytePiece model for both libraries and compares their ids with ours: Hugging Face's
  /// equal ours, SentencePiece's equal ReferenceEncoder's.
  void CompareConverted(const std::string& content, const std::vector<std::string>& texts,
                        double max_differing_tokens) {
    CM_ASSERT_OK_AND_ASSIGN(const Vocabulary vocabulary, ReadVocabulary(content, "model"));
    CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Parse(content, "model"));
    const Encode encode = [&](std::string_view text, std::vector<uint32_t>* ids) {
      tokenizer.Encode(text, ids);
    };
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel hf,
                            ConvertVocabulary(vocabulary, ModelFormat::kHuggingFace));
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel sp,
                            ConvertVocabulary(vocabulary, ModelFormat::kSentencePiece));
    const std::string hf_path = folder_.Write("tokenizer.json", hf.bytes);
    const std::string sp_path = folder_.Write("sp.model", sp.bytes);
    const std::string sentencepiece_path = folder_.Write("reference.model", sp.bytes);
    CM_ASSERT_OK_AND_ASSIGN(const ReferenceEncoder reference,
                            ReferenceEncoder::Create(sp.bytes, "sp.model"));
    CM_ASSERT_OK_AND_ASSIGN(const TextNormalizer normalizer,
                            TextNormalizer::Create(reference.vocabulary()));
    AddCases("huggingface", hf_path, texts, encode);
    AddCases("sentencepiece", sp_path, texts, encode);
    AddCases(
        "sentencepiece", sentencepiece_path, texts,
        [&](std::string_view text, std::vector<uint32_t>* ids) { reference.Encode(text, ids); },
        &normalizer);
    std::map<std::string, Json> results = Compare();
    const Json& in_hf = results[hf_path];
    EXPECT_EQ(in_hf["documents"], texts.size());
    EXPECT_EQ(in_hf["differing_documents"], 0) << in_hf;
    EXPECT_EQ(in_hf["decoded"], 0) << in_hf;
    const Json& as_sentencepiece = results[sentencepiece_path];
    EXPECT_EQ(as_sentencepiece["differing_documents"], 0) << as_sentencepiece;
    const Json& in_sp = results[sp_path];
    std::cout << "SentencePiece: " << in_sp["differing_documents"] << " of " << in_sp["documents"]
              << " documents, " << in_sp["differing_tokens"] << " of " << in_sp["tokens"]
              << " tokens differ\n";
    EXPECT_EQ(in_sp["documents"], texts.size());
    EXPECT_LE(in_sp["differing_tokens"].get<double>(),
              max_differing_tokens * in_sp["tokens"].get<double>())
        << in_sp;
  }

  /// True if the bytepiece library is installed.
  bool HasBytePiece() { return RunScript("check-bytepiece", "") == 0; }

  /// Expects the ids of the bytepiece library to equal ours.
  void CompareWithBytePiece(const std::string& content, const std::vector<std::string>& texts) {
    CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Parse(content, "model"));
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel plain,
                            ConvertVocabulary(tokenizer.vocabulary(), ModelFormat::kBytePiece));
    const std::string path = folder_.Write("bytepiece.model", plain.bytes);
    AddCases("bytepiece", path, texts, [&](std::string_view text, std::vector<uint32_t>* ids) {
      tokenizer.Encode(text, ids);
    });
    const Json result = Compare()[path];
    EXPECT_EQ(result["documents"], texts.size());
    EXPECT_EQ(result["differing_documents"], 0) << result;
  }

  /// Reads a SentencePiece model and compares ids and normalised text with the library's.
  void CompareImported(const std::string& path, const std::vector<std::string>& texts) {
    SCOPED_TRACE(path);
    CM_ASSERT_OK_AND_ASSIGN(const std::string content, ReadFileToString(path));
    const std::string plain = folder_.Write("imported.model", content);
    CM_ASSERT_OK_AND_ASSIGN(const ReferenceEncoder reference,
                            ReferenceEncoder::Create(content, path));
    CM_ASSERT_OK_AND_ASSIGN(const TextNormalizer normalizer,
                            TextNormalizer::Create(reference.vocabulary()));
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel copy,
                            ConvertVocabulary(reference.vocabulary(), ModelFormat::kSentencePiece));
    const std::string copied = folder_.Write("copied.model", copy.bytes);
    const Encode encode = [&](std::string_view text, std::vector<uint32_t>* ids) {
      reference.Encode(text, ids);
    };
    AddCases("sentencepiece", plain, texts, encode, &normalizer);
    AddCases("sentencepiece", copied, texts, encode, &normalizer);
    for (const auto& [name, result] : Compare()) {
      EXPECT_EQ(result["documents"], texts.size());
      EXPECT_EQ(result["differing_documents"], 0) << result;
      EXPECT_EQ(result["normal"], 0) << result;
    }
  }

  TestFolder folder_;
  std::string python_;
  std::string cases_;
};

std::vector<std::string> FixtureTexts() {
  std::vector<std::string> texts = NastyTexts();
  for (const char* name : {"corpus.jsonl", "nasty.jsonl"}) {
    std::istringstream lines(ReadFile(std::string("tests/parity/data/") + name));
    for (std::string line; std::getline(lines, line);) {
      texts.push_back(Json::parse(line)["text"]);
    }
  }
  return texts;
}

TEST_F(LibrariesTest, GiveTheSameIdsForConvertedModels) {
  size_t models = 0;
  for (const Json& config : Json::parse(ReadFile("tests/parity/data/models.json"))) {
    for (const Json& output : config["outputs"]) {
      if (!output["file"].is_string() || !config["options"]["ensure_unicode"]) continue;
      const std::string file = output["file"];
      SCOPED_TRACE(file);
      CompareConverted(ReadFile("tests/parity/data/" + file), FixtureTexts(), 0.02);
      if (++models == 3) return;
    }
  }
  EXPECT_GT(models, 0);
}

TEST_F(LibrariesTest, GiveTheSameIdsForBytePieceModels) {
  if (!HasBytePiece()) GTEST_SKIP() << "no bytepiece: " << ReadFile(folder_ / "err");
  for (const Json& config : Json::parse(ReadFile("tests/parity/data/models.json"))) {
    for (const Json& output : config["outputs"]) {
      if (!output["file"].is_string()) continue;
      const std::string file = output["file"];
      SCOPED_TRACE(file);
      CompareWithBytePiece(ReadFile("tests/parity/data/" + file), FixtureTexts());
    }
  }
}

/// Joins texts into one document of about `size` bytes: a single line unless the separator is a
/// newline.
std::string Joined(const std::vector<std::string>& texts, std::string_view separator, size_t size) {
  std::string joined;
  for (size_t i = 0; joined.size() < size && i < texts.size(); ++i) {
    joined += texts[i];
    joined += separator;
  }
  if (separator != "\n") std::replace(joined.begin(), joined.end(), '\n', ' ');
  return joined;
}

TEST_F(LibrariesTest, GiveTheSameIdsAsBytePieceOnRealText) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of corpora";
  if (!HasBytePiece()) GTEST_SKIP() << "no bytepiece: " << ReadFile(folder_ / "err");
  const std::string models = data + "/models/";
  // bytepiece needs a minute for all documents of a corpus; bench/tokenizer compares them.
  std::vector<std::string> all = NastyTexts();
  for (const auto& [name, every] : std::map<std::string, size_t>{{"zh_dev", 250},
                                                                 {"en_dev", 20},
                                                                 {"multi_dev", 60},
                                                                 {"code_dev", 20},
                                                                 {"simpairs_dev", 500},
                                                                 {"gaiic_ids_dev", 500}}) {
    const std::vector<std::string> documents =
        Documents(data + "/" + name + ".jsonl.zst", every, 6000);
    EXPECT_GE(documents.size(), 10) << name;
    all.insert(all.end(), documents.begin(), documents.end());
  }
  std::vector<std::string> texts = all;
  texts.push_back(Joined(all, " ", 2'000'000));
  texts.push_back(Joined(all, "\n", 1'000'000));
  CM_ASSERT_OK_AND_ASSIGN(const std::string large,
                          ReadFileToString(models + "bytepiece.eu.plus.160k.model.zst"));
  CompareWithBytePiece(large, texts);
  for (const char* name : {"eu.plus.40k", "id.plus.80k", "zh.id.eu.40k"}) {
    SCOPED_TRACE(name);
    CM_ASSERT_OK_AND_ASSIGN(const std::string model,
                            ReadFileToString(models + "bytepiece." + name + ".model.zst"));
    std::vector<std::string> some;
    for (size_t i = 0; i < all.size(); i += 4) some.push_back(all[i]);
    CompareWithBytePiece(model, some);
  }
}

TEST_F(LibrariesTest, FindAddedSymbols) {
  absl::StatusOr<Model> model = [] {
    std::vector<Piece> pieces;
    for (int i = 0; i < 256; ++i) pieces.push_back({std::string(1, static_cast<char>(i)), 9});
    pieces.push_back({"<pad>", 40});
    pieces.push_back({"the ", 50});
    return Model::FromPieces(std::move(pieces));
  }();
  CM_ASSERT_OK_AND_ASSIGN(Vocabulary vocabulary, Vocabulary::FromModel(*model));
  CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<mask>"));
  CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, "[tool]"));
  const std::vector<std::string> texts = {"the <pad> x<mask>y\n[tool]the <bos>", "[tool][tool",
                                          "a"};
  for (const ModelFormat format : {ModelFormat::kHuggingFace, ModelFormat::kSentencePiece}) {
    CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted, ConvertVocabulary(vocabulary, format));
    CM_ASSERT_OK_AND_ASSIGN(const ReferenceEncoder reference,
                            ReferenceEncoder::Create(converted.bytes, "model"));
    std::vector<uint32_t> ids;
    reference.Encode("[tool]<mask>", &ids);
    EXPECT_EQ(ids[0], vocabulary.size() - 1);
    EXPECT_EQ(ids[1] == vocabulary.size() - 2, format == ModelFormat::kHuggingFace);
    const std::string name(ModelFormatName(format));
    CM_ASSERT_OK_AND_ASSIGN(const TextNormalizer normalizer,
                            TextNormalizer::Create(reference.vocabulary()));
    AddCases(
        name, folder_.Write(name, converted.bytes), texts,
        [&](std::string_view text, std::vector<uint32_t>* out) { reference.Encode(text, out); },
        format == ModelFormat::kSentencePiece ? &normalizer : nullptr);
  }
  for (const auto& [name, result] : Compare()) {
    EXPECT_EQ(result["documents"], texts.size());
    EXPECT_EQ(result["differing_documents"], 0) << result;
  }
}

/// A vocabulary of the parity models with the symbols of a chat.
Vocabulary ChatVocabulary() {
  const std::string file =
      Json::parse(ReadFile("tests/parity/data/models.json"))[0]["outputs"][0]["file"];
  Vocabulary vocabulary = *ReadVocabulary(ReadFile("tests/parity/data/" + file), file);
  CM_EXPECT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<|im_start|>"));
  CM_EXPECT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<|im_end|>"));
  return vocabulary;
}

TEST_F(LibrariesTest, TransformersLoadsAndSavesTheFolder) {
  if (RunScript("check-transformers", "") != 0) {
    GTEST_SKIP() << "no transformers: " << ReadFile(folder_ / "err");
  }
  const Vocabulary vocabulary = ChatVocabulary();
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(vocabulary));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel converted,
                          ConvertVocabulary(vocabulary, ModelFormat::kHuggingFace));
  std::filesystem::create_directory(folder_ / "hf");
  const std::string path = folder_.Write("hf/tokenizer.json", converted.bytes);
  const std::vector<std::string> companions = CompanionPaths(ModelFormat::kHuggingFace, path);
  for (size_t i = 0; i < companions.size(); ++i) {
    folder_.Write("hf" + companions[i].substr(companions[i].rfind('/')), converted.companions[i]);
  }
  std::vector<std::string> texts = {"<|im_start|>user\nIs 1 < 2? <pad><|im_end|>\n<eos>"};
  for (std::string& text : NastyTexts()) texts.push_back(std::move(text));
  std::string cases;
  EncodeScratch scratch;
  for (const std::string& text : texts) {
    std::vector<uint32_t> ids, symbols;
    tokenizer.Encode(text, &ids, &scratch);
    tokenizer.EncodeWithSymbols(text, &symbols, &scratch);
    cases += Json({{"text", Hex(text)}, {"ids", ids}, {"symbols", symbols}}).dump() + "\n";
  }
  const std::string saved = folder_ / "saved";
  ASSERT_EQ(RunScript("transformers '" + folder_ / "hf" + "' '" + saved + "' '" +
                          folder_.Write("chat.jsonl", cases) + "'",
                      "results"),
            0)
      << ReadFile(folder_ / "err");
  std::istringstream lines(ReadFile(folder_ / "results"));
  int results = 0;
  for (std::string line; std::getline(lines, line); ++results) {
    const Json result = Json::parse(line);
    EXPECT_EQ(result["pad"], 0);
    EXPECT_EQ(result["bos"], 1);
    EXPECT_EQ(result["eos"], 2);
    EXPECT_EQ(result["size"], vocabulary.size());
    EXPECT_EQ(result["special"], Json({"<bos>", "<eos>", "<pad>", "<|im_end|>", "<|im_start|>"}));
    EXPECT_EQ(result["as_text"], 0) << result;
    EXPECT_EQ(result["as_symbols"], 0) << result;
    EXPECT_EQ(result["padded"], 0) << result;
    EXPECT_EQ(result["eos_in_text"], 2);
    EXPECT_EQ(result["decoded"], "user\nIs 1 < 2? \n");
  }
  EXPECT_EQ(results, 2);
  // What transformers saved is read here, with the same ids.
  CM_ASSERT_OK_AND_ASSIGN(const std::string json, ReadFileToString(saved + "/tokenizer.json"));
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer again, Tokenizer::Parse(json, "saved"));
  EXPECT_EQ(again.vocabulary().entries().back().bytes, "<|im_end|>");
  for (const std::string& text : texts) {
    std::vector<uint32_t> ids, expected;
    tokenizer.EncodeWithSymbols(text, &expected, &scratch);
    again.EncodeWithSymbols(text, &ids, &scratch);
    EXPECT_EQ(ids, expected) << text;
  }
}

TEST_F(LibrariesTest, SentencePieceReadsALiteModel) {
  const Vocabulary vocabulary = ChatVocabulary();
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel lite,
                          ConvertVocabulary(vocabulary, ModelFormat::kSentencePieceLite));
  CM_ASSERT_OK_AND_ASSIGN(const ReferenceEncoder reference,
                          ReferenceEncoder::Create(lite.bytes, "lite"));
  CM_ASSERT_OK_AND_ASSIGN(const ConvertedModel plain,
                          ConvertVocabulary(vocabulary, ModelFormat::kSentencePiece));
  CM_ASSERT_OK_AND_ASSIGN(const ReferenceEncoder plain_reference,
                          ReferenceEncoder::Create(plain.bytes, "plain"));
  const std::string path = folder_.Write("lite.model", lite.bytes);
  AddCases("sentencepiece", path, NastyTexts(),
           [&](std::string_view text, std::vector<uint32_t>* ids) { reference.Encode(text, ids); });
  const Json result = Compare()[path];
  EXPECT_EQ(result["documents"], NastyTexts().size());
  EXPECT_EQ(result["differing_documents"], 0) << result;
  for (const std::string& text : NastyTexts()) {
    std::vector<uint32_t> ids, expected, mapped;
    reference.Encode(text, &ids);
    for (const uint32_t id : ids) mapped.push_back(lite.source_ids[id].value());
    plain_reference.Encode(text, &expected);
    for (uint32_t& id : expected) {  // Byte symbols of ASCII stand after the vocabulary there.
      if (id >= vocabulary.size()) id = Model::kFirstPieceId + id - vocabulary.size() + 1;
    }
    EXPECT_EQ(mapped, expected) << text;
  }
  EXPECT_EQ(RunScript("flatbuffer '" + path + "' '" + folder_ / "lite.spm.fb" + "'", ""), 0)
      << ReadFile(folder_ / "err");
  EXPECT_GT(ReadFile(folder_ / "lite.spm.fb").size(), lite.bytes.size());
}

TEST_F(LibrariesTest, ReadTheirModelsAsTheyDo) {
  std::string lines;
  const std::vector<std::string> texts = FixtureTexts();
  for (const std::string& text : texts) {
    if (text.find('\0') == std::string::npos && text.size() < 2000) lines += text + "\n";
  }
  folder_.Write("text.txt", lines);
  std::vector<std::string> encoded = texts;
  encoded.push_back("\xFF\xC3 broken \xE4\xB8");
  for (const std::string options :
       {R"({"vocab_size": 1000, "character_coverage": 0.98, "hard_vocab_limit": false})",
        R"({"vocab_size": 1500, "character_coverage": 0.98, "byte_fallback": true, )"
        R"("normalization_rule_name": "identity", "add_dummy_prefix": false, )"
        R"("remove_extra_whitespaces": false, "hard_vocab_limit": false})",
        R"({"vocab_size": 1000, "character_coverage": 0.98, "hard_vocab_limit": false, )"
        R"("normalization_rule_name": "nmt_nfkc_cf", "treat_whitespace_as_suffix": true, )"
        R"("user_defined_symbols": ["<pad>", "12 ", "the"], "control_symbols": ["<mask>"]})"}) {
    ASSERT_EQ(RunScript("train '" + folder_ / "text.txt" + "' '" + folder_ / "trained" + "' '" +
                            options + "'",
                        ""),
              0)
        << ReadFile(folder_ / "err");
    CompareImported(folder_ / "trained.model", encoded);
  }
}

TEST_F(LibrariesTest, GiveTheSameIdsOnRealText) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of corpora";
  std::vector<std::string> texts = NastyTexts();
  for (const auto& [name, every] : std::map<std::string, size_t>{
           {"zh_dev", 800}, {"en_dev", 40}, {"multi_dev", 120}, {"code_dev", 40}}) {
    const std::vector<std::string> documents =
        Documents(data + "/" + name + ".jsonl.zst", every, 4000);
    EXPECT_GE(documents.size(), 100) << name;
    texts.insert(texts.end(), documents.begin(), documents.end());
  }
  const std::string models = data + "/models/";
  CM_ASSERT_OK_AND_ASSIGN(const std::string model,
                          ReadFileToString(models + "bytepiece.eu.plus.160k.model.zst"));
  CompareConverted(model, texts, 0.002);
  CompareImported(models + "sentencepiece_unigram_1k.model", texts);
  CompareImported(models + "sentencepiece_unigram_zh_100k.model.zst", texts);
}

}  // namespace
}  // namespace corpusmill
