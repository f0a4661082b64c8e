#include "tokenizer/prune/piece_list.h"

#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {
namespace {

constexpr char kWhat[] = "the list of pieces";

absl::Status ReadBlock(std::string_view block, PieceList::Use use) {
  CountReader reader(StringSource(block, kWhat));
  while (true) {
    CountedPiece piece;
    CM_ASSIGN_OR_RETURN(const bool more, reader.Next(&piece.bytes, &piece.count));
    if (!more) return absl::OkStatus();
    CM_RETURN_IF_ERROR(use(piece));
  }
}

/// Memory of a block: its text, ends, and entry in a vector that may be half empty.
uint64_t BlockBytes(const std::string& block) {
  return block.capacity() + 2 * sizeof(std::string) + 16;
}

}  // namespace

/// The unfinished block and its writer.
struct PieceList::Writer {
  std::string written;  // Empty, or a complete block.
  const std::unique_ptr<ByteSink> sink = StringSink(&written, kWhat);
  CountWriter writer{sink.get()};
};

PieceList::PieceList(MemoryBudget& budget)
    : lease_(budget.EmptyLease()), writer_(std::make_unique<Writer>()) {}
PieceList::PieceList(PieceList&&) noexcept = default;
PieceList& PieceList::operator=(PieceList&&) noexcept = default;
PieceList::~PieceList() = default;

absl::Status PieceList::Add(const CountedPiece& piece) {
  CM_RETURN_IF_ERROR(writer_->writer.Add(piece.bytes, piece.count));
  ++size_;
  return writer_->written.empty() ? absl::OkStatus() : TakeBlock();
}

absl::Status PieceList::Finish() {
  CM_RETURN_IF_ERROR(writer_->writer.EndBlock());
  if (!writer_->written.empty()) CM_RETURN_IF_ERROR(TakeBlock());
  writer_ = nullptr;
  return absl::OkStatus();
}

absl::Status PieceList::TakeBlock() {
  std::string& block = writer_->written;
  block.shrink_to_fit();
  CM_RETURN_IF_ERROR(lease_.Resize(lease_.bytes() + BlockBytes(block), kWhat));
  blocks_.push_back(std::exchange(block, {}));
  return absl::OkStatus();
}

absl::Status PieceList::ForEachOfBlock(size_t block, Use use) const {
  return ReadBlock(blocks_[block], use);
}

absl::Status PieceList::ForEach(Use use) const {
  for (const std::string& block : blocks_) CM_RETURN_IF_ERROR(ReadBlock(block, use));
  return absl::OkStatus();
}

absl::Status PieceList::Drain(Use use) {
  for (std::string& taken : blocks_) {
    const std::string block = std::exchange(taken, {});
    CM_RETURN_IF_ERROR(ReadBlock(block, use));
    CM_RETURN_IF_ERROR(lease_.Resize(lease_.bytes() - BlockBytes(block), kWhat));
  }
  blocks_.clear();
  size_ = 0;
  return absl::OkStatus();
}

}  // namespace corpusmill
