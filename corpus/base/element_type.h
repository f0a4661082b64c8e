#ifndef CORPUSMILL_CORPUS_BASE_ELEMENT_TYPE_H_
#define CORPUSMILL_CORPUS_BASE_ELEMENT_TYPE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

/// The element types of arrays and tensors on disk, always little-endian, and how each file
/// format spells them.
///
///   ElementBytes(ElementType::kU16);                     // 2
///   ElementInfo(ElementType::kI64).numpy;                // "<i8"
///   FindElementType(&ElementTypeInfo::safetensors, "BF16");   // ElementType::kBF16
namespace corpusmill {

enum class ElementType : uint8_t {
  kBool,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kF64,
  kI64,
  kU64,
};

struct ElementTypeInfo {
  ElementType type;
  size_t bytes;
  bool is_float;                 ///< kBool is neither a float nor an integer.
  bool is_signed;                ///< Of an integer.
  std::string_view safetensors;  ///< The `dtype` of a safetensors header.
  std::string_view numpy;        ///< The `descr` of an npy header; empty if numpy has no such type.
  uint8_t megatron;              ///< The type code of a Megatron index; 0 if it has none.

  constexpr bool is_integer() const { return !is_float && type != ElementType::kBool; }
};

/// One line for each type, in the order of the enumeration.
inline constexpr ElementTypeInfo kElementTypes[] = {
    // type, bytes, is_float, is_signed, safetensors, numpy, megatron
    {ElementType::kBool, 1, false, false, "BOOL", "|b1", 0},
    {ElementType::kU8, 1, false, false, "U8", "|u1", 1},
    {ElementType::kI8, 1, false, true, "I8", "|i1", 2},
    {ElementType::kF8E5M2, 1, true, true, "F8_E5M2", "", 0},
    {ElementType::kF8E4M3, 1, true, true, "F8_E4M3", "", 0},
    {ElementType::kI16, 2, false, true, "I16", "<i2", 3},
    {ElementType::kU16, 2, false, false, "U16", "<u2", 8},
    {ElementType::kF16, 2, true, true, "F16", "<f2", 0},
    {ElementType::kBF16, 2, true, true, "BF16", "", 0},
    {ElementType::kI32, 4, false, true, "I32", "<i4", 4},
    {ElementType::kU32, 4, false, false, "U32", "<u4", 0},
    {ElementType::kF32, 4, true, true, "F32", "<f4", 7},
    {ElementType::kF64, 8, true, true, "F64", "<f8", 6},
    {ElementType::kI64, 8, false, true, "I64", "<i8", 5},
    {ElementType::kU64, 8, false, false, "U64", "<u8", 0},
};

namespace element_type_internal {
constexpr bool InOrder() {
  for (size_t i = 0; i < std::size(kElementTypes); ++i) {
    if (static_cast<size_t>(kElementTypes[i].type) != i) return false;
  }
  return true;
}
static_assert(InOrder());
}  // namespace element_type_internal

constexpr const ElementTypeInfo& ElementInfo(ElementType type) {
  return kElementTypes[static_cast<size_t>(type)];
}

constexpr size_t ElementBytes(ElementType type) { return ElementInfo(type).bytes; }

/// The type with this spelling in a format; `name` is a member of ElementTypeInfo. nullopt if no
/// type has it.
template <typename Spelling>
constexpr std::optional<ElementType> FindElementType(Spelling ElementTypeInfo::*name,
                                                     const Spelling& spelling) {
  for (const ElementTypeInfo& info : kElementTypes) {
    if (info.*name == spelling && spelling != Spelling()) return info.type;
  }
  return std::nullopt;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_ELEMENT_TYPE_H_
