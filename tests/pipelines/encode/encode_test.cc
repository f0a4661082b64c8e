#include "pipelines/encode/encode.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "corpus/base/reporter.h"
#include "corpus/text/json.h"
#include "corpus/text/unicode.h"
#include "tests/corpus/io/streams.h"
#include "tests/pipelines/encode/encode_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kUsage = absl::StatusCode::kInvalidArgument;

TEST_F(EncodeTest, IdsAreOneLinePerDocument) {
  EXPECT_EQ(*Lines({}, "ab\n\nthe a\n"), "260\n\n261 100\n");
  options_.add_bos = options_.add_eos = true;
  EXPECT_EQ(*Lines({}, "ab\n\n"), "1 260 2\n1 2\n");
}

TEST_F(EncodeTest, IdsWithOffsets) {
  options_.add_bos = options_.add_eos = true;
  EXPECT_EQ(*Lines({.offsets = true}, "the ab\n\n"), "1:0-0 261:0-4 260:4-6 2:6-6\n1:0-0 2:0-0\n");
  // Offsets are of the text before normalisation, where é has three bytes instead of two.
  options_.add_bos = options_.add_eos = false;
  EXPECT_EQ(*Lines({.offsets = true}, "e\u0301a"), "198:0-0 172:0-3 100:3-4\n");
}

TEST_F(EncodeTest, PiecesAreOneLinePerDocument) {
  options_.add_eos = true;
  EXPECT_EQ(*Lines({.format = &kPiecesFormat}, "the a\xff\n\n"),
            "the\\s a \\xff \\@<eos>\n\\@<eos>\n");
}

TEST_F(EncodeTest, JsonlKeepsIdAndSource) {
  const std::string input =
      "{\"text\": \"ab\", \"id\": \"a\\\"1\", \"source\": \"web\"}\n{\"id\": 7, \"text\": \"the "
      "\\n\\nab\"}\n{\"text\": \"\"}\n";
  EXPECT_EQ(*Lines({.format = &kJsonlFormat}, input),
            "{\"id\":\"a\\\"1\",\"source\":\"web\",\"ids\":[260]}\n{\"id\":\"7\",\"ids\":[261,259,"
            "260]}\n{\"ids\":[]}\n");
  EXPECT_EQ(*Lines({.format = &kJsonlFormat, .offsets = true, .pieces = true}, input),
            "{\"id\":\"a\\\"1\",\"source\":\"web\",\"ids\":[260],\"offsets\":[[0,2]],\"pieces\":["
            "\"ab\"]}\n{\"id\":\"7\",\"ids\":[261,259,260],\"offsets\":[[0,4],[4,6],[6,8]],"
            "\"pieces\":[\"the \",\"\\\\n\\\\n\",\"ab\"]}\n{\"ids\":[],\"offsets\":[],\"pieces\":"
            "[]}\n");
}

TEST_F(EncodeTest, NpyHasTheSpecifiedBytes) {
  CM_ASSERT_OK(Pair({.format = &kNpyFormat}, "a.npy", "the ab\n\nab\n"));
  const std::string ids = "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }";
  const std::string offsets = "{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }";
  const std::string prefix("\x93NUMPY\x01\x00\x76\x00", 10);
  EXPECT_EQ(ReadFile(folder_ / "a.npy"), prefix + ids + std::string(117 - ids.size(), ' ') + "\n" +
                                             Le<uint16_t>({261, 260, 260}));
  EXPECT_EQ(
      ReadFile(folder_ / "a.offsets.npy"),
      prefix + offsets + std::string(117 - offsets.size(), ' ') + "\n" + Le<int64_t>({0, 2, 2, 3}));
  CM_ASSERT_OK(Pair({.format = &kNpyFormat, .type = ElementType::kU32}, "b.npy", "ab\n"));
  EXPECT_EQ(ReadFile(folder_ / "b.npy").substr(128), Le<uint32_t>({260}));
  EXPECT_THAT(ReadFile(folder_ / "b.npy"), HasSubstr("'<u4'"));
  CM_ASSERT_OK(Pair({.format = &kNpyFormat}, "c.npy", ""));
  EXPECT_EQ(ReadFile(folder_ / "c.npy").size(), 128u);
  EXPECT_EQ(ReadFile(folder_ / "c.offsets.npy").substr(128), Le<int64_t>({0}));
}

