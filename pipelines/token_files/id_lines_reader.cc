#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/records/records.h"
#include "corpus/text/json.h"
#include "corpus/text/json_fields.h"
#include "pipelines/token_files/id_reader.h"
#include "pipelines/token_files/npy.h"
#include "pipelines/token_files/piece_escapes.h"

namespace corpusmill {
namespace {

// Lines up to this size are taken apart within the constant part of the memory promise.
constexpr size_t kUnchargedBytes = 64 << 10;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// The next word of a line, empty at its end.
std::string_view TakeWord(std::string_view* line) {
  while (!line->empty() && IsBlank(line->front())) line->remove_prefix(1);
  size_t size = 0;
  while (size < line->size() && !IsBlank((*line)[size])) ++size;
  const std::string_view word = line->substr(0, size);
  line->remove_prefix(size);
  return word;
}

/// "12" and "12:0-4".
absl::Status ParseIds(std::string_view line, std::vector<uint32_t>* ids) {
  for (std::string_view word = TakeWord(&line); !word.empty(); word = TakeWord(&line)) {
    const char* const end = word.data() + word.size();
    uint32_t id;
    auto [at, error] = std::from_chars(word.data(), end, id);
    bool good = error == std::errc();
    for (const char mark : {':', '-'}) {
      if (!good || (mark == ':' && at == end)) break;
      uint64_t offset;
      good = at < end && *at == mark;
      if (!good) break;
      const auto parsed = std::from_chars(at + 1, end, offset);
      good = parsed.ec == std::errc();
      at = parsed.ptr;
      if (mark == '-') good = good && at == end;
    }
    if (!good) return DataError(absl::StrFormat("'%s' is not an id", word));
    ids->push_back(id);
  }
  return absl::OkStatus();
}

/// The names of symbols that stand for no bytes of their own, with what they are decoded to.
using SymbolMap = std::unordered_map<std::string, std::string>;

SymbolMap SymbolsOf(const Vocabulary& vocabulary) {
  SymbolMap symbols;
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type != Vocabulary::Type::kControl && entry.type != Vocabulary::Type::kUnknown) {
      continue;
    }
    std::string name;
    AppendEscapedPiece(entry, EscapeSpaces::kYes, &name);
    symbols[name] = std::string(vocabulary.DecodedBytes(id));
  }
  return symbols;
}

class LinesReader final : public IdReader {
 public:
  LinesReader(std::unique_ptr<RecordReader> reader, IdFormat format, const Vocabulary& vocabulary,
              Context& context)
      : reader_(std::move(reader)),
        format_(format),
        lease_(context.memory().EmptyLease()),
        symbols_(format == IdFormat::kPieces ? SymbolsOf(vocabulary) : SymbolMap()) {}

  absl::StatusOr<bool> Next(StoredDocument* document) override {
    while (true) {
      Record record;
      CM_ASSIGN_OR_RETURN(const bool more, reader_->Next(&record));
      if (!more) return false;
      line_ = record.index + 1;
      if (format_ == IdFormat::kJsonl &&
          std::all_of(record.bytes.begin(), record.bytes.end(), IsBlank)) {
        continue;  // As everywhere in JSONL.
      }
      if (line_ == 1 && record.bytes.starts_with(kNpyMagic)) {
        return DataError(absl::StrFormat(
            "%s: is an npy file in a pipe or compressed; try it as a plain file, with its offsets "
            "beside it",
            reader_->name()));
      }
      document->ids.clear();
      document->bytes.clear();
      document->tokens = 0;
      CM_RETURN_IF_ERROR(Annotate(Charge(record.bytes), Where()));
      switch (format_) {
        case IdFormat::kPieces:
          CM_RETURN_IF_ERROR(Annotate(ParsePieces(record.bytes, document), Where()));
          return true;
        case IdFormat::kJsonl:
          CM_RETURN_IF_ERROR(ParseJson(record.bytes, document));
          break;
        default:
          CM_RETURN_IF_ERROR(Annotate(ParseIds(record.bytes, &document->ids), Where()));
      }
      document->tokens = document->ids.size();
      return true;
    }
  }
  std::string Where() const override { return absl::StrFormat("%s:%d", reader_->name(), line_); }

 private:
  absl::Status Charge(std::string_view line) {
    if (line.size() <= kUnchargedBytes) return absl::OkStatus();
    // An id takes two bytes of the line at least, and its vector grows by copying.
    const uint64_t bytes = format_ == IdFormat::kJsonl
                               ? JsonObjectParser::MemoryBytes(line) + 8 * line.size()
                               : 4 * line.size();
    return bytes > lease_.bytes() ? lease_.Resize(bytes, "a long line of ids") : absl::OkStatus();
  }

  absl::Status ParsePieces(std::string_view line, StoredDocument* document) const {
    for (std::string_view piece = TakeWord(&line); !piece.empty(); piece = TakeWord(&line)) {
      ++document->tokens;
      if (!piece.starts_with("\\@")) {
        CM_RETURN_IF_ERROR(AppendUnescaped(piece, &document->bytes));
        continue;
      }
      const auto symbol = symbols_.find(std::string(piece));
      if (symbol == symbols_.end()) {
        return DataError(absl::StrFormat("'%s' is no symbol of the vocabulary", piece));
      }
      document->bytes += symbol->second;
    }
    return absl::OkStatus();
  }

  absl::Status ParseJson(std::string_view line, StoredDocument* document) {
    CM_ASSIGN_OR_RETURN(const JsonFields fields, JsonFields::Parse(parser_, line, Where()));
    for (const JsonFields::Member& member : fields.members()) {
      if (member.key != "ids") continue;
      simdjson::dom::array ids;
      if (member.value.get(ids) != simdjson::SUCCESS) break;
      for (const simdjson::dom::element element : ids) {
        uint64_t id;
        if (element.get(id) != simdjson::SUCCESS || id > UINT32_MAX) {
          return DataError(absl::StrFormat("%s: number %d of \"ids\" is not an id", Where(),
                                           document->ids.size() + 1));
        }
        document->ids.push_back(static_cast<uint32_t>(id));
      }
      return absl::OkStatus();
    }
    return DataError(absl::StrFormat("%s: the object has no array \"ids\"", Where()));
  }

  const std::unique_ptr<RecordReader> reader_;
  const IdFormat format_;
  MemoryLease lease_;
  const SymbolMap symbols_;
  simdjson::dom::parser parser_;
  uint64_t line_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<IdReader>> OpenIdLines(const InputFile& input,
                                                      std::optional<IdFormat> format,
                                                      const Vocabulary& vocabulary,
                                                      Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> stream, OpenInput(input, context));
  RecordOptions options;
  if (format.has_value()) {
    options.format = *format == IdFormat::kJsonl ? RecordFormat::kJsonl : RecordFormat::kLines;
  }
  CM_ASSIGN_OR_RETURN(std::unique_ptr<RecordReader> reader,
                      RecordReader::Open(std::move(stream), options, context));
  if (!format.has_value()) {
    format = reader->format() == RecordFormat::kJsonl ? IdFormat::kJsonl : IdFormat::kIds;
  }
  return std::make_unique<LinesReader>(std::move(reader), *format, vocabulary, context);
}

}  // namespace corpusmill
