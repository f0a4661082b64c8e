// The format "megatron": PREFIX.bin has all ids, PREFIX.idx is Megatron-LM's index.

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/io/spool.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/megatron.h"
#include "pipelines/token_files/pair_format.h"

namespace corpusmill {
namespace {

constexpr std::string_view kDataSuffix = ".bin";
constexpr std::string_view kIndexSuffix = ".idx";

class MegatronWriter final : public PairIdWriter {
 public:
  static absl::StatusOr<std::unique_ptr<IdWriter>> Create(ElementType type,
                                                          std::unique_ptr<FilePair> files,
                                                          Context& context) {
    CM_ASSIGN_OR_RETURN(Spool pointers,
                        Spool::Create(context.TempDirFor(files->data().name()), context.memory()));
    std::unique_ptr<MegatronWriter> writer(
        new MegatronWriter(type, std::move(files), std::move(pointers)));
    CM_RETURN_IF_ERROR(writer->files().index().Write(MegatronHeader(writer->type_, 0, 0)));
    return writer;
  }

  absl::Status Close() override {
    CM_RETURN_IF_ERROR(FlushIndex());
    CM_RETURN_IF_ERROR(
        pointers_.Drain([this](std::string_view part) { return files().index().Write(part); }));
    for (uint64_t i = 0; i <= documents(); ++i) {
      CM_RETURN_IF_ERROR(AppendToIndex(static_cast<int64_t>(i)));
    }
    CM_RETURN_IF_ERROR(FlushIndex());
    CM_RETURN_IF_ERROR(files().index().Patch(0, MegatronHeader(type_, documents(), documents())));
    return files().Commit();
  }

 private:
  MegatronWriter(ElementType type, std::unique_ptr<FilePair> files, Spool pointers)
      : PairIdWriter(type, std::move(files)),
        type_(type == ElementType::kU16 ? type : ElementType::kI32),
        pointers_(std::move(pointers)) {}

  absl::Status EndDocument(uint64_t begin, uint64_t end) override {
    if (end - begin > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
      return DataError(
          absl::StrFormat("%s: document %d has %d ids; Megatron's limit per document is "
                          "2147483647; try --format npy",
                          files().index().name(), documents() + 1, end - begin));
    }
    CM_RETURN_IF_ERROR(pointers_.AppendNumber(static_cast<int64_t>(begin * ElementBytes(type_))));
    return AppendToIndex(static_cast<int32_t>(end - begin));
  }

  const ElementType type_;
  Spool pointers_;
};

class MegatronReader final : public IdReader {
 public:
  MegatronReader(std::unique_ptr<RandomAccessFile> bin, std::unique_ptr<RandomAccessFile> idx,
                 MegatronIndex index, Context& context)
      : bin_(std::move(bin)), idx_(std::move(idx)), index_(std::move(index)), room_(context) {}

  absl::StatusOr<bool> Next(StoredDocument* document) override {
    if (next_ == index_.documents()) return false;
    CM_ASSIGN_OR_RETURN(const MegatronIndex::Range range, index_.SequencesOf(next_++));
    document->ids.clear();
    document->bytes.clear();
    for (uint64_t i = range.begin; i < range.end; ++i) {
      CM_ASSIGN_OR_RETURN(const MegatronIndex::Sequence sequence, index_.At(i, bin_->size_bytes()));
      CM_RETURN_IF_ERROR(
          Annotate(room_.Reserve(document->ids.size() + sequence.ids, &document->ids), Where()));
      NumberArray ids(*bin_, sequence.begin_byte, sequence.ids, index_.type());
      CM_RETURN_IF_ERROR(ids.AppendIds(0, sequence.ids, &document->ids));
    }
    document->tokens = document->ids.size();
    return true;
  }
  std::string Where() const override {
    return absl::StrFormat("%s: document %d", idx_->name(), next_);
  }

 private:
  const std::unique_ptr<RandomAccessFile> bin_;
  const std::unique_ptr<RandomAccessFile> idx_;
  MegatronIndex index_;
  IdRoom room_;
  uint64_t next_ = 0;
};

absl::StatusOr<std::unique_ptr<IdReader>> OpenReader(std::unique_ptr<RandomAccessFile> bin,
                                                     std::unique_ptr<RandomAccessFile> idx,
                                                     Context& context) {
  CM_ASSIGN_OR_RETURN(MegatronIndex index, MegatronIndex::Open(*idx));
  return std::make_unique<MegatronReader>(std::move(bin), std::move(idx), std::move(index),
                                          context);
}

absl::StatusOr<FilePairPaths> Paths(const std::string& path) {
  if (path == kStandardStream) {
    return UsageError(
        "megatron is a pair of files and cannot be written to standard output; try -o PREFIX");
  }
  std::string prefix = path;
  if (path.ends_with(kDataSuffix) || path.ends_with(kIndexSuffix)) {
    prefix.resize(path.size() - kDataSuffix.size());
  }
  if (prefix.empty() || prefix.ends_with("/")) {
    return UsageError(absl::StrFormat("%s: is not a file prefix; try -o PREFIX", path));
  }
  return FilePairPaths{std::string(prefix).append(kDataSuffix), prefix.append(kIndexSuffix)};
}

}  // namespace

constinit const IdFormat kMegatronFormat = {
    .name = "megatron",
    .help = "PREFIX.bin and PREFIX.idx",
    .pair = {.magic = kMegatronMagic,
             .main_suffix = kIndexSuffix,
             .other_suffix = kDataSuffix,
             .max_u16_vocabulary = kTokenFileU16VocabularyLimit - 1,
             .paths = Paths,
             .open_writer = MegatronWriter::Create,
             .open_reader = OpenReader}};

}  // namespace corpusmill
