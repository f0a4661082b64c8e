#include "cli/commands/model_memory.h"

#include <memory>
#include <string_view>
#include <utility>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"
#include "tokenizer/formats/conversion.h"

namespace corpusmill {
namespace {

// Models of this size fit in the constant part of the limit.
constexpr uint64_t kFreeBytes = 24 << 20;
// What every command needs besides.
constexpr uint64_t kLeastRestBytes = 12 << 20;

/// Tenths of a byte of memory for a byte of content at the peak, which is reached while the
/// automaton is built: measured with models of 40,000 to 1,000,000 pieces.
uint64_t TenthsPerByte(ModelFormat format) {
  switch (format) {
    case ModelFormat::kCorpusmill:
      return 16;
    case ModelFormat::kSentencePiece:
      return 250;
    case ModelFormat::kHuggingFace:
      return 120;
    case ModelFormat::kBytePiece:
      break;
  }
  return 65;
}

/// The memory of one model; 0 for a pipe.
absl::StatusOr<uint64_t> ModelBytes(const std::string& path, Context& context) {
  if (!IsRegularFile(path)) return 0;
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
  return bytes * TenthsPerByte(DetectModelFormat(head)) / 10;
}

}  // namespace

absl::StatusOr<MemoryLease> ChargeModels(const std::vector<std::string>& paths, Context& context) {
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    CM_ASSIGN_OR_RETURN(const uint64_t more, ModelBytes(path, context));
    bytes += more;
  }
  if (bytes <= kFreeBytes) return context.memory().EmptyLease();
  bytes -= kFreeBytes;
  const uint64_t available = context.memory().available_bytes();
  if (available >= bytes + kLeastRestBytes) return context.memory().Take(bytes, "the model");
  return MemoryError(absl::StrFormat(
      "%s: the model%s %s of memory, and %s of the %s memory budget are left; try %s",
      paths.front(), paths.size() > 1 ? " and the others need" : " needs", FormatByteSize(bytes),
      FormatByteSize(available), FormatByteSize(context.memory().limit_bytes()),
      MemoryFlagFor(bytes)));
}

}  // namespace corpusmill
