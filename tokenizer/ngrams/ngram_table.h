#ifndef CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_TABLE_H_
#define CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "corpus/base/memory.h"

namespace corpusmill {

/// A compact immutable map from numbers of kBits bits to small codes. Of an n-gram of six bytes
/// among a million with the same first byte, it stores 26 bits.
///
///   NgramTable table;
///   CM_RETURN_IF_ERROR(table.Reserve<40>(/*slots=*/3, /*code_bits=*/16, &lease));
///   table.Add<40>(0x6162636465, 7);  table.Add<40>(0x6162636466, 9);    // codes are not 0
///   table.Read(table.Locate<40>(0x6162636466));                     // 9; 0 for a missing key
///
/// Open addressing with quotienting (Cleary 1984): a slot stores only the key bits that its
/// position does not imply. Entries are in the order of their hashes (Robin Hood hashing; Celis
/// 1986). kBits is a multiple of 8 from 8 to 64, and the same in all calls. Thread-safe once
/// filled.
class NgramTable {
 public:
  /// Allocates `slots` slots for codes below 2^code_bits; code_bits is 1 to 24. Charges the memory
  /// to `lease`.
  template <int kBits>
  absl::Status Reserve(size_t slots, int code_bits, MemoryLease* lease) {
    // At least 128, so that the remainder of a 64-bit key and kOffBits fit in less than 64 bits.
    homes_ = slots < 128 ? 128 : slots;
    // At most 2^rest_bits_ adjacent hashes share a home, so their lower bits distinguish them.
    const int home_bits = static_cast<int>(std::bit_width(homes_)) - 1;
    rest_bits_ = static_cast<uint8_t>(kBits > home_bits ? kBits - home_bits : 0);
    return Allocate(code_bits, lease);
  }

  /// Adds a new key. Returns false if no slot is near enough, which is rare; the caller then starts
  /// again with more slots.
  template <int kBits>
  bool Add(uint64_t key, uint32_t code) {
    const uint64_t hash = Mix<kBits>(key);
    return Insert(Home<kBits>(hash), hash & LowBits(rest_bits_), code);
  }

  /// The start of the search for a key.
  struct Place {
    const uint8_t* slot;
    uint64_t rest;  ///< The key bits that its first slot does not imply.
  };
  /// REQUIRES: the table is not empty.
  template <int kBits>
  Place Locate(uint64_t key) const {
    const uint64_t hash = Mix<kBits>(key);
    return {&slots_[static_cast<size_t>(Home<kBits>(hash)) * slot_bytes_],
            hash & LowBits(rest_bits_)};
  }

  /// The code of the key; 0 if it is not there.
  uint32_t Read(Place place) const {
    // Stored above the rest: the distance of the slot from the key's first slot.
    const uint64_t rest_mask = LowBits(rest_bits_), key_mask = LowBits(rest_bits_ + kOffBits);
    for (uint64_t want = place.rest;;
         want += uint64_t{1} << rest_bits_, place.slot += slot_bytes_) {
      const uint64_t slot = Load(place.slot) & key_mask;
      const uint32_t code = CodeIn(place.slot);
      if (slot == want) return code;
      // Later entries are still nearer to their first slots, or there are none.
      if (code == 0 || slot < (want & ~rest_mask)) return 0;
    }
  }

  bool empty() const { return slots_ == nullptr; }

 private:
  static constexpr int kOffBits = 6;
  static constexpr uint64_t kMostOff = (1 << kOffBits) - 1;

  /// REQUIRES: bits < 64.
  static uint64_t LowBits(int bits) { return (uint64_t{1} << bits) - 1; }
  static uint64_t Load(const uint8_t* at) {
    uint64_t value;
    std::memcpy(&value, at, sizeof(value));
    return value;
  }
  uint32_t CodeIn(const uint8_t* slot) const {
    uint32_t value;
    std::memcpy(&value, slot + code_byte_, sizeof(value));
    return value >> code_shift_ & code_mask_;
  }
  /// A bijection on numbers of kBits bits.
  template <int kBits>
  static uint64_t Mix(uint64_t key) {
    constexpr uint64_t kMask = ~uint64_t{0} >> (64 - kBits);
    key = (key * 0x9E3779B97F4A7C15) & kMask;
    key ^= key >> (kBits + 1) / 2;
    return (key * 0xD6E8FEB86659FD93) & kMask;
  }
  /// The first slot of a hash, monotonic in the hash.
  template <int kBits>
  uint64_t Home(uint64_t hash) const {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(hash << (64 - kBits)) * homes_ >>
                                 64);
  }
  absl::Status Allocate(int code_bits, MemoryLease* lease);
  bool Insert(size_t slot, uint64_t rest, uint32_t code);
  void Store(size_t slot, uint64_t key, uint32_t code);

  std::unique_ptr<uint8_t[]> slots_;
  uint64_t homes_ = 0;  // Followed by kMostOff + 1 more slots.
  uint32_t code_mask_ = 0;
  uint8_t slot_bytes_ = 0;
  uint8_t rest_bits_ = 0, code_byte_ = 0, code_shift_ = 0;
};
static_assert(sizeof(NgramTable) <= 24);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_NGRAMS_NGRAM_TABLE_H_