// Checks the layout documented by Megatron-LM, without our reader.
TEST_F(EncodeTest, MegatronHasTheSpecifiedBytes) {
  CM_ASSERT_OK(Pair({.format = &kMegatronFormat}, "m", "the ab\n\nab\n"));
  EXPECT_EQ(ReadFile(folder_ / "m.bin"), Le<uint16_t>({261, 260, 260}));
  EXPECT_EQ(ReadFile(folder_ / "m.idx"),
            std::string("MMIDIDX\0\0", 9) + Le<uint64_t>({1}) + "\x08" + Le<uint64_t>({3, 4}) +
                Le<int32_t>({2, 0, 1}) + Le<int64_t>({0, 4, 4}) + Le<int64_t>({0, 1, 2, 3}));
  CM_ASSERT_OK(Pair({.format = &kMegatronFormat, .type = ElementType::kU32}, "n.bin", "ab\n"));
  EXPECT_EQ(ReadFile(folder_ / "n.bin"), Le<int32_t>({260}));
  EXPECT_EQ(ReadFile(folder_ / "n.idx").substr(17, 1), "\x04");
  EXPECT_THAT(folder_.List(), ElementsAre("in", "m.bin", "m.idx", "n.bin", "n.idx"));
}

TEST_F(EncodeTest, RejectsUnsupportedOptions) {
  EXPECT_THAT(Lines({.type = ElementType::kU16}, ""), Fails(kUsage, HasSubstr("--dtype")));
  EXPECT_THAT(Lines({.pieces = true}, ""), Fails(kUsage, HasSubstr("--format jsonl")));
  EXPECT_THAT(
      Lines({.format = &kPiecesFormat, .offsets = true}, ""),
      Fails(kUsage,
            HasSubstr("pieces has no --offsets; leave it out, or try --format ids or jsonl")));
  EXPECT_THAT(Pair({.format = &kNpyFormat, .offsets = true}, "a.npy", ""),
              Fails(kUsage, HasSubstr("npy has no --offsets")));
  EXPECT_THAT(folder_.List(), testing::Not(testing::Contains("a.npy.part")));
}

TEST_F(EncodeTest, AVocabularyWithoutSymbolsForTheEnds) {
  std::vector<Vocabulary::Entry> entries;
  for (int byte = 0; byte < 256; ++byte) {
    entries.push_back({std::string(1, static_cast<char>(byte)), Vocabulary::Type::kPiece, -1});
  }
  CM_ASSERT_OK_AND_ASSIGN(Vocabulary vocabulary, Vocabulary::FromEntries(entries, {}, {}));
  CM_ASSERT_OK_AND_ASSIGN(tokenizer_, Tokenizer::Create(std::move(vocabulary)));
  options_.add_bos = true;
  EXPECT_THAT(Lines({}, "a\n"), Fails(kUsage, HasSubstr("leave out --add-bos")));
  options_.add_bos = false;
  options_.add_eos = true;
  EXPECT_THAT(Lines({}, "a\n"), Fails(kUsage, HasSubstr("leave out --add-eos")));
}

/// Keeps warnings.
class Warnings final : public Reporter {
 public:
  void Log(LogLevel level, std::string_view message) override {
    if (level == LogLevel::kWarning) all.emplace_back(message);
  }
  void StartPhase(std::string_view, uint64_t) override {}
  void Advance(uint64_t) override {}
  void EndPhase() override {}

  std::vector<std::string> all;
};

