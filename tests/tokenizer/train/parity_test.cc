#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "nlohmann/json.hpp"
#include "openssl/sha.h"
#include "tests/testing.h"
#include "tests/tokenizer/train/corpora.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/prune/pruning.h"
#include "tokenizer/train/trainer.h"

// Against what bytepiece 0.6.3 with the C library's logarithm made
// (tests/parity/make_fixtures.py, bench/training-parity): models byte for byte, encodings id for
// id.
namespace corpusmill {
namespace {

using Json = nlohmann::json;

std::string Fixture(const std::string& name) { return ReadFile("tests/parity/data/" + name); }

std::vector<Json> JsonLines(const std::string& name) {
  std::vector<Json> lines;
  std::istringstream file(Fixture(name));
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::string Sha256(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) hex += absl::StrFormat("%02x", byte);
  return hex;
}

TrainOptions OptionsOf(const Json& json) {
  TrainOptions options;
  options.order = json["order"];
  options.min_count = json.value("min_count", options.min_count);
  options.max_piece_length_bytes = json.value("max_piece_length", options.max_piece_length_bytes);
  options.isolate_digits = json["isolate_digits"];
  options.ensure_unicode = json["ensure_unicode"];
  options.bytepiece_compat = true;
  const Json& sizes = json["max_vocab_size"];
  if (sizes.is_array()) {
    options.vocab_sizes = sizes.get<std::vector<uint64_t>>();
  } else {
    options.vocab_sizes = {sizes.get<uint64_t>()};
  }
  return options;
}

/// `texts` must outlive it.
TEST(ParityTest, TrainsTheSameModels) {
  std::vector<std::string> texts;
  for (const Json& line : JsonLines("corpus.jsonl")) texts.push_back(line["text"]);
  ASSERT_FALSE(texts.empty());
  const OpenCorpus corpus = CorpusOf(texts);
  Context context({.threads = 2});
  size_t models = 0;
  for (const Json& config : Json::parse(Fixture("models.json"))) {
    SCOPED_TRACE(config["name"]);
    CM_ASSERT_OK_AND_ASSIGN(const TrainResult result,
                            Train(corpus, OptionsOf(config["options"]), context));
    std::map<uint64_t, const Model*> by_size;
    for (const TrainedModel& trained : result.models) by_size[trained.vocab_size] = &trained.model;
    for (const Json& output : config["outputs"]) {
      SCOPED_TRACE(output["max_vocab_size"]);
      ASSERT_EQ(by_size.count(output["max_vocab_size"]), 1);
      const Model& model = *by_size[output["max_vocab_size"]];
      EXPECT_EQ(model.vocab_size(), output["vocab_size"]);
      const std::string json = model.Serialize();
      EXPECT_EQ(json.size(), output["bytes"]);
      EXPECT_EQ(Sha256(json), output["sha256"]);
      if (output["file"].is_string()) {
        EXPECT_TRUE(json == Fixture(output["file"])) << "differs from " << output["file"];
      }
      ++models;
    }
  }
  EXPECT_GE(models, 38);
}

/// Every step-th document.
absl::StatusOr<std::vector<std::string>> Sample(const std::string& path, uint64_t step,
                                                Context& context) {
  CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({path}));
  DocumentReader reader(inputs, {}, context);
  std::vector<std::string> texts;
  Document document;
  for (uint64_t i = 0;; ++i) {
    CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&document));
    if (!more) break;
    if (i % step == 0) texts.emplace_back(document.text);
  }
  CM_RETURN_IF_ERROR(reader.Close());
  return texts;
}

// training.json is of bench/training-parity, which tries all that is in it. Here three of the
// eight sets of options for every corpus, in which every option has each of its values.
TEST(ParityTest, TrainsTheSameModelsOfRealText) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of corpora";
  const Json expected = Json::parse(Fixture("training.json"));
  ASSERT_EQ(expected["samples"].size(), 4);
  Context context({.threads = 2});
  size_t models = 0;
  for (const Json& sample : expected["samples"]) {
    SCOPED_TRACE(sample);
    const std::string name = sample["corpus"];
    CM_ASSERT_OK_AND_ASSIGN(
        const std::vector<std::string> texts,
        Sample(absl::StrFormat("%s/%s.jsonl.zst", data, name), sample["step"], context));
    EXPECT_EQ(texts.size(), sample["documents"]);
    std::string all;
    for (const std::string& text : texts) all += text + "\n";
    ASSERT_EQ(Sha256(all), sample["sha256"]) << "another corpus than that of training.json";
    for (const Json& config : expected["models"]) {
      if (config["corpus"] != name) continue;
      const bool wanted = config["isolate_digits"]
                              ? config["order"] == 4 && !config["ensure_unicode"]
                              : config["order"] == 6;
      if (!wanted) continue;
      SCOPED_TRACE(config);
      CM_ASSERT_OK_AND_ASSIGN(const TrainResult result,
                              Train(CorpusOf(texts), OptionsOf(config), context));
      ASSERT_EQ(result.models.size(), config["sha256"].size());
      for (size_t i = 0; i < result.models.size(); ++i) {
        EXPECT_EQ(Sha256(result.models[i].model.Serialize()), config["sha256"][i]);
        ++models;
      }
    }
  }
  EXPECT_EQ(models, 26);
}

