#ifndef CORPUSMILL_TOKENIZER_SEARCH_DOUBLE_ARRAY_BUILDER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_DOUBLE_ARRAY_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace corpusmill {

/// Places the children of trie nodes in one array, as a double array does (Aoe
/// 1989): the child by code c of a node with base x is at x + c.
///
///   DoubleArrayBuilder builder(257);
///   const uint32_t base = builder.Place({{0, 5, 7}});   // base, base + 5, base + 7 are taken
///
/// Every base is another one, so that the slot x + c is known to be a child of
/// the node with base x by its code c alone. Base 0 is given to none.
///
/// Looks at 64 bases at a time; a node goes to the first place that has room, so
/// that nodes placed early lie close together.
class DoubleArrayBuilder {
 public:
  /// Codes are below `codes`.
  explicit DoubleArrayBuilder(size_t codes);

  /// A base for a node whose children have these codes, not empty.
  uint32_t Place(std::span<const uint16_t> codes);

  /// As Place; if it can be, such that the slot of `code` is in one cache line with
  /// the slot `near`.
  uint32_t PlaceNear(std::span<const uint16_t> codes, uint16_t code, uint32_t near);

  /// What is placed from now on lies behind what was placed before.
  void BeginRegion();

  /// Slots, free ones included, so that any base + any code is below it.
  size_t size() const { return end_; }

 private:
  /// 64 flags of free slots from `slot` on.
  uint64_t FreeFrom(size_t slot) const;
  void GrowTo(size_t slots);
  bool Fits(size_t base, std::span<const uint16_t> codes) const;
  uint32_t Take(size_t base, std::span<const uint16_t> codes);

  std::vector<uint64_t> free_slots_;
  std::vector<uint64_t> free_bases_;
  /// By number of children: no block of 64 bases before this has much room.
  std::vector<size_t> first_block_;
  const size_t codes_;
  size_t end_;
  size_t last_slot_ = 0;  ///< The last one taken.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_DOUBLE_ARRAY_BUILDER_H_