/// A tokenizer with symbols of a chat: <|im_end|> is 262, <tool> is 263, and a name with a line
/// break is 264.
class SymbolsTest : public EncodeTest {
 protected:
  void SetUp() override {
    Vocabulary vocabulary = tokenizer_.vocabulary();
    CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<|im_end|>"));
    CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, "<tool>"));
    if (crossing_) {
      CM_ASSERT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "=\n="));
    }
    CM_ASSERT_OK_AND_ASSIGN(tokenizer_, Tokenizer::Create(std::move(vocabulary)));
  }

  bool crossing_ = false;
};

TEST_F(SymbolsTest, AreMatchedWithOffsets) {
  options_.match_symbols = true;
  options_.add_bos = options_.add_eos = true;
  // e\u0301 is normalised to \u00E9, whose two bytes come from three.
  EXPECT_EQ(*Lines({.offsets = true}, "ab<|im_end|>e\u0301<tool><eos>\n"),
            "1:0-0 260:0-2 262:2-12 198:12-12 172:12-15 263:15-21 2:21-26 2:26-26\n");
  EXPECT_EQ(*Lines({.format = &kJsonlFormat, .offsets = true, .pieces = true}, "<tool>ab\n"),
            "{\"ids\":[1,263,260,2],\"offsets\":[[0,0],[0,6],[6,8],[8,8]],"
            "\"pieces\":[\"\\\\@<bos>\",\"<tool>\",\"ab\",\"\\\\@<eos>\"]}\n");
}

TEST_F(SymbolsTest, StandAroundDocumentsByName) {
  options_.bos = "<tool>";
  options_.eos = "<|im_end|>";
  EXPECT_EQ(*Lines({}, "ab\n\n"), "263 260 262\n263 262\n");
  options_.add_bos = true;  // The name decides.
  options_.eos = "";
  EXPECT_EQ(*Lines({}, "ab\n"), "263 260\n");
  options_.eos = "<|im_ende|>";
  EXPECT_THAT(
      Lines({}, "ab\n"),
      Fails(kUsage, HasSubstr("--eos: the vocabulary has no symbol named '<|im_ende|>'; try "
                              "one of <pad>, <bos>, <eos>, <|im_end|>, <tool>")));
}

TEST_F(SymbolsTest, AreKeptWhileTheRestIsSampled) {
  options_.match_symbols = true;
  options_.sample = {.alpha = 0, .seed = "1"};
  const std::string text = "the ab<|im_end|>the ab\\nthe ab<tool>";
  std::string input;
  for (int i = 0; i < 200; ++i) input += "{\"text\": \"" + text + "\"}\n";
  CM_ASSERT_OK_AND_ASSIGN(const std::string lines, Lines({}, input));
  std::istringstream stream(lines);
  std::set<std::string> samples;
  for (std::string line; std::getline(stream, line);) {
    samples.insert(line);
    EXPECT_THAT(line, HasSubstr(" 262 "));
    EXPECT_TRUE(line.ends_with(" 263")) << line;
  }
  EXPECT_GT(samples.size(), 5u);
  // Symbols do not change the draws of the text before them.
  CM_ASSERT_OK_AND_ASSIGN(const std::string plain,
                          Lines({}, "{\"text\": \"the ab\"}\n{\"text\": \"the ab\"}\n"));
  EXPECT_TRUE(lines.starts_with(plain.substr(0, plain.find('\n')) + " 262 ")) << lines << plain;
}

