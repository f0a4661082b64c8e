#include "tokenizer/model/base64.h"

#include <random>
#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

std::string Encode(std::string_view bytes) {
  std::string out;
  AppendBase64(bytes, &out);
  return out;
}

TEST(Base64Test, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(Encode(""), "");
  EXPECT_EQ(Encode("f"), "Zg==");
  EXPECT_EQ(Encode("fo"), "Zm8=");
  EXPECT_EQ(Encode("foo"), "Zm9v");
  EXPECT_EQ(Encode("foob"), "Zm9vYg==");
  EXPECT_EQ(Encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Encode("\xFB\xFF"), "+/8=");
}

TEST(Base64Test, DecodesWhatItEncodes) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0'), decoded = "not empty";
    for (char& c : bytes) c = static_cast<char>(random());
    ASSERT_TRUE(DecodeBase64(Encode(bytes), &decoded));
    EXPECT_EQ(decoded, bytes);
  }
}

TEST(Base64Test, RefusesAllElse) {
  std::string bytes;
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v=", "Zm9vZg", "Zg==Zg==", "Zg=v",
        "Zm 9v", "Zm9v\n", "Zh==", "Zm9=", "-_8=", "Zm\xC3\xA9=", "Z=g="}) {
    EXPECT_FALSE(DecodeBase64(text, &bytes)) << text;
  }
}

}  // namespace
}  // namespace corpusmill
