#include "tokenizer/ngrams/ngram_table.h"

#include <new>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// Bytes after the last slot, because slots are read eight bytes at a time.
constexpr size_t kPadding = 16;

}  // namespace

absl::Status NgramTable::Allocate(int code_bits, MemoryLease* lease) {
  const int key_bits = rest_bits_ + kOffBits;
  code_mask_ = static_cast<uint32_t>(LowBits(code_bits));
  code_byte_ = static_cast<uint8_t>(key_bits / 8);
  code_shift_ = static_cast<uint8_t>(key_bits % 8);
  slot_bytes_ = static_cast<uint8_t>((key_bits + code_bits + 7) / 8);
  const size_t bytes = (homes_ + kMostOff + 1) * slot_bytes_ + kPadding;
  slots_.reset();
  CM_RETURN_IF_ERROR(lease->Resize(lease->bytes() + bytes, "the n-gram model"));
  slots_ = std::make_unique<uint8_t[]>(bytes);
  return absl::OkStatus();
}

void NgramTable::Store(size_t slot, uint64_t key, uint32_t code) {
  uint8_t bytes[12] = {};
  std::memcpy(bytes, &key, sizeof(key));
  const uint32_t shifted = code << code_shift_;
  for (int i = 0; i < 4; ++i) bytes[code_byte_ + i] |= static_cast<uint8_t>(shifted >> 8 * i);
  std::memcpy(&slots_[slot * slot_bytes_], bytes, slot_bytes_);
}

bool NgramTable::Insert(size_t slot, uint64_t rest, uint32_t code) {
  const uint64_t key_mask = LowBits(rest_bits_ + kOffBits);
  for (uint64_t stored = rest;; stored += uint64_t{1} << rest_bits_, ++slot) {
    const uint8_t* const there = &slots_[slot * slot_bytes_];
    const uint32_t other_code = CodeIn(there);
    if (other_code == 0) {
      Store(slot, stored, code);
      return true;
    }
    // The entry farther from its first slot takes the slot; the other moves on.
    const uint64_t other = Load(there) & key_mask;
    if (other >> rest_bits_ < stored >> rest_bits_) {
      Store(slot, stored, code);
      stored = other;
      code = other_code;
    }
    if (stored >> rest_bits_ == kMostOff) return false;
  }
}

}  // namespace corpusmill
