#include "pipelines/encode/decode.h"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/corpus/io/streams.h"
#include "tests/pipelines/encode/encode_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kUsage = absl::StatusCode::kInvalidArgument;

class DecodeTest : public EncodeTest {
 protected:
  absl::StatusOr<std::string> DecodedText(std::string_view stored,
                                          const IdFormat* format = nullptr) {
    return Decoded(folder_.Write("stored", stored), format);
  }
  static std::string Npy(const std::string& descr, size_t count, const std::string& data) {
    std::string dict = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" +
                       std::to_string(count) + ",), }";
    dict.resize(117, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dict + "\n" + data;
  }
};

// Without normalisation, every format is lossless for any bytes.
TEST_F(DecodeTest, DecodingRestoresTheTextInEveryFormat) {
  tokenizer_ = TinyTokenizer(Normalization::kNone);
  std::string lines;
  for (uint64_t i = 0; i < 300; ++i) {
    std::string line = i % 3 == 0 ? RandomBytes(i * 7, i) : "the ab \t" + RandomText(i * 5, i);
    for (char& c : line) c = c == '\n' ? '\\' : c;
    lines += line + "\n";
  }
  options_.documents.record.format = RecordFormat::kLines;
  std::string raw = lines;
  std::erase(raw, '\n');
  for (const bool symbols : {false, true}) {
    options_.add_bos = options_.add_eos = symbols;
    for (const IdWriterOptions& format :
         {IdWriterOptions{}, IdWriterOptions{.offsets = true},
          IdWriterOptions{.format = &kPiecesFormat}, IdWriterOptions{.format = &kJsonlFormat},
          IdWriterOptions{.format = &kJsonlFormat, .offsets = true, .pieces = true}}) {
      CM_ASSERT_OK_AND_ASSIGN(const std::string stored, Lines(format, lines));
      const IdFormat* const named = format.format == &kPiecesFormat ? format.format : nullptr;
      CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                              Decoded(folder_.Write("stored", stored), named, DecodeFormat::kRaw));
      EXPECT_TRUE(decoded == raw) << format.format->name;
    }
    const OutputOptions force{.overwrite = true};
    for (const ElementType type : {ElementType::kU16, ElementType::kU32}) {
      CM_ASSERT_OK(Pair({.format = &kNpyFormat, .type = type}, "a.npy", lines, force));
      CM_ASSERT_OK(Pair({.format = &kMegatronFormat, .type = type}, "m", lines, force));
      for (const char* name : {"a.npy", "m.idx", "m.bin"}) {
        CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                                Decoded(folder_ / name, nullptr, DecodeFormat::kRaw));
        EXPECT_TRUE(decoded == raw) << name;
      }
    }
  }
}

TEST_F(DecodeTest, KeepsTheNamesOfControlSymbolsOnRequest) {
  options_.add_bos = options_.add_eos = true;
  const std::string text = "ab\n\nthe \n";
  const auto decoded = [&](const std::string& path, const IdFormat* format,
                           ControlSymbols control_symbols) -> absl::StatusOr<std::string> {
    Context context({.threads = 1});
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs({path}));
    std::string out;
    const std::unique_ptr<ByteSink> sink = StringSink(&out, "out");
    CM_RETURN_IF_ERROR(DecodeDocuments(inputs,
                                       {.input_format = format, .control_symbols = control_symbols},
                                       tokenizer_, *sink, context)
                           .status());
    return out;
  };
  for (const IdWriterOptions& options :
       {IdWriterOptions{}, IdWriterOptions{.format = &kPiecesFormat},
        IdWriterOptions{.format = &kJsonlFormat}}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string stored, Lines(options, text));
    const std::string path = folder_.Write("stored", stored);
    EXPECT_EQ(*decoded(path, options.format, ControlSymbols::kKeep),
              "<bos>ab<eos>\n<bos><eos>\n<bos>the <eos>\n")
        << options.format->name;
    EXPECT_EQ(*decoded(path, options.format, ControlSymbols::kDrop), text) << options.format->name;
  }
  // What is kept is found again.
  options_ = {.match_symbols = true};
  EXPECT_EQ(*Lines({}, "<bos>ab<eos>\n"), "1 260 2\n");
}