TEST(ParityTest, PrunesModelsToTheSameSmallerOnes) {
  Context context({.threads = 2});
  for (const auto& [name, size, smaller] :
       std::vector<std::tuple<std::string, uint64_t, uint64_t>>{{"o6-eu", 900, 500},
                                                                {"o6-eu-iso", 900, 500},
                                                                {"o6-raw", 900, 500},
                                                                {"o6-raw-iso", 900, 500},
                                                                {"o6-eu-ends", 300, 259}}) {
    const std::string file = absl::StrFormat("models/%s.model.", name);
    CM_ASSERT_OK_AND_ASSIGN(const Model model,
                            Model::Parse(Fixture(file + std::to_string(size)), name));
    CM_ASSERT_OK_AND_ASSIGN(const PruningResult pruned,
                            PruneModel(model, {smaller}, context, /*fill=*/false));
    EXPECT_EQ(pruned.models[0].Serialize(), Fixture(file + std::to_string(smaller))) << file;
  }
}

TEST(ParityTest, PrunesAPublishedModelToThePublishedSmallerOne) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of corpora";
  const std::string prefix = data + "/models/bytepiece.eu.plus.";
  CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::Load(prefix + "160k.model.zst"));
  CM_ASSERT_OK_AND_ASSIGN(const Model smaller, Model::Load(prefix + "40k.model.zst"));
  Context context({.threads = 2});
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult pruned,
                          PruneModel(model, {80000, 40000}, context, /*fill=*/false));
  EXPECT_TRUE(pruned.models[1].Serialize() == smaller.Serialize());
}

TEST(ParityTest, MakesTheSameModelsOfWords) {
  std::vector<Piece> words;
  std::istringstream file(Fixture("words.tsv"));
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.rfind('\t');
    words.push_back({line.substr(0, tab), std::stoull(line.substr(tab + 1))});
  }
  EXPECT_EQ(words.size(), 404);
  Context context({.threads = 2});
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult all, PruneWords(words, {}, context));
  EXPECT_EQ(all.models[0].Serialize(), Fixture("words.model"));
  CM_ASSERT_OK_AND_ASSIGN(const PruningResult both, PruneWords(words, {1000, 300}, context));
  EXPECT_EQ(both.models[0].Serialize(), Fixture("words.model"));
  EXPECT_EQ(both.models[1].Serialize(), Fixture("words.model.300"));
}

/// The tokenizers of the fixtures, by file name.
class Tokenizers {
 public:
  const Tokenizer& Get(const std::string& file) {
    auto found = tokenizers_.find(file);
    if (found == tokenizers_.end()) {
      absl::StatusOr<Model> model = Model::Parse(Fixture(file), file);
      CM_EXPECT_OK(model);
      found = tokenizers_.emplace(file, *Tokenizer::Create(*std::move(model))).first;
    }
    return found->second;
  }

 private:
  std::map<std::string, Tokenizer> tokenizers_;
};

TEST(ParityTest, EncodesToTheSameIds) {
  Tokenizers tokenizers;
  size_t encodings = 0;
  for (const Json& line : JsonLines("nasty.jsonl")) {
    const std::string text = line["text"];
    for (const auto& [file, ids] : line["ids"].items()) {
      std::vector<uint32_t> actual;
      tokenizers.Get(file).Encode(text, &actual);
      EXPECT_EQ(actual, ids.get<std::vector<uint32_t>>()) << file << ": " << line["text"];
      ++encodings;
    }
  }
  EXPECT_GE(encodings, 900);
}

TEST(ParityTest, DecodesToTheSameBytes) {
  Tokenizers tokenizers;
  size_t decodings = 0;
  for (const Json& line : JsonLines("decode.jsonl")) {
    const Tokenizer& tokenizer = tokenizers.Get(line["model"]);
    const std::vector<uint32_t> ids = line["ids"];
    CM_ASSERT_OK_AND_ASSIGN(const std::string bytes, tokenizer.DecodeBytes(ids));
    std::string hex;
    for (const char byte : bytes) hex += absl::StrFormat("%02x", static_cast<uint8_t>(byte));
    EXPECT_EQ(hex, line["hex"].get<std::string>());
    CM_ASSERT_OK_AND_ASSIGN(const std::string text, tokenizer.DecodeText(ids));
    EXPECT_EQ(text, line["text"].get<std::string>());
    ++decodings;
  }
  EXPECT_GE(decodings, 500);
}

}  // namespace
}  // namespace corpusmill
