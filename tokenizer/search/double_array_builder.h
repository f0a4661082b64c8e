#ifndef CORPUSMILL_TOKENIZER_SEARCH_DOUBLE_ARRAY_BUILDER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_DOUBLE_ARRAY_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace corpusmill {

/// Places the children of trie nodes in a double array (Aoe 1989): the child with code c of a node
/// with base x is at x + c.
///
///   DoubleArrayBuilder builder(257);
///   const uint32_t base = builder.Place({{0, 5, 7}});   // base, base + 5, base + 7 are taken
///
/// Bases are unique, so the code c alone identifies slot x + c as a child of the node with base x.
/// Base 0 is never assigned.
///
/// Tests 64 bases at a time and takes the first that fits, so nodes placed early lie close
/// together.
class DoubleArrayBuilder {
 public:
  /// Codes are below `codes`.
  explicit DoubleArrayBuilder(size_t codes);

  /// Returns a base for a node whose children have these codes. REQUIRES: not empty.
  uint32_t Place(std::span<const uint16_t> codes);

  /// As Place, but prefers a base for which the slot of `code` shares a cache line with the slot
  /// `near`.
  uint32_t PlaceNear(std::span<const uint16_t> codes, uint16_t code, uint32_t near);

  /// Places all further nodes after the current ones.
  void BeginRegion();

  /// Number of slots, including free ones. Every base + code is below it.
  size_t size() const { return end_; }

 private:
  /// Flags of the 64 slots from `slot` on: 1 is free.
  uint64_t FreeFrom(size_t slot) const;
  void GrowTo(size_t slots);
  bool Fits(size_t base, std::span<const uint16_t> codes) const;
  uint32_t Take(size_t base, std::span<const uint16_t> codes);

  std::vector<uint64_t> free_slots_;
  std::vector<uint64_t> free_bases_;
  /// First block of 64 bases to search, by number of children. Earlier blocks have little space.
  std::vector<size_t> first_block_;
  const size_t codes_;
  size_t end_;
  size_t last_slot_ = 0;  ///< Highest slot taken.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_DOUBLE_ARRAY_BUILDER_H_
