// Reads arbitrary bytes as compressed temporary data: never decodes more than the extent's size.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "shuffle/buckets/spill_codec.h"

using corpusmill::AlignedBuffer;
using corpusmill::BlockFile;
using corpusmill::Extent;
using corpusmill::RoundUpToBlock;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static corpusmill::Context context;
  static const auto file =
      BlockFile::CreateUnnamed("/tmp", corpusmill::IoMode::kCached).value().release();
  uint32_t claimed;  // Content size.
  if (size <= sizeof(claimed)) return 0;
  std::memcpy(&claimed, data, sizeof(claimed));
  data += sizeof(claimed);
  size -= sizeof(claimed);
  AlignedBuffer stored = *AlignedBuffer::Create(RoundUpToBlock(size));
  std::memcpy(stored.data(), data, size);
  if (!file->Write(0, {{stored.data(), stored.size()}}).ok()) return 0;
  const Extent extent{.bytes = size + 1 + claimed % (1 << 20), .stored_bytes = size};
  AlignedBuffer out = *AlignedBuffer::Create(RoundUpToBlock(extent.bytes));
  const bool whole = corpusmill::ReadExtentTo(*file, extent, context, out.data()).ok();
  uint64_t bytes = 0;
  const bool same = corpusmill::ReadExtent(*file, extent, context, [&](std::string_view piece) {
                      if (std::memcmp(out.data() + bytes, piece.data(), piece.size()) != 0) {
                        __builtin_trap();
                      }
                      bytes += piece.size();
                      return absl::OkStatus();
                    }).ok();
  if (whole != same || (whole && bytes != extent.bytes)) __builtin_trap();
  return 0;
}
