// The format "pieces": one line of pieces per document, escaped by piece_escapes.h.

#include <string>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/line_format.h"
#include "pipelines/token_files/piece_escapes.h"

namespace corpusmill {
namespace {

class PiecesWriter final : public LineIdWriter {
 public:
  PiecesWriter(const Vocabulary& vocabulary, std::unique_ptr<ByteSink> sink)
      : LineIdWriter({.memory_per_text_byte = kEncodingMemory + kPieceMemory}, std::move(sink)),
        vocabulary_(vocabulary) {}

 private:
  void Append(const EncodedPart& part, RenderedIds* rendered) const override {
    bool within_line = !part.first;
    for (const uint32_t id : part.ids) {
      if (std::exchange(within_line, true)) rendered->bytes.push_back(' ');
      AppendEscapedPiece(vocabulary_[id], EscapeSpaces::kYes, &rendered->bytes);
    }
    if (part.last) rendered->bytes.push_back('\n');
  }

  const Vocabulary& vocabulary_;
};

/// Maps the escaped names of symbols without bytes to what they decode to.
using SymbolMap = std::unordered_map<std::string, std::string>;

SymbolMap SymbolsOf(const Vocabulary& vocabulary, ControlSymbols control_symbols) {
  const bool keep = control_symbols == ControlSymbols::kKeep;
  SymbolMap symbols;
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type != Vocabulary::Type::kControl && entry.type != Vocabulary::Type::kUnknown) {
      continue;
    }
    std::string name;
    AppendEscapedPiece(entry, EscapeSpaces::kYes, &name);
    symbols[name] = std::string(keep ? vocabulary.SpelledBytes(id) : vocabulary.DecodedBytes(id));
  }
  return symbols;
}

/// Reads a document as the bytes of its pieces. Pieces need not be in the vocabulary.
class PiecesReader final : public LineIdReader {
 public:
  PiecesReader(const IdReaderOptions& options, std::unique_ptr<RecordReader> lines,
               const Vocabulary& vocabulary, Context& context)
      : LineIdReader(std::move(lines), context),
        symbols_(SymbolsOf(vocabulary, options.control_symbols)) {}

 private:
  absl::Status Parse(std::string_view line, StoredDocument* document) override {
    for (std::string_view piece = TakeWord(&line); !piece.empty(); piece = TakeWord(&line)) {
      ++document->tokens;
      if (!piece.starts_with("\\@")) {
        const absl::Status status = AppendUnescaped(piece, &document->bytes);
        if (!status.ok()) return Annotate(status, Where());
        continue;
      }
      const auto symbol = symbols_.find(std::string(piece));
      if (symbol == symbols_.end()) {
        return DataError(
            absl::StrFormat("%s: '%s' is not a symbol of the vocabulary", Where(), piece));
      }
      document->bytes += symbol->second;
    }
    return absl::OkStatus();
  }

  const SymbolMap symbols_;
};

absl::StatusOr<std::unique_ptr<IdWriter>> OpenWriter(const IdWriterOptions&,
                                                     const Vocabulary& vocabulary,
                                                     std::unique_ptr<ByteSink> sink, Context&) {
  return std::make_unique<PiecesWriter>(vocabulary, std::move(sink));
}

absl::StatusOr<std::unique_ptr<IdReader>> OpenReader(const IdReaderOptions& options,
                                                     std::unique_ptr<RecordReader> lines,
                                                     const Vocabulary& vocabulary,
                                                     Context& context) {
  return std::make_unique<PiecesReader>(options, std::move(lines), vocabulary, context);
}

}  // namespace

constinit const IdFormat kPiecesFormat = {
    .name = "pieces",
    .help = "a line of pieces, in which \\s is a space, \\n a newline, \\xHH a byte",
    .lines = {.records = RecordFormat::kLines,
              .found_by_content = false,  // Lines of pieces look like lines of ids.
              .open_writer = OpenWriter,
              .open_reader = OpenReader}};

}  // namespace corpusmill
