#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"
#include "unicode/utf8.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Mapped {
  std::string out;
  std::vector<NormalizedStretch> stretches;

  /// The original offset of each byte and of the end.
  std::vector<size_t> Offsets() const {
    OriginalOffsets offsets(stretches);
    std::vector<size_t> all;
    for (size_t i = 0; i <= out.size(); ++i) all.push_back(offsets.Of(i));
    return all;
  }
};

Mapped Map(std::string_view text, Normalization form = Normalization::kNfc) {
  Mapped mapped;
  mapped.out = "old content";
  mapped.stretches = {{7, 7, true}};
  CM_EXPECT_OK(NormalizeWithOffsets(text, form, &mapped.out, &mapped.stretches));
  return mapped;
}

/// Invariants for any text.
void ExpectSound(std::string_view text, Normalization form, const std::string& where) {
  const Mapped mapped = Map(text, form);
  std::string plain;
  CM_ASSERT_OK(Normalize(text, form, InvalidUtf8::kKeep, &plain));
  ASSERT_TRUE(mapped.out == plain) << where;
  size_t normalized = 0, original = 0;
  bool unchanged_before = false;
  for (const NormalizedStretch& stretch : mapped.stretches) {
    ASSERT_GE(stretch.normalized_end, normalized) << where;
    ASSERT_GE(stretch.original_end, original) << where;
    const std::string_view from = text.substr(original, stretch.original_end - original);
    const std::string_view to =
        std::string_view(plain).substr(normalized, stretch.normalized_end - normalized);
    if (stretch.changed) {
      // A stretch can be normalised alone: it composes with nothing around it.
      std::string alone;
      CM_ASSERT_OK(Normalize(from, form, InvalidUtf8::kKeep, &alone));
      ASSERT_EQ(alone, to) << where;
    } else {
      ASSERT_EQ(from, to) << where;
      ASSERT_FALSE(unchanged_before) << where << ": two stretches that are one";
    }
    unchanged_before = !stretch.changed;
    normalized = stretch.normalized_end;
    original = stretch.original_end;
  }
  ASSERT_EQ(normalized, plain.size()) << where;
  ASSERT_EQ(original, text.size()) << where;
  const std::vector<size_t> offsets = mapped.Offsets();
  ASSERT_TRUE(std::is_sorted(offsets.begin(), offsets.end())) << where;
  ASSERT_EQ(offsets.front(), 0u) << where;
  ASSERT_EQ(offsets.back(), text.size()) << where;
}

TEST(NormalizeWithOffsets, NormalTextIsOneStretch) {
  EXPECT_THAT(Map("caf\u00e9 \u4e2d").stretches, ElementsAre(NormalizedStretch{9, 9, false}));
  EXPECT_THAT(Map("").stretches, IsEmpty());
  EXPECT_THAT(Map("e\u0301", Normalization::kNone).stretches,
              ElementsAre(NormalizedStretch{3, 3, false}));
  const std::string large(300'000, 'x');  // Several parts.
  EXPECT_THAT(Map(large).stretches, ElementsAre(NormalizedStretch{300'000, 300'000, false}));
}

TEST(NormalizeWithOffsets, ComposedCharactersAreAStretch) {
  const Mapped mapped = Map("ae\u0301e\u0301b");
  EXPECT_EQ(mapped.out, "a\u00e9\u00e9b");
  EXPECT_THAT(mapped.Offsets(), ElementsAre(0, 1, 1, 4, 4, 7, 8));
}

TEST(NormalizeWithOffsets, DecomposedCharactersAreAStretch) {
  // The ligature becomes two letters, ½ three characters.
  EXPECT_THAT(Map("x\ufb01y", Normalization::kNfkc).Offsets(), ElementsAre(0, 1, 1, 4, 5));
  const Mapped half = Map("\u00bd", Normalization::kNfkc);
  EXPECT_EQ(half.out, "1\u20442");
  EXPECT_THAT(half.Offsets(), ElementsAre(0, 0, 0, 0, 0, 2));
}

TEST(NormalizeWithOffsets, ReorderedMarksAreOneStretch) {
  const Mapped mapped = Map("q\u0301\u0323z");
  EXPECT_EQ(mapped.out, "q\u0323\u0301z");
  EXPECT_EQ(mapped.Offsets().back(), 6u);
  EXPECT_EQ(mapped.Offsets()[5], 5u);                 // The z.
  EXPECT_THAT(mapped.Offsets()[2], testing::Le(1u));  // Within the run, its beginning.
}

TEST(NormalizeWithOffsets, HangulSyllables) {
  EXPECT_THAT(Map("\u1112\u1161\u11ab\u1100\u1173\u11af").Offsets(),
              ElementsAre(0, 0, 0, 9, 9, 9, 18));
}

TEST(NormalizeWithOffsets, InvalidBytesMapToThemselves) {
  EXPECT_THAT(Map("e\xff\u0301 e\u0301\xc3").Offsets(), ElementsAre(0, 1, 2, 3, 4, 5, 5, 8, 9));
}

TEST(NormalizeWithOffsets, ARunOfMarksLongerThanAPart) {
  std::string text = "xa";
  for (int i = 0; i < 60'000; ++i) text += "\u0301";
  text += "\u0323z";
  ExpectSound(text, Normalization::kNfc, "long run");
  EXPECT_EQ(*(Map(text).Offsets().end() - 2), text.size() - 1);
}

TEST(NormalizeWithOffsets, IsSoundOnRandomText) {
  const std::vector<int32_t> codes = {
      'a',    'e',    ' ',    0x301,  0x323,   0x300,   0x315,   0x5ae,   0x1100, 0x1161, 0x11a8,
      0xac00, 0x304b, 0x3099, 0x1b05, 0x1b35,  0x9c7,   0x9be,   0xf71,   0xf72,  0x344,  0x958,
      0xfb01, 0xff76, 0xff9e, 0xe9,   0x11099, 0x110ba, 0x1d157, 0x1d165, 0xbd,   0x3316, 0x4e2d};
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    TestRandom random(seed);
    std::string text;
    if (seed % 100 == 0) text.assign(65'536 - 20, 'q');
    const size_t size = text.size() + random.Below(60);
    while (text.size() < size) {
      if (random.Below(12) == 0) {
        text += static_cast<char>(random.Next());
        continue;
      }
      char bytes[4];
      int32_t length = 0;
      U8_APPEND_UNSAFE(bytes, length, codes[random.Below(codes.size())]);
      text.append(bytes, static_cast<size_t>(length));
    }
    for (const Normalization form :
         {Normalization::kNone, Normalization::kNfc, Normalization::kNfkc}) {
      ExpectSound(text, form, "seed " + std::to_string(seed));
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace corpusmill
