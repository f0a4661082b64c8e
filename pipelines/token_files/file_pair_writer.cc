// Pairs of files: npy, Megatron. All ids in a row in the one, where documents begin in the other.

#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file_pair.h"
#include "corpus/io/spool.h"
#include "pipelines/token_files/id_writer.h"
#include "pipelines/token_files/megatron.h"
#include "pipelines/token_files/npy.h"

namespace corpusmill {
namespace {

// For each byte of text, at worst an id: the text, its normalised form, the search, the id
// and the id as it is stored.
constexpr uint64_t kMemoryPerTextByte = 16;
constexpr size_t kIndexBufferBytes = 64 << 10;

template <typename Number>
void AppendNarrow(std::span<const uint32_t> ids, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + ids.size() * sizeof(Number));
  char* to = out->data() + begin;
  for (const uint32_t id : ids) {
    const Number number = static_cast<Number>(id);
    std::memcpy(to, &number, sizeof(number));
    to += sizeof(number);
  }
}

/// What both formats have in common: the data, and the lengths of the documents.
class PairWriter : public IdWriter {
 public:
  absl::Status Write(const RenderedIds& rendered) final {
    CM_RETURN_IF_ERROR(pair_->data().Write(rendered.bytes));
    for (const RenderedIds::Piece& piece : rendered.pieces) {
      ids_ += piece.ids;
      if (!piece.last) continue;
      CM_RETURN_IF_ERROR(EndDocument(begin_, ids_));
      begin_ = ids_;
      ++documents_;
    }
    return absl::OkStatus();
  }

 protected:
  PairWriter(IdType type, std::unique_ptr<FilePair> pair)
      : IdWriter({.memory_per_text_byte = kMemoryPerTextByte}),
        type_(type),
        pair_(std::move(pair)) {}

  FilePair& pair() { return *pair_; }
  uint64_t ids() const { return ids_; }
  uint64_t documents() const { return documents_; }

  template <typename Number>
  absl::Status AppendToIndex(Number number) {
    index_buffer_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    return index_buffer_.size() < kIndexBufferBytes ? absl::OkStatus() : FlushIndex();
  }
  absl::Status FlushIndex() {
    CM_RETURN_IF_ERROR(pair_->index().Write(index_buffer_));
    index_buffer_.clear();
    return absl::OkStatus();
  }

 private:
  void Append(const EncodedPiece& piece, RenderedIds* rendered) const override {
    if (type_ == IdType::kU16) {
      AppendNarrow<uint16_t>(piece.ids, &rendered->bytes);
    } else {
      AppendNarrow<uint32_t>(piece.ids, &rendered->bytes);
    }
  }
  /// A document has the ids [begin, end).
  virtual absl::Status EndDocument(uint64_t begin, uint64_t end) = 0;

  const IdType type_;
  const std::unique_ptr<FilePair> pair_;
  std::string index_buffer_;
  uint64_t ids_ = 0;
  uint64_t begin_ = 0;
  uint64_t documents_ = 0;
};

class NpyWriter final : public PairWriter {
 public:
  static absl::StatusOr<std::unique_ptr<IdWriter>> Create(IdType type,
                                                          std::unique_ptr<FilePair> pair) {
    std::unique_ptr<NpyWriter> writer(new NpyWriter(type, std::move(pair)));
    CM_RETURN_IF_ERROR(writer->pair().data().Write(NpyHeader(writer->type_, 0)));
    CM_RETURN_IF_ERROR(writer->pair().index().Write(NpyHeader(kOffset, 0)));
    CM_RETURN_IF_ERROR(writer->AppendToIndex(int64_t{0}));
    return writer;
  }

  absl::Status Close() override {
    CM_RETURN_IF_ERROR(FlushIndex());
    CM_RETURN_IF_ERROR(pair().data().Patch(0, NpyHeader(type_, ids())));
    CM_RETURN_IF_ERROR(pair().index().Patch(0, NpyHeader(kOffset, documents() + 1)));
    return pair().Commit();
  }

 private:
  static constexpr NumberType kOffset{8, true};

  NpyWriter(IdType type, std::unique_ptr<FilePair> pair)
      : PairWriter(type, std::move(pair)), type_{static_cast<uint32_t>(IdBytes(type)), false} {}

  absl::Status EndDocument(uint64_t, uint64_t end) override {
    return AppendToIndex(static_cast<int64_t>(end));
  }

  const NumberType type_;
};

class MegatronWriter final : public PairWriter {
 public:
  static absl::StatusOr<std::unique_ptr<IdWriter>> Create(IdType type,
                                                          std::unique_ptr<FilePair> pair,
                                                          Context& context) {
    CM_ASSIGN_OR_RETURN(Spool pointers,
                        Spool::Create(context.TempDirFor(pair->data().name()), context.memory()));
    std::unique_ptr<MegatronWriter> writer(
        new MegatronWriter(type, std::move(pair), std::move(pointers)));
    CM_RETURN_IF_ERROR(writer->pair().index().Write(MegatronHeader(writer->type_, 0, 0)));
    return writer;
  }

  absl::Status Close() override {
    CM_RETURN_IF_ERROR(FlushIndex());
    CM_RETURN_IF_ERROR(
        pointers_.Drain([this](std::string_view part) { return pair().index().Write(part); }));
    for (uint64_t i = 0; i <= documents(); ++i) {
      CM_RETURN_IF_ERROR(AppendToIndex(static_cast<int64_t>(i)));
    }
    CM_RETURN_IF_ERROR(FlushIndex());
    CM_RETURN_IF_ERROR(pair().index().Patch(0, MegatronHeader(type_, documents(), documents())));
    return pair().Commit();
  }

 private:
  MegatronWriter(IdType type, std::unique_ptr<FilePair> pair, Spool pointers)
      : PairWriter(type, std::move(pair)),
        type_(type == IdType::kU16 ? NumberType{2, false} : NumberType{4, true}),
        pointers_(std::move(pointers)) {}

  absl::Status EndDocument(uint64_t begin, uint64_t end) override {
    if (end - begin > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
      return DataError(
          absl::StrFormat("%s: document %d has %d ids; Megatron's index holds at most "
                          "2147483647 of one; try --format npy",
                          pair().index().name(), documents() + 1, end - begin));
    }
    CM_RETURN_IF_ERROR(pointers_.AppendNumber(static_cast<int64_t>(begin * type_.bytes)));
    return AppendToIndex(static_cast<int32_t>(end - begin));
  }

  const NumberType type_;
  Spool pointers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<IdWriter>> MakeFilePairWriter(const IdWriterOptions& options,
                                                             const FilePairPaths& paths,
                                                             uint32_t vocab_size,
                                                             const OutputOptions& output,
                                                             Context& context) {
  if (options.offsets || options.pieces) {
    return UsageError(absl::StrFormat("%s holds ids alone; --%s needs --format jsonl",
                                      IdFormatName(options.format),
                                      options.offsets ? "offsets" : "pieces"));
  }
  CM_ASSIGN_OR_RETURN(const IdType type, ChooseIdType(options.type, options.format, vocab_size));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<FilePair> pair, FilePair::Create(paths, output));
  if (options.format == IdFormat::kNpy) return NpyWriter::Create(type, std::move(pair));
  return MegatronWriter::Create(type, std::move(pair), context);
}

}  // namespace corpusmill
