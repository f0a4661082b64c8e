#include "corpus/text/byte_scan.h"

#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

/// The first offset from `at` on of a byte for which `is_found` holds.
template <typename IsFound>
size_t Slowly(const std::string& text, size_t at, const IsFound& is_found) {
  while (at < text.size() && !is_found(static_cast<uint8_t>(text[at]))) ++at;
  return at;
}

TEST(ByteScanTest, EveryByteAtEveryPlace) {
  for (size_t size = 0; size <= 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        for (const size_t from : {size_t{0}, at, size / 2, size}) {
          const auto is_escape = [](uint8_t c) { return c < 0x20 || c == '"' || c == '\\'; };
          EXPECT_EQ((FindByte<0x20, '"', '\\'>(text, from)), Slowly(text, from, is_escape));
          const auto is_high = [](uint8_t c) { return c == 0xE2 || c == '.'; };
          EXPECT_EQ((FindByte<0, 0xE2, '.'>(text, from)), Slowly(text, from, is_high));
          const auto is_special = [](uint8_t c) { return c < 0x20 || c > 0x7E || c == '&'; };
          EXPECT_EQ(FindUnprintable<'&'>(text, from), Slowly(text, from, is_special));
          const auto is_not_ascii = [](uint8_t c) { return c >= 0x80; };
          EXPECT_EQ(FindNonAscii(text, from), Slowly(text, from, is_not_ascii));
        }
      }
    }
  }
}

TEST(ByteScanTest, TheFirstOfSeveral) {
  const std::string text = std::string(20, 'a') + "\n.\n" + std::string(20, 'b') + "\"";
  EXPECT_EQ((FindByte<0x20, '.'>(text, 0)), 20u);
  EXPECT_EQ((FindByte<0x20, '.'>(text, 21)), 21u);
  EXPECT_EQ((FindByte<0x20, '.'>(text, 22)), 22u);
  EXPECT_EQ((FindByte<0x20, '"'>(text, 23)), text.size() - 1);
  EXPECT_EQ((FindByte<0x20, '.'>(text, 23)), text.size());
}

}  // namespace
}  // namespace corpusmill
