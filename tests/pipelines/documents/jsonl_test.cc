#include "pipelines/documents/jsonl.h"

#include <atomic>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class JsonlTest : public testing::Test {
 protected:
  JsonlTest() { options_.output_path = folder_ / "out.jsonl"; }

  absl::StatusOr<JsonlReport> Run(const std::vector<std::string>& paths,
                                  const ContextOptions& context_options = {.threads = 1}) {
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(paths));
    Context context(context_options);
    return ConvertToJsonl(inputs, options_, context);
  }
  /// Returns the output without the test's folder in ids and sources.
  std::string Output() const {
    std::string text = ReadFile(options_.output_path);
    const std::string prefix = folder_.path() + "/";
    for (size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }

  TestFolder folder_;
  JsonlOptions options_;
};

TEST_F(JsonlTest, WritesAFileAsOneDocument) {
  folder_.Write("in/b.txt", "two\nlines\r\n\t\"quoted\" \\ \x01");
  folder_.Write("in/zh/a.txt", "数据");
  CM_ASSERT_OK_AND_ASSIGN(const JsonlReport report, Run({folder_ / "in"}));
  EXPECT_EQ(Output(),
            "{\"id\":\"in/b.txt\",\"source\":\"in\",\"text\":\"two\\nlines\\r\\n\\t\\\"quoted\\\" "
            "\\\\ \\u0001\"}\n"
            "{\"id\":\"in/zh/a.txt\",\"source\":\"in/zh\",\"text\":\"数据\"}\n");
  EXPECT_EQ(report.documents, 2u);
  EXPECT_EQ(report.text_bytes, 30u);
  EXPECT_EQ(report.written_text_bytes, 30u);
  EXPECT_EQ(report.output_bytes, ReadFile(options_.output_path).size());
  EXPECT_EQ(report.inputs.size(), 2u);
}

TEST_F(JsonlTest, RecordIdsContainTheRecordNumber) {
  options_.documents.record.format = RecordFormat::kLines;
  CM_ASSERT_OK(Run({folder_.Write("in/a.txt", "one\n\nthree\n")}));
  EXPECT_EQ(Output(),
            "{\"id\":\"in/a.txt#0\",\"source\":\"in\",\"text\":\"one\"}\n"
            "{\"id\":\"in/a.txt#2\",\"source\":\"in\",\"text\":\"three\"}\n");
}

TEST_F(JsonlTest, ARecordKeepsItsIdAndSource) {
  options_.documents.record.format = RecordFormat::kAuto;
  const std::string path = folder_.Write("in.jsonl",
                                         "{\"text\":\"a\",\"id\":\"x\",\"source\":\"s\",\"n\":1}\n"
                                         "\n"
                                         "{\"text\":\"b\",\"id\":42}\n"
                                         "{\"text\":\"\",\"id\":43}\n");
  CM_ASSERT_OK_AND_ASSIGN(const JsonlReport report, Run({path}));
  std::string expected =
      "{\"id\":\"x\",\"source\":\"s\",\"text\":\"a\"}\n"
      "{\"id\":\"42\",\"source\":\"DIR\",\"text\":\"b\"}\n";
  expected.replace(expected.find("DIR"), 3, folder_.path());
  EXPECT_EQ(ReadFile(options_.output_path), expected);
  EXPECT_EQ(report.records, 4u);
  EXPECT_EQ(report.documents, 2u);
  EXPECT_EQ(report.blank_records, 1u);
  EXPECT_EQ(report.empty_documents, 1u);
}

TEST_F(JsonlTest, CountsDroppedRecords) {
  const std::vector<std::string> paths = {folder_.Write("a", ""), folder_.Write("b", "text"),
                                          folder_.Write("c", "bad \xFF byte")};
  options_.documents.on_bad_record.action = BadRecordAction::kSkip;
  CM_ASSERT_OK_AND_ASSIGN(const JsonlReport report, Run(paths));
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.documents, 1u);
  EXPECT_EQ(report.empty_documents, 1u);
  EXPECT_EQ(report.bad_records, 1u);
  EXPECT_EQ(report.bad_record_bytes, 10u);
}

