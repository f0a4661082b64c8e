#include "tokenizer/search/double_array_builder.h"

#include <algorithm>
#include <bit>

namespace corpusmill {
namespace {

/// After a search skips more blocks than this, later searches for as many children start where it
/// ended. Bounds the time.
constexpr size_t kMaxPassed = 16;
constexpr size_t kLineSlots = 8;

}  // namespace

DoubleArrayBuilder::DoubleArrayBuilder(size_t codes)
    : first_block_(codes + 1), codes_(codes), end_(codes) {
  GrowTo(1);
  free_bases_[0] &= ~uint64_t{1};
  free_slots_[0] &= ~uint64_t{1};
}

void DoubleArrayBuilder::GrowTo(size_t slots) {
  const size_t blocks = (slots + codes_) / 64 + 2;
  if (blocks <= free_bases_.size()) return;
  const size_t size = std::max(blocks, 2 * free_bases_.size());
  free_slots_.resize(size, ~uint64_t{0});
  free_bases_.resize(size, ~uint64_t{0});
}

void DoubleArrayBuilder::BeginRegion() {
  std::fill(first_block_.begin(), first_block_.end(), last_slot_ / 64 + 1);
}

uint64_t DoubleArrayBuilder::FreeFrom(size_t slot) const {
  const size_t block = slot / 64, shift = slot % 64;
  const uint64_t low = free_slots_[block] >> shift;
  return shift == 0 ? low : low | free_slots_[block + 1] << (64 - shift);
}

uint32_t DoubleArrayBuilder::Place(std::span<const uint16_t> codes) {
  size_t& first = first_block_[codes.size()];
  size_t block = first;
  uint64_t fits = 0;
  for (;; ++block) {
    if (block + codes_ / 64 + 3 > free_bases_.size()) GrowTo((block + 1) * 64);
    fits = free_bases_[block];
    for (size_t i = 0; fits != 0 && i < codes.size(); ++i) fits &= FreeFrom(block * 64 + codes[i]);
    if (fits != 0) break;
  }
  if (block > first + kMaxPassed) first = block;
  return Take(block * 64 + static_cast<size_t>(std::countr_zero(fits)), codes);
}

uint32_t DoubleArrayBuilder::PlaceNear(std::span<const uint16_t> codes, uint16_t code,
                                       uint32_t near) {
  const size_t line = near / kLineSlots * kLineSlots;
  GrowTo(line + kLineSlots);
  for (size_t slot = line; slot < line + kLineSlots; ++slot) {
    if (slot >= code && Fits(slot - code, codes)) return Take(slot - code, codes);
  }
  return Place(codes);
}

bool DoubleArrayBuilder::Fits(size_t base, std::span<const uint16_t> codes) const {
  if ((free_bases_[base / 64] >> base % 64 & 1) == 0) return false;
  return std::all_of(codes.begin(), codes.end(),
                     [&](uint16_t code) { return (FreeFrom(base + code) & 1) != 0; });
}

uint32_t DoubleArrayBuilder::Take(size_t base, std::span<const uint16_t> codes) {
  free_bases_[base / 64] &= ~(uint64_t{1} << base % 64);
  for (const uint16_t code : codes) {
    last_slot_ = std::max(last_slot_, base + code);
    free_slots_[(base + code) / 64] &= ~(uint64_t{1} << (base + code) % 64);
  }
  end_ = std::max(end_, base + codes_);
  return static_cast<uint32_t>(base);
}

}  // namespace corpusmill
