#include "tokenizer/slot_packer.h"

#include <algorithm>
#include <bit>

namespace corpusmill {
namespace {

/// Blocks that a search may pass over before later ones of its size begin where
/// it ended: bounds the time.
constexpr size_t kMaxPassed = 16;

}  // namespace

SlotPacker::SlotPacker() {
  GrowTo(1);
  free_bases_[0] &= ~uint64_t{1};
}

void SlotPacker::GrowTo(size_t slots) {
  const size_t blocks = slots / 64 + 6;  // A base's bytes reach 255 slots further.
  const size_t before = free_bases_.size();
  if (blocks <= before) return;
  const size_t size = std::max(blocks, 2 * before);
  free_slots_.resize(size, ~uint64_t{0});
  free_bases_.resize(size, ~uint64_t{0});
  for (size_t block = before; block < size; ++block) {
    if (block % 4 == 3) free_bases_[block] &= ~(uint64_t{1} << 63);
  }
}

uint64_t SlotPacker::FreeFrom(size_t slot) const {
  const size_t block = slot / 64, shift = slot % 64;
  const uint64_t low = free_slots_[block] >> shift;
  return shift == 0 ? low : low | free_slots_[block + 1] << (64 - shift);
}

uint32_t SlotPacker::Place(std::span<const uint8_t> bytes) {
  size_t& first = first_block_[bytes.size()];
  size_t block = first;
  uint64_t fits = 0;
  for (;; ++block) {
    GrowTo((block + 1) * 64);
    fits = free_bases_[block];
    for (size_t i = 0; fits != 0 && i < bytes.size(); ++i) fits &= FreeFrom(block * 64 + bytes[i]);
    if (fits != 0) break;
  }
  if (block > first + kMaxPassed) first = block;
  const size_t base = block * 64 + static_cast<size_t>(std::countr_zero(fits));
  free_bases_[block] &= ~(uint64_t{1} << base % 64);
  for (const uint8_t byte : bytes) {
    free_slots_[(base + byte) / 64] &= ~(uint64_t{1} << (base + byte) % 64);
  }
  end_ = std::max(end_, base + 256);
  return static_cast<uint32_t>(base);
}

}  // namespace corpusmill
