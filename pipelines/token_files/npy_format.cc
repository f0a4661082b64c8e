// The format "npy": NAME.npy has all ids, NAME.offsets.npy the document offsets.

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/npy.h"
#include "pipelines/token_files/pair_format.h"

namespace corpusmill {
namespace {

constexpr std::string_view kIdsSuffix = ".npy";
constexpr std::string_view kOffsetsSuffix = ".offsets.npy";

class NpyWriter final : public PairIdWriter {
 public:
  static absl::StatusOr<std::unique_ptr<IdWriter>> Create(ElementType type,
                                                          std::unique_ptr<FilePair> files,
                                                          Context&) {
    std::unique_ptr<NpyWriter> writer(new NpyWriter(type, std::move(files)));
    CM_RETURN_IF_ERROR(writer->files().data().Write(NpyHeader(writer->type_, 0)));
    CM_RETURN_IF_ERROR(writer->files().index().Write(NpyHeader(kOffset, 0)));
    CM_RETURN_IF_ERROR(writer->AppendToIndex(int64_t{0}));
    return writer;
  }

  absl::Status Close() override {
    CM_RETURN_IF_ERROR(FlushIndex());
    CM_RETURN_IF_ERROR(files().data().Patch(0, NpyHeader(type_, ids())));
    CM_RETURN_IF_ERROR(files().index().Patch(0, NpyHeader(kOffset, documents() + 1)));
    return files().Commit();
  }

 private:
  static constexpr ElementType kOffset = ElementType::kI64;

  NpyWriter(ElementType type, std::unique_ptr<FilePair> files)
      : PairIdWriter(type, std::move(files)), type_(type) {}

  absl::Status EndDocument(uint64_t, uint64_t end) override {
    return AppendToIndex(static_cast<int64_t>(end));
  }

  const ElementType type_;
};

class NpyReader final : public IdReader {
 public:
  NpyReader(std::unique_ptr<RandomAccessFile> ids_file, NumberArray ids,
            std::unique_ptr<RandomAccessFile> offsets_file, NumberArray offsets, Context& context)
      : ids_file_(std::move(ids_file)),
        ids_(std::move(ids)),
        offsets_file_(std::move(offsets_file)),
        offsets_(std::move(offsets)),
        room_(context) {}

  absl::StatusOr<bool> Next(StoredDocument* document) override {
    if (next_ + 1 >= offsets_.count()) return false;
    CM_ASSIGN_OR_RETURN(const int64_t begin, offsets_.At(next_));
    CM_ASSIGN_OR_RETURN(const int64_t end, offsets_.At(next_ + 1));
    ++next_;
    const bool is_last = next_ + 1 == offsets_.count();
    if (begin < 0 || end < begin || static_cast<uint64_t>(end) > ids_.count() ||
        (next_ == 1 && begin != 0) || (is_last && static_cast<uint64_t>(end) != ids_.count())) {
      return DataError(absl::StrFormat(
          "%s: document %d has ids %d to %d of %d; offsets must ascend from 0 to the number of ids",
          offsets_file_->name(), next_, begin, end, ids_.count()));
    }
    document->ids.clear();
    document->bytes.clear();
    document->tokens = static_cast<uint64_t>(end - begin);
    CM_RETURN_IF_ERROR(Annotate(room_.Reserve(document->tokens, &document->ids), Where()));
    CM_RETURN_IF_ERROR(
        ids_.AppendIds(static_cast<uint64_t>(begin), document->tokens, &document->ids));
    return true;
  }
  std::string Where() const override {
    return absl::StrFormat("%s: document %d", ids_file_->name(), next_);
  }

 private:
  const std::unique_ptr<RandomAccessFile> ids_file_;
  NumberArray ids_;
  const std::unique_ptr<RandomAccessFile> offsets_file_;
  NumberArray offsets_;
  IdRoom room_;
  uint64_t next_ = 0;
};

absl::StatusOr<std::unique_ptr<IdReader>> OpenReader(std::unique_ptr<RandomAccessFile> ids,
                                                     std::unique_ptr<RandomAccessFile> offsets,
                                                     Context& context) {
  CM_ASSIGN_OR_RETURN(NumberArray id_array, OpenNpy(*ids));
  CM_ASSIGN_OR_RETURN(NumberArray offset_array, OpenNpy(*offsets));
  if (offset_array.count() == 0 || (offset_array.count() == 1 && id_array.count() > 0)) {
    return DataError(absl::StrFormat("%s: has no offsets for the %d ids of %s", offsets->name(),
                                     id_array.count(), ids->name()));
  }
  return std::make_unique<NpyReader>(std::move(ids), std::move(id_array), std::move(offsets),
                                     std::move(offset_array), context);
}

absl::StatusOr<FilePairPaths> Paths(const std::string& path) {
  const auto without = [&path](std::string_view suffix) {
    return path.substr(0, path.size() - suffix.size());
  };
  if (path == kStandardStream) {
    return UsageError(
        "npy is a pair of files and cannot be written to standard output; "
        "try -o NAME.npy");
  }
  if (!path.ends_with(kIdsSuffix) || path.ends_with("/.npy") || path == kIdsSuffix) {
    return UsageError(absl::StrFormat(
        "%s: the name of an npy output must end with .npy (npy is never compressed); "
        "try -o NAME.npy",
        path));
  }
  if (path.ends_with(kOffsetsSuffix)) {
    return UsageError(absl::StrFormat("%s: is the name of an offsets file; try %s.npy", path,
                                      without(kOffsetsSuffix)));
  }
  return FilePairPaths{path, without(kIdsSuffix).append(kOffsetsSuffix)};
}

}  // namespace

constinit const IdFormat kNpyFormat = {
    .name = "npy",
    .help = "NAME.npy, all ids in a row, and NAME.offsets.npy, where documents begin",
    .pair = {.magic = kNpyMagic,
             .main_suffix = kIdsSuffix,
             .other_suffix = kOffsetsSuffix,
             .max_u16_vocabulary = 0x10000,
             .paths = Paths,
             .open_writer = NpyWriter::Create,
             .open_reader = OpenReader}};

}  // namespace corpusmill