TEST_F(DecodeTest, KeepsDocumentBoundaries) {
  const std::string text = "ab\n\n{x\nthe \n";
  const std::string expected = "ab\n\n{\"text\": \"{x\"}\nthe \n";
  CM_ASSERT_OK(Pair({.format = &kNpyFormat}, "a.npy", text));
  EXPECT_EQ(*Decoded(folder_ / "a.npy"), expected);
  CM_ASSERT_OK(Pair({.format = &kMegatronFormat}, "m", text));
  EXPECT_EQ(*Decoded(folder_ / "m.idx"), expected);
  EXPECT_EQ(*DecodedText(*Lines({.format = &kJsonlFormat}, text)), expected);
  EXPECT_EQ(*DecodedText(*Lines({.format = &kPiecesFormat}, text), &kPiecesFormat), expected);
}

TEST_F(DecodeTest, LinesOfIds) {
  EXPECT_EQ(*DecodedText("260 100\r\n\n\t1 260:0-2  2 \n"), "aba\n\nab\n");
  for (const char* bad : {"260 x", "260x", "-1", "4294967296", "260:", "260:1", "260:1-",
                          "260:1-2x", "260-2", "260:-2", "1,2", ":1-2"}) {
    EXPECT_THAT(DecodedText("1\n" + std::string(bad) + "\n"),
                Fails(kDataLoss, testing::AllOf(HasSubstr("stored:2: "), HasSubstr("not an id"))))
        << bad;
  }
  EXPECT_THAT(DecodedText("1\n2 262\n"),
              Fails(kDataLoss, HasSubstr("stored:2: id 262 at position 1")));
}

TEST_F(DecodeTest, JsonlOfIds) {
  EXPECT_EQ(*DecodedText("{\"x\": [1], \"ids\": [260, 100]}\n\n{\"ids\": []}\n"), "aba\n\n");
  EXPECT_THAT(DecodedText("{\"ids\": [1]}\n{\"id\": [1]}\n"),
              Fails(kDataLoss, HasSubstr("stored:2: the object has no array \"ids\"")));
  EXPECT_THAT(DecodedText("{\"ids\": 7}\n"), Fails(kDataLoss, HasSubstr("no array \"ids\"")));
  for (const char* bad : {"-1", "1.5", "\"1\"", "4294967296", "null"}) {
    EXPECT_THAT(DecodedText("{\"ids\": [260, " + std::string(bad) + "]}\n"),
                Fails(kDataLoss, HasSubstr("stored:1: number 2 of \"ids\" is not an id")))
        << bad;
  }
  EXPECT_THAT(DecodedText("{\"ids\": [1}\n"),
              Fails(kDataLoss, HasSubstr("stored:1: not valid JSON")));
}

TEST_F(DecodeTest, Pieces) {
  EXPECT_EQ(*DecodedText("the\\s ab \\xe4\\xb8\\xad \\@<eos>\n\\@<bos>\n", &kPiecesFormat),
            "the ab\u4e2d\n\n");
  EXPECT_THAT(DecodedText("ab\nab \\q\n", &kPiecesFormat),
              Fails(kDataLoss, HasSubstr("stored:2: '\\q' is not an escape")));
  EXPECT_THAT(
      DecodedText("\\@<mask>\n", &kPiecesFormat),
      Fails(kDataLoss, HasSubstr("stored:1: '\\@<mask>' is not a symbol of the vocabulary")));
}

