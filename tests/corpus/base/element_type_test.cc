#include "corpus/base/element_type.h"

#include <set>
#include <string_view>

#include "tests/testing.h"

namespace corpusmill {
namespace {

TEST(ElementType, EverySpellingIsOfOneTypeAndLeadsBackToIt) {
  std::set<std::string_view> safetensors, numpy;
  std::set<uint8_t> megatron;
  for (const ElementTypeInfo& info : kElementTypes) {
    EXPECT_TRUE(safetensors.insert(info.safetensors).second) << info.safetensors;
    EXPECT_EQ(FindElementType(&ElementTypeInfo::safetensors, info.safetensors), info.type);
    if (!info.numpy.empty()) {
      EXPECT_TRUE(numpy.insert(info.numpy).second) << info.numpy;
      EXPECT_EQ(FindElementType(&ElementTypeInfo::numpy, info.numpy), info.type);
      // numpy's own spelling of the size.
      EXPECT_EQ(info.numpy.back() - '0', static_cast<int>(info.bytes)) << info.numpy;
      EXPECT_EQ(info.numpy[0], info.bytes == 1 ? '|' : '<') << info.numpy;
    }
    if (info.megatron != 0) {
      EXPECT_TRUE(megatron.insert(info.megatron).second) << info.safetensors;
      EXPECT_EQ(FindElementType(&ElementTypeInfo::megatron, info.megatron), info.type);
    }
  }
}

TEST(ElementType, WhatAFormatDoesNotHaveIsNotFound) {
  EXPECT_EQ(FindElementType(&ElementTypeInfo::numpy, std::string_view()), std::nullopt);
  EXPECT_EQ(FindElementType(&ElementTypeInfo::numpy, std::string_view(">u2")), std::nullopt);
  EXPECT_EQ(FindElementType(&ElementTypeInfo::megatron, uint8_t{0}), std::nullopt);
  EXPECT_EQ(FindElementType(&ElementTypeInfo::safetensors, std::string_view("u16")), std::nullopt);
}

TEST(ElementType, IntegersAreNeitherFloatsNorBools) {
  EXPECT_TRUE(ElementInfo(ElementType::kU16).is_integer());
  EXPECT_FALSE(ElementInfo(ElementType::kF16).is_integer());
  EXPECT_FALSE(ElementInfo(ElementType::kBool).is_integer());
}

}  // namespace
}  // namespace corpusmill