TEST_F(JsonlTest, NamesFileAndByteOfInvalidUtf8) {
  const std::string path = folder_.Write("in.txt", "four\xC3");
  EXPECT_THAT(Run({path}),
              Fails(absl::StatusCode::kDataLoss, testing::AllOf(HasSubstr(path), HasSubstr("4"))));
  EXPECT_THAT(folder_.List(), ElementsAre("in.txt"));
  options_.documents.invalid_utf8 = InvalidUtf8::kReplace;
  CM_ASSERT_OK(Run({path}));
  EXPECT_THAT(Output(), HasSubstr("\"text\":\"four\uFFFD\"}"));
  options_.documents.invalid_utf8 = InvalidUtf8::kKeep;
  EXPECT_THAT(Run({path}), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("replace or fail")));
}

TEST_F(JsonlTest, NormalizesOnlyOnRequest) {
  const std::string path = folder_.Write("in.txt", "e\u0301 ①\n");
  CM_ASSERT_OK(Run({path}));
  EXPECT_THAT(Output(), HasSubstr("\"text\":\"e\u0301 ①\\n\""));
  options_.output.overwrite = true;
  options_.normalization = Normalization::kNfkc;
  CM_ASSERT_OK_AND_ASSIGN(const JsonlReport report, Run({path}));
  EXPECT_THAT(Output(), HasSubstr("\"text\":\"é 1\\n\""));
  EXPECT_EQ(report.text_bytes, 8u);
  EXPECT_EQ(report.written_text_bytes, 5u);
}

TEST_F(JsonlTest, WritesALongDocumentInParts) {
  std::string text;
  for (int i = 0; text.size() < 3 << 20; ++i) text += "line " + std::to_string(i) + " é数\n";
  const std::string path = folder_.Write("in.txt", text);
  CM_ASSERT_OK(Run({path}, {.memory_limit_bytes = 16 << 20, .threads = 1}));
  // Reads the output back with the reader of the other commands.
  Context context;
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({options_.output_path}));
  DocumentReader reader(inputs, {}, context);
  Document document;
  CM_ASSERT_OK_AND_ASSIGN(const bool more, reader.Next(&document));
  ASSERT_TRUE(more);
  EXPECT_TRUE(document.text == text);
  EXPECT_EQ(document.id, path);
}

TEST_F(JsonlTest, CompressesByNameOrOption) {
  const std::string path = folder_.Write("in.txt", "text");
  options_.output_path = folder_ / "out.jsonl.zst";
  CM_ASSERT_OK(Run({path}));
  EXPECT_EQ(DetectCodec(ReadFile(options_.output_path)), Codec::kZstd);
  options_.output_path = folder_ / "out.bin";
  options_.codec = Codec::kGzip;
  CM_ASSERT_OK(Run({path}));
  EXPECT_EQ(DetectCodec(ReadFile(options_.output_path)), Codec::kGzip);
}

TEST_F(JsonlTest, RefusesToOverwriteAndLeavesNothingWhenCancelled) {
  const std::string path = folder_.Write("in.txt", "text");
  folder_.Write("out.jsonl", "mine");
  EXPECT_THAT(Run({path}), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("--force")));
  options_.output.overwrite = true;
  const std::atomic<bool> cancelled = true;
  EXPECT_THAT(Run({path}, {.threads = 1, .cancelled = &cancelled}),
              Fails(absl::StatusCode::kCancelled, "interrupted"));
  EXPECT_EQ(ReadFile(options_.output_path), "mine");
  EXPECT_THAT(folder_.List(), ElementsAre("in.txt", "out.jsonl"));
}

}  // namespace
}  // namespace corpusmill
