// A worked example: adds a format of encoded documents.
//
// "hex" writes one line of hexadecimal ids per document. In the tree, everything up to kHexFormat
// goes into the new file pipelines/token_files/hex_format.cc, and kHexFormat into the table in
// id_formats.h. Flags, help, messages and detection use the table.

#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/line_format.h"
#include "tests/pipelines/encode/encode_testing.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

class HexWriter final : public LineIdWriter {
 public:
  explicit HexWriter(std::unique_ptr<ByteSink> sink)
      : LineIdWriter({.memory_per_text_byte = kEncodingMemory + kIdMemory}, std::move(sink)) {}

 private:
  // Called on several threads; a long document has several parts.
  void Append(const EncodedPart& part, RenderedIds* rendered) const override {
    bool within_line = !part.first;
    for (const uint32_t id : part.ids) {
      if (std::exchange(within_line, true)) rendered->bytes += ' ';
      rendered->bytes += absl::StrFormat("%x", id);
    }
    if (part.last) rendered->bytes += '\n';
  }
};

class HexReader final : public LineIdReader {
 public:
  using LineIdReader::LineIdReader;

 private:
  absl::Status Parse(std::string_view line, StoredDocument* document) override {
    for (std::string_view word = TakeWord(&line); !word.empty(); word = TakeWord(&line)) {
      uint32_t id;
      const auto [end, error] = std::from_chars(word.begin(), word.end(), id, 16);
      if (error != std::errc() || end != word.end()) {
        return DataError(absl::StrFormat("%s: '%s' is not a hexadecimal id", Where(), word));
      }
      document->ids.push_back(id);
    }
    return absl::OkStatus();
  }
};

absl::StatusOr<std::unique_ptr<IdWriter>> OpenWriter(const IdWriterOptions&, const Vocabulary&,
                                                     std::unique_ptr<ByteSink> sink, Context&) {
  return std::make_unique<HexWriter>(std::move(sink));
}

absl::StatusOr<std::unique_ptr<IdReader>> OpenReader(const IdReaderOptions&,
                                                     std::unique_ptr<RecordReader> lines,
                                                     const Vocabulary&, Context& context) {
  return std::make_unique<HexReader>(std::move(lines), context);
}

constinit const IdFormat kHexFormat = {
    .name = "hex",
    .help = "a line of ids in hexadecimal",
    .lines = {.records = RecordFormat::kLines,
              .found_by_content = false,  // Hexadecimal lines look like decimal ids.
              .open_writer = OpenWriter,
              .open_reader = OpenReader}};

using testing::HasSubstr;

class ExampleFormatTest : public EncodeTest {};

TEST_F(ExampleFormatTest, EncodesAndDecodes) {
  CM_ASSERT_OK_AND_ASSIGN(const std::string lines, Lines({.format = &kHexFormat}, "ab\n\nthe a\n"));
  EXPECT_EQ(lines, "104\n\n105 64\n");
  const std::string path = folder_.Write("ids.hex", lines);
  EXPECT_EQ(*Decoded(path, &kHexFormat), "ab\n\nthe a\n");
}

TEST_F(ExampleFormatTest, NamesThePlaceOfDamage) {
  EXPECT_THAT(Decoded(folder_.Write("ids.hex", "104\n10x\n"), &kHexFormat),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("ids.hex:2: '10x' is not")));
}

TEST_F(ExampleFormatTest, RejectsUnsupportedOptions) {
  EXPECT_THAT(Lines({.format = &kHexFormat, .offsets = true}, "ab\n"),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("hex has no --offsets")));
}

}  // namespace
}  // namespace corpusmill
