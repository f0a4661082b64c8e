#include "pipelines/shards/manifest.h"

#include <functional>
#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

Manifest Example() {
  Manifest manifest;
  manifest.corpusmill = "0.1.0";
  manifest.objective = "clm";
  manifest.options = {.seq_len = 8,
                      .shard_tokens = 16,
                      .add_bos = false,
                      .add_eos = true,
                      .tail = "drop",
                      .normalization = "nfc",
                      .record = "auto",
                      .field = "text \"with\" 引号",
                      .on_bad_record = "skip",
                      .invalid_utf8 = "keep"};
  manifest.tokenizer = {"m.model", std::string(32, 'a'), 300};
  manifest.inputs = {{"a.jsonl", 100, std::string(32, 'b'), "none", "jsonl", 7},
                     {"b/c.zst", 50, std::string(32, 'c'), "zst", "lines", 3}};
  manifest.counts = {.records = 10,
                     .documents = 8,
                     .text_bytes = 41,
                     .normalized_bytes = 40,
                     .tokens = 27,
                     .special_tokens = 7,
                     .rows = 3,
                     .padding_tokens = 0,
                     .segments = 8};
  manifest.dropped[DropReason::kBadRecord] = {.records = 1, .bytes = 9, .tokens = 0};
  manifest.dropped[DropReason::kBlankLine] = {.records = 1, .bytes = 0, .tokens = 0};
  manifest.dropped[DropReason::kEmptyDocument] = {.records = 1, .bytes = 0, .tokens = 0};
  manifest.dropped[DropReason::kTail] = {.records = 1, .bytes = 2, .tokens = 3};
  manifest.shards = {
      {"shard-00000.safetensors", 2, 16, 5, 4, 25, 4200, std::string(32, '0')},
      {"shard-00001.safetensors", 1, 8, 3, 2, 13, 4200, std::string(32, '1')},
  };
  return manifest;
}

TEST(Manifest, ReadsBackWhatWasWritten) {
  const std::string json = SerializeManifest(Example());
  CM_ASSERT_OK_AND_ASSIGN(const Manifest manifest, ParseManifest(json, "m"));
  EXPECT_EQ(SerializeManifest(manifest), json);
  EXPECT_EQ(manifest.options.field, "text \"with\" 引号");
  EXPECT_EQ(manifest.inputs[1].codec, "zst");
  EXPECT_EQ(manifest.shards[1].rows, 1u);
  CM_EXPECT_OK(CheckBalance(manifest));
}

TEST(Manifest, WritesAPathWithInvalidUtf8) {
  Manifest manifest = Example();
  manifest.inputs[0].path = "a\xFF";
  CM_ASSERT_OK_AND_ASSIGN(const Manifest read, ParseManifest(SerializeManifest(manifest), "m"));
  EXPECT_EQ(read.inputs[0].path, "a\uFFFD");
}

TEST(Manifest, ReadsManifestsWithoutSymbols) {
  std::string json = SerializeManifest(Example());
  for (const std::string& member :
       {std::string("\"bos\""), std::string("\"eos\""), std::string("\"match_symbols\""),
        std::string("\"symbol_bytes\"")}) {
    const size_t at = json.find(member);
    ASSERT_NE(at, std::string::npos) << member;
    json.erase(at, json.find('\n', at) - at);
  }
  // These have no hash either.
  const size_t version = json.find("\"version\": 2");
  ASSERT_NE(version, std::string::npos);
  json.replace(version, 12, "\"version\": 1");
  CM_ASSERT_OK_AND_ASSIGN(const Manifest read, ParseManifest(json, "m"));
  EXPECT_EQ(read.options.eos, "");
  EXPECT_FALSE(read.options.match_symbols);
}

TEST(Manifest, DetectsEveryUnbalancedCount) {
  const std::function<void(Manifest&)> kLosses[] = {
      [](Manifest& m) { ++m.counts.records; },
      [](Manifest& m) { --m.counts.documents; },
      [](Manifest& m) { --m.counts.normalized_bytes; },
      [](Manifest& m) { ++m.counts.tokens; },
      [](Manifest& m) { ++m.counts.special_tokens; },
      [](Manifest& m) { ++m.counts.rows; },
      [](Manifest& m) { ++m.counts.padding_tokens; },
      [](Manifest& m) { ++m.counts.segments; },
      [](Manifest& m) { ++m.inputs[1].records; },
      [](Manifest& m) { --m.dropped[DropReason::kBadRecord].records; },
      [](Manifest& m) { --m.dropped[DropReason::kBlankLine].records; },
      [](Manifest& m) { --m.dropped[DropReason::kEmptyDocument].records; },
      [](Manifest& m) { --m.dropped[DropReason::kTail].records; },
      [](Manifest& m) { --m.dropped[DropReason::kTail].bytes; },
      [](Manifest& m) { --m.dropped[DropReason::kTail].tokens; },
      [](Manifest& m) { --m.shards[0].rows; },
      [](Manifest& m) { --m.shards[0].tokens; },
      [](Manifest& m) { --m.shards[0].segments; },
      [](Manifest& m) { --m.shards[1].documents; },
      [](Manifest& m) { ++m.shards[1].text_bytes; },
      [](Manifest& m) { ++m.counts.symbol_bytes; },
      [](Manifest& m) { m.options.add_bos = true; },
      [](Manifest& m) { m.options.normalization = "none"; },
      [](Manifest& m) { m.options.seq_len = 9; },
      [](Manifest& m) { m.shards.pop_back(); },
  };
  for (size_t i = 0; i < std::size(kLosses); ++i) {
    Manifest manifest = Example();
    kLosses[i](manifest);
    EXPECT_THAT(CheckBalance(manifest),
                Fails(absl::StatusCode::kDataLoss, HasSubstr("do not balance")))
        << i;
  }
}