TEST_F(SymbolsTest, AreFoundInLongDocumentsForAnyBatches) {
  std::string text;
  for (int i = 0; text.size() < 500'000; ++i) {
    text += "the ab<|im_end|>\n\n<tool>e\u0301" + std::to_string(i) + "=\n=\n<eos>\n";
  }
  std::string input = "{\"text\": ";
  AppendJsonString(text, &input);
  input += "}\n";
  options_.match_symbols = true;
  for (const bool crossing : {false, true}) {
    crossing_ = crossing;
    tokenizer_ = TinyTokenizer();
    SetUp();
    EXPECT_NE(tokenizer_.CutsAtLines(true), crossing);
    std::vector<uint32_t> ids;
    EncodeScratch scratch;
    tokenizer_.EncodeWithSymbols(text, &ids, &scratch);
    EXPECT_EQ(std::count(ids.begin(), ids.end(), 264u) > 0, crossing);
    std::string expected;
    for (const uint32_t id : ids) expected += (expected.empty() ? "" : " ") + std::to_string(id);
    EXPECT_TRUE(*Lines({}, input, {.memory_limit_bytes = 40 << 20, .threads = 1}) ==
                expected + "\n");
    CM_ASSERT_OK_AND_ASSIGN(
        const std::string offsets,
        Lines({.offsets = true}, input, {.memory_limit_bytes = 1 << 30, .threads = 2}));
    CM_ASSERT_OK_AND_ASSIGN(
        const std::string other,
        Lines({.offsets = true}, input, {.memory_limit_bytes = 128 << 20, .threads = 1}));
    EXPECT_TRUE(offsets == other);
  }
}

TEST_F(SymbolsTest, AWarningCountsUnmatchedNames) {
  Warnings warnings;
  const ContextOptions context{.threads = 1, .reporter = &warnings};
  const std::string text = "<|im_end|>ab<|im_end|>\n<|im_end|x <tool>\n<eos>\n<tool><tool><tool>\n";
  CM_ASSERT_OK(Lines({}, text, context).status());
  EXPECT_THAT(warnings.all,
              ElementsAre("7 names of symbols in the text were encoded as ordinary text (<tool> 4 "
                          "times, <|im_end|> 2 times, <eos> once); --match-symbols encodes them as "
                          "the symbols"));
  warnings.all.clear();
  options_.match_symbols = true;
  CM_ASSERT_OK(Lines({}, text, context).status());
  options_.match_symbols = false;
  CM_ASSERT_OK(Lines({}, "plain < text |im_end|> <too l>\n", context).status());
  EXPECT_THAT(warnings.all, ElementsAre());
  CM_ASSERT_OK(Lines({}, "one <pad>\n", context).status());
  EXPECT_THAT(warnings.all,
              ElementsAre(HasSubstr("1 name of a symbol in the text was encoded as")));
}

TEST_F(EncodeTest, ReportsTotalsPerInput) {
  Context context({.threads = 2});
  const std::unique_ptr<IdWriter> writer = MakeNullWriter();
  CM_ASSERT_OK(EncodeTo(*writer,
                        {folder_.Write("x", "ab\n\nthe \n"), folder_.Write("y", ""),
                         folder_.Write("z", "{\"text\": \"abx\"}\n")},
                        context));
  ASSERT_EQ(report_.totals.size(), 3u);
  EXPECT_EQ(report_.totals[0].documents, 3u);
  EXPECT_EQ(report_.totals[0].text_bytes, 6u);
  EXPECT_EQ(report_.totals[0].tokens, 2u);
  EXPECT_EQ(report_.totals[1].documents, 0u);
  EXPECT_EQ(report_.totals[2].tokens, 2u);
  EXPECT_EQ(report_.tokens, 4u);
}

/// Documents of all sizes; two are larger than many batches.
std::string ManyDocuments() {
  TestRandom random(3);
  std::string input;
  for (int i = 0; i < 300; ++i) {
    const uint64_t size = i == 100 || i == 250 ? 400'000 : random.Below(3000);
    input += "{\"id\": " + std::to_string(i) + ", \"text\": ";
    AppendJsonString(DropInvalidUtf8(RandomText(size, static_cast<uint64_t>(i))) + "e\u0301 the ab",
                     &input);
    input += "}\n";
  }
  return input;
}

