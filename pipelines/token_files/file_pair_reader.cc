#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/token_files/id_reader.h"
#include "pipelines/token_files/megatron.h"
#include "pipelines/token_files/npy.h"

namespace corpusmill {
namespace {

// What is not worth to be taken from the budget.
constexpr uint64_t kUnchargedIds = 16 << 10;

/// Room for ids of a document, in the budget first.
class IdRoom {
 public:
  explicit IdRoom(Context& context) : lease_(context.memory().EmptyLease()) {}

  absl::Status Reserve(uint64_t ids, std::vector<uint32_t>* out) {
    if (ids <= out->capacity()) return absl::OkStatus();
    const uint64_t capacity = std::max<uint64_t>(ids, 2 * out->capacity());
    if (capacity > kUnchargedIds) {
      if (capacity > UINT32_MAX * uint64_t{1024}) return MemoryError("a document of 2^42 ids");
      // What is there already is copied.
      const uint64_t bytes = (capacity + out->size()) * sizeof(uint32_t);
      if (bytes > lease_.bytes()) {
        CM_RETURN_IF_ERROR(lease_.Resize(bytes, "the ids of a document"));
      }
    }
    out->reserve(capacity);
    return absl::OkStatus();
  }

 private:
  MemoryLease lease_;
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
          "%s: document %d has ids %d to %d of %d; offsets ascend from 0 to the number of ids",
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

}  // namespace

absl::StatusOr<std::unique_ptr<IdReader>> OpenNpyIds(std::unique_ptr<RandomAccessFile> ids,
                                                     std::unique_ptr<RandomAccessFile> offsets,
                                                     Context& context) {
  CM_ASSIGN_OR_RETURN(NumberArray id_array, OpenNpy(*ids));
  CM_ASSIGN_OR_RETURN(NumberArray offset_array, OpenNpy(*offsets));
  if (offset_array.count() == 0 || (offset_array.count() == 1 && id_array.count() > 0)) {
    return DataError(absl::StrFormat("%s: has no offsets of the %d ids of %s", offsets->name(),
                                     id_array.count(), ids->name()));
  }
  return std::make_unique<NpyReader>(std::move(ids), std::move(id_array), std::move(offsets),
                                     std::move(offset_array), context);
}

absl::StatusOr<std::unique_ptr<IdReader>> OpenMegatronIds(std::unique_ptr<RandomAccessFile> bin,
                                                          std::unique_ptr<RandomAccessFile> idx,
                                                          Context& context) {
  CM_ASSIGN_OR_RETURN(MegatronIndex index, MegatronIndex::Open(*idx));
  return std::make_unique<MegatronReader>(std::move(bin), std::move(idx), std::move(index),
                                          context);
}

}  // namespace corpusmill
