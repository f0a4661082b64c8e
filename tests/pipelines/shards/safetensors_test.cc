#include "pipelines/shards/safetensors.h"

#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Returns a file with the given header and data, as another program could write it.
std::string FileOf(std::string_view header, std::string_view data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  bytes.append(header);
  bytes.append(data);
  return bytes;
}

absl::StatusOr<std::unique_ptr<SafetensorsReader>> OpenBytes(std::string_view bytes) {
  static Context context({.memory_limit_bytes = 16 << 20, .threads = 1});
  return SafetensorsReader::Open(StringRandomAccessFile(bytes, "f"), context);
}

TEST(Safetensors, ReadsBackWhatWasWritten) {
  TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<PatchableSink> sink, CreateFile(folder / "t", {}));
  CM_ASSERT_OK_AND_ASSIGN(
      auto writer, SafetensorsWriter::Create(std::move(sink), {{"format", "x\"\n"}, {"é", ""}}));
  CM_ASSERT_OK(writer->BeginTensor("ids", ElementType::kU16, {3}));
  CM_ASSERT_OK(writer->Append("abcdef"));
  CM_ASSERT_OK(writer->Append("ghijkl"));
  CM_ASSERT_OK(writer->EndTensor());
  CM_ASSERT_OK(writer->BeginTensor("none", ElementType::kI64, {}));
  CM_ASSERT_OK(writer->EndTensor());
  CM_ASSERT_OK(writer->BeginTensor("small", ElementType::kI32, {}));
  CM_ASSERT_OK(writer->Append("mnop"));
  CM_ASSERT_OK(writer->EndTensor());
  CM_ASSERT_OK(writer->Close());

  const std::string bytes = ReadFile(folder / "t");
  EXPECT_EQ(bytes.size(), 4096u + 16);
  EXPECT_EQ(bytes.substr(8, 1), "{");
  CM_ASSERT_OK_AND_ASSIGN(auto reader, OpenBytes(bytes));
  EXPECT_THAT(reader->metadata(), ElementsAre(Pair("format", "x\"\n"), Pair("é", "")));
  ASSERT_EQ(reader->tensors().size(), 3u);
  const TensorInfo* const ids = reader->Find("ids");
  ASSERT_NE(ids, nullptr);
  EXPECT_EQ(ids->type, ElementType::kU16);
  EXPECT_THAT(ids->shape, ElementsAre(2, 3));
  EXPECT_THAT(reader->Find("none")->shape, ElementsAre(0));
  EXPECT_THAT(reader->Find("small")->shape, ElementsAre(1));
  EXPECT_EQ(reader->Find("big"), nullptr);
  char buffer[4];
  CM_ASSERT_OK(reader->Read(*ids, 2, 4, buffer));
  EXPECT_EQ(std::string(buffer, 4), "cdef");
  CM_ASSERT_OK(reader->Read(*reader->Find("small"), 0, 4, buffer));
  EXPECT_EQ(std::string(buffer, 4), "mnop");
  EXPECT_THAT(reader->Read(*ids, 9, 4, buffer),
              Fails(absl::StatusCode::kOutOfRange, HasSubstr("ids")));
}

TEST(Safetensors, LeavesNoFileWithoutClose) {
  TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<PatchableSink> sink, CreateFile(folder / "t", {}));
  CM_ASSERT_OK_AND_ASSIGN(auto writer, SafetensorsWriter::Create(std::move(sink), {}));
  CM_ASSERT_OK(writer->BeginTensor("a", ElementType::kU8, {}));
  writer.reset();
  EXPECT_THAT(folder.List(), ElementsAre());
}

TEST(Safetensors, RejectsPartialRowsAndATooLongHeader) {
  TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<PatchableSink> sink, CreateFile(folder / "t", {}));
  CM_ASSERT_OK_AND_ASSIGN(
      auto writer, SafetensorsWriter::Create(std::move(sink), {{"k", std::string(5000, 'v')}}));
  CM_ASSERT_OK(writer->BeginTensor("a", ElementType::kU16, {2}));
  CM_ASSERT_OK(writer->Append("12345678ab"));
  EXPECT_THAT(writer->EndTensor(),
              Fails(absl::StatusCode::kFailedPrecondition, HasSubstr("rows of 4")));
  CM_ASSERT_OK(writer->Append("cd"));
  CM_ASSERT_OK(writer->EndTensor());
  EXPECT_THAT(writer->Close(), Fails(absl::StatusCode::kFailedPrecondition, HasSubstr("4088")));
  writer.reset();
  EXPECT_THAT(folder.List(), ElementsAre());
}

