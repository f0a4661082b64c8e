// The format "ids": one line of decimal ids per document; with offsets "12:0-4 7:4-5".

#include <charconv>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/line_format.h"

namespace corpusmill {
namespace {

class IdsWriter final : public LineIdWriter {
 public:
  IdsWriter(bool spans, std::unique_ptr<ByteSink> sink)
      : LineIdWriter(
            {.spans = spans,
             .memory_per_text_byte = kEncodingMemory + kIdMemory + (spans ? kSpanMemory : 0)},
            std::move(sink)) {}

 private:
  void Append(const EncodedPart& part, RenderedIds* rendered) const override {
    TextAppender out(&rendered->bytes);
    bool within_line = !part.first;
    for (size_t i = 0; i < part.ids.size(); ++i) {
      if (std::exchange(within_line, true)) out.Add(' ');
      out.Add(uint64_t{part.ids[i]});
      if (!needs().spans) continue;
      out.Add(':');
      out.Add(part.spans[i].begin);
      out.Add('-');
      out.Add(part.spans[i].end);
    }
    if (part.last) out.Add('\n');
  }
};

/// Parses "12" or "12:0-4". False for any other word.
bool ParseWord(std::string_view word, uint32_t* id) {
  const char* const end = word.data() + word.size();
  auto [at, error] = std::from_chars(word.data(), end, *id);
  if (error != std::errc()) return false;
  if (at == end) return true;
  for (const char mark : {':', '-'}) {
    uint64_t offset;
    if (at == end || *at != mark) return false;
    const auto parsed = std::from_chars(at + 1, end, offset);
    if (parsed.ec != std::errc()) return false;
    at = parsed.ptr;
  }
  return at == end;
}

class IdsReader final : public LineIdReader {
 public:
  using LineIdReader::LineIdReader;

 private:
  absl::Status Parse(std::string_view line, StoredDocument* document) override {
    for (std::string_view word = TakeWord(&line); !word.empty(); word = TakeWord(&line)) {
      uint32_t id;
      if (!ParseWord(word, &id)) {
        return DataError(absl::StrFormat("%s: '%s' is not an id", Where(), word));
      }
      document->ids.push_back(id);
    }
    return absl::OkStatus();
  }
};

absl::StatusOr<std::unique_ptr<IdWriter>> OpenWriter(const IdWriterOptions& options,
                                                     const Vocabulary&,
                                                     std::unique_ptr<ByteSink> sink, Context&) {
  return std::make_unique<IdsWriter>(options.offsets, std::move(sink));
}

absl::StatusOr<std::unique_ptr<IdReader>> OpenReader(const IdReaderOptions&,
                                                     std::unique_ptr<RecordReader> lines,
                                                     const Vocabulary&, Context& context) {
  return std::make_unique<IdsReader>(std::move(lines), context);
}

}  // namespace

constinit const IdFormat kIdsFormat = {
    .name = "ids",
    .help = "a line of ids with spaces between them; with --offsets ID:BEGIN-END",
    .takes_offsets = true,
    .lines = {.records = RecordFormat::kLines,
              .found_by_content = true,
              .open_writer = OpenWriter,
              .open_reader = OpenReader}};

}  // namespace corpusmill