TEST(Manifest, ErrorsNameTheInvalidMember) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } kCases[] = {
      {"{", "[", "not valid JSON"},
      {"corpusmill.shards", "other", "not the manifest"},
      {"\"version\": 2", "\"version\": 3", "format version 3; this program reads versions 1 to 2"},
      {"\"tail\": \"drop\"", "\"tail\": \"crop\"", "options.tail is 'crop', which it cannot be"},
      {"\"nfc\"", "\"nfd\"", "options.normalization is 'nfd'"},
      {"\"keep\"", "\"kept\"", "options.invalid_utf8 is 'kept'"},
      {"\"skip\"", "\"ship\"", "options.on_bad_record is 'ship'"},
      {"\"lines\"", "\"lin es\"", "inputs[1].record_format is 'lin es'"},
      {"a.jsonl", "b.jsonl", "has changed since it was written"},
      {"\"seq_len\": 8", "\"seq_len\": 0", "options.seq_len is out of range"},
      {"\"seq_len\": 8", "\"seq_len\": \"8\"", "options.seq_len is not a whole number"},
      {"\"seq_len\": 8", "\"seq_len\": 8, \"seq_len\": 8", "options.seq_len appears twice"},
      {"\"add_eos\": true", "\"add_eos\": 1", "options.add_eos is not true or false"},
      {"\"vocab_size\": 300", "\"vocab_size\": 4294967296", "vocab_size is out of range"},
      {"\"records\": 3", "\"records\": -3", "inputs[1].records is not a whole number"},
      {"\"rows\": 2", "\"rows\": 0", "shards[0].rows is out of range"},
      {"\"rows\": 2", "\"rows\": 2147483648", "shards[0].rows is out of range"},
      {"shard-00001", "../shard-00001", "shards[1].file is not shard-00001.safetensors"},
      {"00000000000000000000000000000000", "0", "xxh3_128 is not 32 hexadecimal digits"},
      {"\"blank_line\"", "\"blank\"", "dropped.blank_line is missing"},
  };
  for (const auto& test : kCases) {
    std::string json = SerializeManifest(Example());
    const size_t at = json.find(test.from);
    ASSERT_NE(at, std::string::npos) << test.from;
    json.replace(at, std::string(test.from).size(), test.to);
    EXPECT_THAT(ParseManifest(json, "m.json"),
                Fails(absl::StatusCode::kDataLoss,
                      testing::AllOf(HasSubstr(test.message), testing::StartsWith("m.json: "))));
  }
}

TEST(Manifest, EveryBitCounts) {
  const std::string json = SerializeManifest(Example());
  for (size_t bit = 0; bit < 8 * json.size(); ++bit) {
    std::string damaged = json;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(ParseManifest(damaged, "m").ok())
        << "bit " << bit % 8 << " of byte " << bit / 8 << ": " << damaged.substr(bit / 8, 20);
  }
  for (size_t size = 0; size < json.size(); ++size) {
    EXPECT_FALSE(ParseManifest(json.substr(0, size), "m").ok()) << size;
  }
  EXPECT_FALSE(ParseManifest(json + " ", "m").ok());
}

TEST(Manifest, ReadsTheFirstVersionWithoutAHash) {
  std::string json = SerializeManifest(Example());
  json.replace(json.find("\"version\": 2"), 12, "\"version\": 1");
  json.replace(json.rfind(",\n  \"xxh3_128\""), std::string::npos, "\n}\n");
  CM_ASSERT_OK_AND_ASSIGN(const Manifest manifest, ParseManifest(json, "m"));
  EXPECT_FALSE(manifest.is_hashed);
  CM_EXPECT_OK(CheckBalance(manifest));
}

TEST(Manifest, ShardNames) {
  EXPECT_EQ(ShardFileName(0), "shard-00000.safetensors");
  EXPECT_EQ(ShardFileName(123456), "shard-123456.safetensors");
  for (const char* name : {"shard-00000.safetensors", "shard-123456.safetensors"}) {
    EXPECT_TRUE(IsShardFileName(name)) << name;
  }
  for (const char* name :
       {"shard-0.safetensors", "shard-.safetensors", "shard-00000", "shard-0000x.safetensors",
        "shard-012345.safetensors", "my-shard-00000.safetensors", "shard-00000.safetensors.bak"}) {
    EXPECT_FALSE(IsShardFileName(name)) << name;
  }
}

}  // namespace
}  // namespace corpusmill