TEST_F(DecodeTest, ErrorNamesADamagedNpyFile) {
  const std::string ids = folder_.Write("a.npy", Npy("<u2", 3, Le<uint16_t>({260, 100, 261})));
  EXPECT_THAT(Decoded(ids),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("a.offsets.npy: cannot open")));
  const auto with_offsets = [&](const std::vector<int64_t>& offsets) {
    folder_.Write("a.offsets.npy", Npy("<i8", offsets.size(), Le<int64_t>(offsets)));
    return Decoded(ids);
  };
  EXPECT_EQ(*with_offsets({0, 2, 3}), "aba\nthe \n");
  for (const std::vector<int64_t>& bad : std::vector<std::vector<int64_t>>{
           {0, 2}, {0, 4}, {1, 3}, {0, 2, 1, 3}, {0, -1, 3}, {0, INT64_MAX, 3}}) {
    EXPECT_THAT(with_offsets(bad), Fails(kDataLoss, HasSubstr("a.offsets.npy: document ")));
  }
  EXPECT_THAT(with_offsets({}), Fails(kDataLoss, HasSubstr("has no offsets for the 3 ids")));
  EXPECT_THAT(with_offsets({0}), Fails(kDataLoss, HasSubstr("has no offsets for the 3 ids")));
  folder_.Write("a.npy", Npy("<i4", 1, Le<int32_t>({-5})));
  EXPECT_THAT(with_offsets({0, 1}), Fails(kDataLoss, HasSubstr("a.npy: number 0 of the array")));
  folder_.Write("a.npy", Npy("<u2", 2, Le<uint16_t>({1, 999})));
  EXPECT_THAT(with_offsets({0, 1, 2}),
              Fails(kDataLoss, HasSubstr("a.npy: document 2: id 999 at position 0")));
  folder_.Write("a.npy", Npy("<u2", 2, "x"));
  EXPECT_THAT(with_offsets({0, 2}), Fails(kDataLoss, HasSubstr("a.npy: its header promises 2")));
}

TEST_F(DecodeTest, ErrorNamesADamagedMegatronFile) {
  CM_ASSERT_OK(Pair({.format = &kMegatronFormat}, "m", "ab\nthe a\n"));
  folder_.Write("m.bin", ReadFile(folder_ / "m.bin").substr(0, 4));
  EXPECT_THAT(Decoded(folder_ / "m.idx"),
              Fails(kDataLoss, HasSubstr("m.idx: sequence 2 is 2 ids from byte 2 on")));
  folder_.Write("m.idx", ReadFile(folder_ / "m.idx") + "xyz");
  EXPECT_THAT(Decoded(folder_ / "m.bin"), Fails(kDataLoss, HasSubstr("m.idx: has 3 bytes after")));
}

// A file of a few bytes that requires more memory than the budget.
TEST_F(DecodeTest, ManySequencesOfTheSameIdsStayWithinTheBudget) {
  const uint64_t sequences = 2000;
  folder_.Write("m.bin", Le<uint16_t>(std::vector<uint16_t>(100'000, 100)));
  std::string idx = std::string("MMIDIDX\0\0", 9) + Le<uint64_t>({1}) + "\x08" +
                    Le<uint64_t>({sequences, 2}) +
                    Le<int32_t>(std::vector<int32_t>(sequences, 100'000)) +
                    Le<int64_t>(std::vector<int64_t>(sequences, 0)) +
                    Le<int64_t>({0, static_cast<int64_t>(sequences)});
  EXPECT_THAT(Decoded(folder_.Write("m.idx", idx), nullptr, DecodeFormat::kRaw, 16 << 20),
              Fails(absl::StatusCode::kResourceExhausted,
                    testing::AllOf(HasSubstr("m.idx: document 1: the ids of a document"),
                                   HasSubstr("--memory"))));
}

TEST_F(DecodeTest, ReadsAPairOnceUnderAnyName) {
  CM_ASSERT_OK(CreateFolders(folder_ / "out"));
  CM_ASSERT_OK(Pair({.format = &kNpyFormat}, "out/a.npy", "ab\n"));
  CM_ASSERT_OK(Pair({.format = &kMegatronFormat}, "out/m", "the \n"));
  EXPECT_EQ(*Decoded(folder_ / "out"), "ab\nthe \n");
  EXPECT_THAT(Decoded(folder_ / "out/a.offsets.npy"), Fails(kUsage, HasSubstr("a.npy")));
}

}  // namespace
}  // namespace corpusmill