// Tries batches of 64 KiB and of 256 KiB, several at a time, or each document alone.
TEST_F(EncodeTest, BytesDependNeitherOnBatchesNorOnThreads) {
  const std::string input = ManyDocuments();
  options_.add_bos = options_.add_eos = true;
  const ContextOptions small{.memory_limit_bytes = 40 << 20, .threads = 1};
  const ContextOptions large{.memory_limit_bytes = 1 << 30, .threads = 2};
  for (const IdWriterOptions& format :
       {IdWriterOptions{}, IdWriterOptions{.offsets = true},
        IdWriterOptions{.format = &kPiecesFormat}, IdWriterOptions{.format = &kJsonlFormat},
        IdWriterOptions{.format = &kJsonlFormat, .offsets = true, .pieces = true}}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string expected, Lines(format, input, small));
    CM_ASSERT_OK_AND_ASSIGN(const std::string other, Lines(format, input, large));
    EXPECT_TRUE(expected == other) << format.format->name;
    options_.flush = true;
    CM_ASSERT_OK_AND_ASSIGN(const std::string flushed, Lines(format, input, small));
    EXPECT_TRUE(expected == flushed) << format.format->name;
    options_.flush = false;
  }
  for (const IdFormat* const format : {&kNpyFormat, &kMegatronFormat}) {
    const std::string suffix = format == &kNpyFormat ? ".npy" : "";
    CM_ASSERT_OK(Pair({.format = format}, "one" + suffix, input, {}, small));
    CM_ASSERT_OK(Pair({.format = format}, "two" + suffix, input, {}, large));
  }
  for (const char* name : {".npy", ".offsets.npy", ".bin", ".idx"}) {
    EXPECT_TRUE(ReadFile(folder_ / ("one" + std::string(name))) ==
                ReadFile(folder_ / ("two" + std::string(name))))
        << name;
  }
}

// Offsets count from the start of the document, not of the part.
TEST_F(EncodeTest, OffsetsOfALongDocumentContinueAcrossParts) {
  std::string text = "e\u0301\n";
  while (text.size() < 300'000) text += "the ab e\u0301\nx\n\n";
  options_.documents.record.format = RecordFormat::kWhole;
  CM_ASSERT_OK_AND_ASSIGN(
      const std::string line,
      Lines({.offsets = true}, text, {.memory_limit_bytes = 16 << 20, .threads = 1}));
  std::vector<uint32_t> ids;
  std::vector<TokenSpan> spans;
  EncodeScratch scratch;
  tokenizer_.EncodeWithOffsets(text, &ids, &spans, &scratch);
  std::string expected;
  for (size_t i = 0; i < ids.size(); ++i) {
    expected += (i > 0 ? " " : "") + std::to_string(ids[i]) + ":" + std::to_string(spans[i].begin) +
                "-" + std::to_string(spans[i].end);
  }
  EXPECT_TRUE(line == expected + "\n");
}

// A document must not be cut inside a token that crosses lines.
TEST_F(EncodeTest, ADocumentIsNotCutWhereTokensCrossLines) {
  std::vector<Vocabulary::Entry> entries;
  for (int byte = 0; byte < 256; ++byte) {
    entries.push_back({std::string(1, static_cast<char>(byte)), Vocabulary::Type::kPiece, -9});
  }
  CM_ASSERT_OK_AND_ASSIGN(
      Vocabulary vocabulary,
      Vocabulary::FromEntries(entries, {},
                              {.normalization = Normalization::kNone, .cut_at_newlines = false}));
  CM_ASSERT_OK_AND_ASSIGN(tokenizer_, Tokenizer::Create(std::move(vocabulary)));
  options_.documents.record.format = RecordFormat::kWhole;
  std::string text;
  while (text.size() < 500'000) text += "a line\n";
  // 8 MB do not fit in one batch; they would fit if cut at lines.
  EXPECT_THAT(Lines({}, text, {.memory_limit_bytes = 16 << 20, .threads = 1}), IsOk());
  while (text.size() < 5'000'000) text += "a line\n";
  EXPECT_THAT(Lines({}, text, {.memory_limit_bytes = 16 << 20, .threads = 1}),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("--memory")));
}

}  // namespace
}  // namespace corpusmill
