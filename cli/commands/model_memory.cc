#include "cli/commands/model_memory.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "tokenizer/formats/conversion.h"

namespace corpusmill {
namespace {

// A model of this many bytes of memory fits in the constant part of the limit.
constexpr uint64_t kFreeBytes = 16 << 20;

/// Memory for a byte of content at the peak, which is reached while the automaton is built:
/// measured with models of 32,000 to 1,000,000 pieces (scripts/torture_memory.py).
uint64_t BytesPerByte(ModelFormat format) {
  switch (format) {
    case ModelFormat::kCorpusmill:
      return 3;
    case ModelFormat::kSentencePiece:
      return 24;
    case ModelFormat::kHuggingFace:
      return 12;
    case ModelFormat::kBytePiece:
      break;
  }
  return 7;
}

}  // namespace

absl::StatusOr<MemoryLease> ChargeModel(const std::string& path, Context& context) {
  if (!IsRegularFile(path)) return context.memory().EmptyLease();
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> raw, OpenFile(path));
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenDecoder(std::move(raw), context));
  std::vector<char> buffer(64 << 10);
  std::string head;
  uint64_t bytes = 0;
  while (true) {
    CM_ASSIGN_OR_RETURN(const size_t n, source->Read(buffer.data(), buffer.size()));
    if (n == 0) break;
    if (head.empty()) head.assign(buffer.data(), n);
    bytes += n;
  }
  const uint64_t need = bytes * BytesPerByte(DetectModelFormat(head));
  absl::StatusOr<MemoryLease> lease =
      context.memory().Take(need - std::min(need, kFreeBytes), "the model");
  if (lease.ok()) return lease;
  return MemoryError(absl::StrFormat(
      "%s: the model needs %s of memory, and %s of the %s memory budget are left; try %s", path,
      FormatByteSize(need - kFreeBytes), FormatByteSize(context.memory().available_bytes()),
      FormatByteSize(context.memory().limit_bytes()), MemoryFlagFor(need - kFreeBytes)));
}

}  // namespace corpusmill
