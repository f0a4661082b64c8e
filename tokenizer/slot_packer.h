#ifndef CORPUSMILL_TOKENIZER_SLOT_PACKER_H_
#define CORPUSMILL_TOKENIZER_SLOT_PACKER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace corpusmill {

/// Places the children of trie nodes in one array, as a double array does (Aoe
/// 1989): the child by byte b of a node with base x is at x + b.
///
///   SlotPacker packer;
///   const uint32_t base = packer.Place({{'a', 'e'}});   // base + 'a', base + 'e' are taken
///
/// Every base is another one, so that the slot x + b is known to be a child of
/// the node with base x by its byte b alone. Base 0 and bases that are 255 modulo
/// 256 are given to none: lookups from base 0 find nothing of their label, and a
/// free slot i with the label i + 1 modulo 256 is found from no base.
///
/// Looks at 64 bases at a time; a node goes to the first place that has room, so
/// that nodes placed early lie close together.
class SlotPacker {
 public:
  SlotPacker();

  /// A base for a node whose children have these bytes, ascending, not empty.
  uint32_t Place(std::span<const uint8_t> bytes);

  /// Slots, free ones included, so that any base + any byte is below it.
  size_t size() const { return end_; }

 private:
  /// 64 flags of free slots from `slot` on.
  uint64_t FreeFrom(size_t slot) const;
  void GrowTo(size_t slots);

  std::vector<uint64_t> free_slots_;
  std::vector<uint64_t> free_bases_;
  /// By number of children: no block of 64 bases before this has much room.
  std::array<size_t, 257> first_block_{};
  size_t end_ = 256;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SLOT_PACKER_H_
