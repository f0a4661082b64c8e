// Lines: ids, pieces, JSONL.

#include <algorithm>
#include <charconv>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/spool.h"
#include "corpus/text/json.h"
#include "pipelines/token_files/id_writer.h"
#include "pipelines/token_files/piece_escapes.h"

namespace corpusmill {
namespace {

// For each byte of text, at worst an id: what a text, its normalised form, the search and
// an id take, and what is rendered of it.
constexpr uint64_t kEncodingMemory = 10, kIdMemory = 6, kSpanMemory = 48, kPieceMemory = 24;

/// Appends numbers and marks to a string a block at a time: they are too short to be
/// appended one by one.
class TextAppender {
 public:
  explicit TextAppender(std::string* out) : out_(out) {}
  ~TextAppender() { out_->append(block_, size_); }
  TextAppender(const TextAppender&) = delete;
  TextAppender& operator=(const TextAppender&) = delete;

  void Add(char c) {
    MakeRoom();
    block_[size_++] = c;
  }
  void Add(uint64_t number) {
    MakeRoom();
    const auto [end, error] = std::to_chars(block_ + size_, block_ + sizeof(block_), number);
    size_ = static_cast<size_t>(end - block_);
  }

 private:
  void MakeRoom() {
    constexpr size_t kLongest = 20;
    if (size_ + kLongest <= sizeof(block_)) return;
    out_->append(block_, size_);
    size_ = 0;
  }

  std::string* const out_;
  size_t size_ = 0;
  char block_[1024];
};

class NullWriter final : public IdWriter {
 public:
  NullWriter() : IdWriter({.memory_per_text_byte = kEncodingMemory + kIdMemory}) {}
  absl::Status Write(const RenderedIds&) override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  void Append(const EncodedPiece&, RenderedIds*) const override {}
};

/// "12 7", with spans "12:0-4 7:4-5".
class IdsWriter final : public IdWriter {
 public:
  IdsWriter(bool spans, std::unique_ptr<ByteSink> sink)
      : IdWriter({.spans = spans,
                  .memory_per_text_byte = kEncodingMemory + kIdMemory + (spans ? kSpanMemory : 0)}),
        sink_(std::move(sink)) {}
  absl::Status Write(const RenderedIds& rendered) override { return sink_->Write(rendered.bytes); }
  absl::Status Close() override { return sink_->Close(); }

 private:
  void Append(const EncodedPiece& piece, RenderedIds* rendered) const override {
    TextAppender out(&rendered->bytes);
    bool within_line = !piece.first;
    for (size_t i = 0; i < piece.ids.size(); ++i) {
      if (std::exchange(within_line, true)) out.Add(' ');
      out.Add(uint64_t{piece.ids[i]});
      if (!needs().spans) continue;
      out.Add(':');
      out.Add(piece.spans[i].begin);
      out.Add('-');
      out.Add(piece.spans[i].end);
    }
    if (piece.last) out.Add('\n');
  }

  const std::unique_ptr<ByteSink> sink_;
};

class PiecesWriter final : public IdWriter {
 public:
  PiecesWriter(const Vocabulary& vocabulary, std::unique_ptr<ByteSink> sink)
      : IdWriter({.memory_per_text_byte = kEncodingMemory + kPieceMemory}),
        vocabulary_(vocabulary),
        sink_(std::move(sink)) {}
  absl::Status Write(const RenderedIds& rendered) override { return sink_->Write(rendered.bytes); }
  absl::Status Close() override { return sink_->Close(); }

 private:
  void Append(const EncodedPiece& piece, RenderedIds* rendered) const override {
    bool within_line = !piece.first;
    for (const uint32_t id : piece.ids) {
      if (std::exchange(within_line, true)) rendered->bytes.push_back(' ');
      AppendEscapedPiece(vocabulary_[id], EscapeSpaces::kYes, &rendered->bytes);
    }
    if (piece.last) rendered->bytes.push_back('\n');
  }

  const Vocabulary& vocabulary_;
  const std::unique_ptr<ByteSink> sink_;
};

/// {"id":"a","source":"s","ids":[12,7],"offsets":[[0,4],[4,5]],"pieces":["x","y"]}
class JsonlWriter final : public IdWriter {
 public:
  static absl::StatusOr<std::unique_ptr<IdWriter>> Create(const IdWriterOptions& options,
                                                          const Vocabulary& vocabulary,
                                                          std::unique_ptr<ByteSink> sink,
                                                          Context& context) {
    const std::string temp_dir = context.TempDirFor(sink->name());
    CM_ASSIGN_OR_RETURN(Spool spans, Spool::Create(temp_dir, context.memory()));
    CM_ASSIGN_OR_RETURN(Spool texts, Spool::Create(temp_dir, context.memory()));
    return std::unique_ptr<IdWriter>(
        new JsonlWriter(options, vocabulary, std::move(sink), std::move(spans), std::move(texts)));
  }