TEST(Safetensors, ReadsFilesOfOtherPrograms) {
  // No padding, tensors listed out of order, no metadata, unknown members.
  const std::string bytes = FileOf(R"({"b":{"dtype":"BF16","shape":[],"data_offsets":[3,5],"x":1},)"
                                   R"("a":{"dtype":"BOOL","shape":[1,3],"data_offsets":[0,3]}})",
                                   "12345");
  CM_ASSERT_OK_AND_ASSIGN(auto reader, OpenBytes(bytes));
  EXPECT_EQ(reader->tensors()[0].name, "a");
  EXPECT_EQ(reader->tensors()[1].type, ElementType::kBF16);
  CM_EXPECT_OK(OpenBytes(FileOf("{}", "")));
  CM_EXPECT_OK(OpenBytes(FileOf("{\"__metadata__\":{}}   ", "")));
}

TEST(Safetensors, ErrorsNameTheFaultOfAHeader) {
  const struct {
    std::string bytes;
    const char* message;
  } kCases[] = {
      {"", "0 bytes are too few"},
      {"1234567", "7 bytes are too few"},
      {std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8), "a header of 18446744073709551615"},
      {std::string("\x01\xE1\xF5\x05\0\0\0\0", 8), "the format allows 100000000"},
      {std::string("\x03\0\0\0\0\0\0\0{}", 10), "beyond the end of the file"},
      {FileOf("", ""), "does not begin with {"},
      {FileOf(" {}", ""), "does not begin with {"},
      {FileOf("{", ""), "not valid JSON"},
      {FileOf("{\"\xFF\":{}}", ""), "not valid JSON"},
      {FileOf("{} x", ""), "not valid JSON"},
      {FileOf(R"({"a":1})", ""), "a is not an object"},
      {FileOf(R"({"__metadata__":{"k":1}})", ""), "__metadata__.k is not a string"},
      {FileOf(R"({"__metadata__":{"k":"1","k":"2"}})", ""), "__metadata__.k appears twice"},
      {FileOf(R"({"__metadata__":{},"__metadata__":{}})", ""), "__metadata__ appears twice"},
      {FileOf(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", "1"), "a.dtype is missing"},
      {FileOf(R"({"a":{"dtype":"U7","shape":[1],"data_offsets":[0,1]}})", "1"), "U7 is unknown"},
      {FileOf(R"({"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}})", "1"), "not an array"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "1"), "a.shape holds"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", "1"), "a.shape holds"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "1"), "not two numbers"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", "1"), "wrong order"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})", "1"), "asks for 2 bytes"},
      // 2^32 · 2^32 elements are 0 modulo 2^64.
      {FileOf(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", ""),
       "too large"},
      {FileOf(R"({"a":{"dtype":"I64","shape":[2305843009213693952],"data_offsets":[0,0]}})", ""),
       "too large"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "12"),
       "begins at byte 1 of the data, the one before ends at 0"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
              R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
              "123"),
       "begins at byte 1 of the data, the one before ends at 2"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
              R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
              "123"),
       "begins at byte 2 of the data, the one before ends at 1"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
              R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
              "12"),
       "a appears twice"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", "12"), "truncated"},
      {FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "12"), "too long"},
  };
  for (const auto& test : kCases) {
    const auto reader = OpenBytes(test.bytes);
    ASSERT_FALSE(reader.ok()) << test.message;
    EXPECT_THAT(reader, Fails(absl::StatusCode::kDataLoss,
                              testing::AllOf(HasSubstr(test.message), testing::StartsWith("f: "))));
  }
}

TEST(Safetensors, TakesTheMemoryForAHugeHeaderFromTheBudget) {
  const std::string bytes = FileOf("{" + std::string(1 << 20, ' ') + "}", "");
  EXPECT_THAT(OpenBytes(bytes),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("safetensors header")));
}

}  // namespace
}  // namespace corpusmill