  absl::Status Write(const RenderedIds& rendered) override {
    const bool whole = rendered.spans.empty() && rendered.texts.empty() && columns_empty_;
    if (whole) return sink_->Write(rendered.bytes);
    const auto write = [this](std::string_view part) { return sink_->Write(part); };
    const std::string_view bytes = rendered.bytes;
    size_t written = 0;
    RenderedIds::Piece begin{};
    for (const RenderedIds::Piece& piece : rendered.pieces) {
      const auto spans = std::string_view(rendered.spans)
                             .substr(begin.spans_end, piece.spans_end - begin.spans_end);
      const auto texts = std::string_view(rendered.texts)
                             .substr(begin.texts_end, piece.texts_end - begin.texts_end);
      begin = piece;
      if (spans.empty() && texts.empty()) continue;
      CM_RETURN_IF_ERROR(spans_.Append(spans));
      CM_RETURN_IF_ERROR(texts_.Append(texts));
      columns_empty_ = piece.last;
      if (!piece.last) continue;
      CM_RETURN_IF_ERROR(sink_->Write(bytes.substr(written, piece.bytes_end - written)));
      written = piece.bytes_end;
      CM_RETURN_IF_ERROR(spans_.Drain(write));
      CM_RETURN_IF_ERROR(texts_.Drain(write));
      CM_RETURN_IF_ERROR(sink_->Write("}\n"));
    }
    return sink_->Write(bytes.substr(written));
  }

  absl::Status Close() override { return sink_->Close(); }

 private:
  JsonlWriter(const IdWriterOptions& options, const Vocabulary& vocabulary,
              std::unique_ptr<ByteSink> sink, Spool spans, Spool texts)
      : IdWriter({.names = true,
                  .spans = options.offsets,
                  .memory_per_text_byte = kEncodingMemory + kIdMemory +
                                          (options.offsets ? kSpanMemory : 0) +
                                          (options.pieces ? kPieceMemory : 0)}),
        pieces_(options.pieces),
        vocabulary_(vocabulary),
        sink_(std::move(sink)),
        spans_(std::move(spans)),
        texts_(std::move(texts)) {}

  void Append(const EncodedPiece& piece, RenderedIds* rendered) const override {
    std::string& out = rendered->bytes;
    if (piece.first) {
      out.push_back('{');
      AppendName("id", piece.id, &out);
      AppendName("source", piece.source, &out);
      out.append("\"ids\":[");
    }
    AppendIds(piece, &out);
    const bool whole = piece.first && piece.last;
    if (needs().spans) AppendSpans(piece, whole ? &out : &rendered->spans);
    if (pieces_) AppendPieces(piece, whole ? &out : &rendered->texts);
    // Otherwise Write does it.
    if (piece.last && (whole || !(needs().spans || pieces_))) out.append("}\n");
  }

  static void AppendName(std::string_view name, std::string_view value, std::string* out) {
    if (value.empty()) return;
    out->append("\"").append(name).append("\":");
    AppendJsonString(value, out);
    out->push_back(',');
  }

  static void AppendIds(const EncodedPiece& piece, std::string* bytes) {
    TextAppender out(bytes);
    bool within = !piece.first;
    for (const uint32_t id : piece.ids) {
      if (std::exchange(within, true)) out.Add(',');
      out.Add(uint64_t{id});
    }
    if (piece.last) out.Add(']');
  }

  static void AppendSpans(const EncodedPiece& piece, std::string* bytes) {
    if (piece.first) bytes->append(",\"offsets\":[");
    TextAppender out(bytes);
    bool within = !piece.first;
    for (const TokenSpan& span : piece.spans) {
      if (std::exchange(within, true)) out.Add(',');
      out.Add('[');
      out.Add(span.begin);
      out.Add(',');
      out.Add(span.end);
      out.Add(']');
    }
    if (piece.last) out.Add(']');
  }

  void AppendPieces(const EncodedPiece& piece, std::string* out) const {
    if (piece.first) out->append(",\"pieces\":[");
    bool within = !piece.first;
    std::string text;
    for (const uint32_t id : piece.ids) {
      if (std::exchange(within, true)) out->push_back(',');
      text.clear();
      AppendEscapedPiece(vocabulary_[id], EscapeSpaces::kNo, &text);
      AppendJsonString(text, out);
    }
    if (piece.last) out->push_back(']');
  }

  const bool pieces_;
  const Vocabulary& vocabulary_;
  const std::unique_ptr<ByteSink> sink_;
  // Of a document whose last piece has not come yet.
  Spool spans_;
  Spool texts_;
  bool columns_empty_ = true;  // Both spools.
};

}  // namespace

void IdWriter::Render(const EncodedPiece& piece, RenderedIds* rendered) const {
  Append(piece, rendered);
  rendered->pieces.push_back({.last = piece.last,
                              .ids = piece.ids.size(),
                              .bytes_end = rendered->bytes.size(),
                              .spans_end = rendered->spans.size(),
                              .texts_end = rendered->texts.size()});
}

absl::StatusOr<std::unique_ptr<IdWriter>> MakeLineWriter(const IdWriterOptions& options,
                                                         const Vocabulary& vocabulary,
                                                         std::unique_ptr<ByteSink> sink,
                                                         Context& context) {
  if (options.type.has_value()) {
    return UsageError("only npy and megatron have a type of ids; leave out --dtype");
  }
  if (options.pieces && options.format != IdFormat::kJsonl) {
    return UsageError("only jsonl has pieces beside the ids; try --format jsonl, or pieces");
  }
  switch (options.format) {
    case IdFormat::kPieces:
      if (options.offsets) {
        return UsageError("pieces have no offsets; try --format jsonl --pieces");
      }
      return std::make_unique<PiecesWriter>(vocabulary, std::move(sink));
    case IdFormat::kJsonl:
      return JsonlWriter::Create(options, vocabulary, std::move(sink), context);
    default:
      return std::make_unique<IdsWriter>(options.offsets, std::move(sink));
  }
}

std::unique_ptr<IdWriter> MakeNullWriter() { return std::make_unique<NullWriter>(); }

}  // namespace corpusmill
