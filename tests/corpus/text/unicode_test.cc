#include "corpus/text/unicode.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "corpus/text/composition.h"
#include "corpus/text/display_columns.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"
#include "unicode/bytestream.h"
#include "unicode/normalizer2.h"
#include "unicode/stringpiece.h"
#include "unicode/utf8.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

std::string Normalized(std::string_view text, Normalization form,
                       InvalidUtf8 policy = InvalidUtf8::kKeep) {
  std::string out = "old content";
  CM_EXPECT_OK(Normalize(text, form, policy, &out));
  return out;
}

/// ICU over the whole text at once.
std::string ByIcu(const std::string& text, Normalization form) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer = form == Normalization::kNfc
                                                 ? icu::Normalizer2::getNFCInstance(error)
                                                 : icu::Normalizer2::getNFKCInstance(error);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
                            sink, nullptr, error);
  EXPECT_TRUE(U_SUCCESS(error));
  return out;
}

void AppendUtf8(int32_t code, std::string* out) {
  char bytes[4];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, code);
  out->append(bytes, static_cast<size_t>(length));
}

/// By Python's unicodedata.normalize (Unicode 14).
const struct {
  const char *script, *text, *nfc, *nfkc;
} kScripts[] = {
    {"Latin", "Ti\u00ea\u0301ng Vi\u1ec7t e\u0301 \u017f\u0307\u0323 \ufb01",
     "Ti\u1ebfng Vi\u1ec7t \u00e9 \u1e9b\u0323 \ufb01", "Ti\u1ebfng Vi\u1ec7t \u00e9 \u1e69 fi"},
    {"Latin order", "a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b",
     "\u00e0\u05ae\u0300\u0315b"},
    {"Greek", "\u03b1\u0313\u0301\u0345 \u03d2\u0301 \u1f71", "\u1f84 \u03d3 \u03ac",
     "\u1f84 \u038e \u03ac"},
    {"Cyrillic", "\u0438\u0306 \u0435\u0308", "\u0439 \u0451", "\u0439 \u0451"},
    {"Hebrew", "\u05e9\u05bc\u05c1 \ufb2a \u05d0\u05b7",
     "\u05e9\u05bc\u05c1 \u05e9\u05c1 \u05d0\u05b7",
     "\u05e9\u05bc\u05c1 \u05e9\u05c1 \u05d0\u05b7"},
    {"Arabic", "\u0627\u0653 \u064a\u0654 \ufefb \u0628\u0651\u064e",
     "\u0622 \u0626 \ufefb \u0628\u064e\u0651", "\u0622 \u0626 \u0644\u0627 \u0628\u064e\u0651"},
    {"Devanagari", "\u0915\u093c \u0958 \u0928\u093c", "\u0915\u093c \u0915\u093c \u0929",
     "\u0915\u093c \u0915\u093c \u0929"},
    {"Bengali", "\u09c7\u09be \u09a1\u09bc \u09df", "\u09cb \u09a1\u09bc \u09af\u09bc",
     "\u09cb \u09a1\u09bc \u09af\u09bc"},
    {"Gurmukhi", "\u0a38\u0a3c \u0a36", "\u0a38\u0a3c \u0a38\u0a3c", "\u0a38\u0a3c \u0a38\u0a3c"},
    {"Oriya", "\u0b47\u0b56 \u0b21\u0b3c", "\u0b48 \u0b21\u0b3c", "\u0b48 \u0b21\u0b3c"},
    {"Tamil", "\u0b92\u0bd7 \u0bc6\u0bbe", "\u0b94 \u0bca", "\u0b94 \u0bca"},
    {"Telugu", "\u0c46\u0c56", "\u0c48", "\u0c48"},
    {"Kannada", "\u0cbf\u0cd5 \u0cc6\u0cc2\u0cd5", "\u0cc0 \u0ccb", "\u0cc0 \u0ccb"},
    {"Malayalam", "\u0d46\u0d3e", "\u0d4a", "\u0d4a"},
    {"Sinhala", "\u0dd9\u0dcf\u0dca", "\u0ddd", "\u0ddd"},
    {"Thai", "\u0e33 \u0e01\u0e48\u0e38", "\u0e33 \u0e01\u0e38\u0e48",
     "\u0e4d\u0e32 \u0e01\u0e38\u0e48"},
    {"Lao", "\u0eb3 \u0edc", "\u0eb3 \u0edc", "\u0ecd\u0eb2 \u0eab\u0e99"},
    {"Tibetan", "\u0f71\u0f72 \u0f43 \u0f0c", "\u0f71\u0f72 \u0f42\u0fb7 \u0f0c",
     "\u0f71\u0f72 \u0f42\u0fb7 \u0f0b"},
    {"Myanmar", "\u1025\u102e", "\u1026", "\u1026"},
    {"Georgian", "\u10d2\u10d0 \u10fc", "\u10d2\u10d0 \u10fc", "\u10d2\u10d0 \u10dc"},
    {"Ethiopic", "\u12a0\u121b\u122d\u129b", "\u12a0\u121b\u122d\u129b",
     "\u12a0\u121b\u122d\u129b"},
    {"Khmer", "\u1781\u17d2\u1798\u17c2\u179a", "\u1781\u17d2\u1798\u17c2\u179a",
     "\u1781\u17d2\u1798\u17c2\u179a"},
    {"Balinese", "\u1b05\u1b35", "\u1b06", "\u1b06"},
    {"Hiragana", "\u304b\u3099 \u3046\u3099\u3099", "\u304c \u3094\u3099", "\u304c \u3094\u3099"},
    {"Katakana", "\u30ab\u3099 \uff76\uff9e \u33a5", "\u30ac \uff76\uff9e \u33a5",
     "\u30ac \u30ac m3"},
    {"Han", "\u8c48 \uf900 \u2f00 \U0002f800", "\u8c48 \u8c48 \u2f00 \u4e3d",
     "\u8c48 \u8c48 \u4e00 \u4e3d"},
    {"Hangul jamo", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00", "\ud55c\uae00"},
    {"Hangul halves", "\uac00\u11a8 \u1100\u1100\u1161 \u1161\u11a8",
     "\uac01 \u1100\uac00 \u1161\u11a8", "\uac01 \u1100\uac00 \u1161\u11a8"},
    {"Hangul compatibility", "\u3131\u314f \uffa1", "\u3131\u314f \uffa1", "\uac00 \u1100"},
    {"Old Turkic", "\U00010c00", "\U00010c00", "\U00010c00"},
    {"Kaithi", "\U00011099\U000110ba", "\U0001109a", "\U0001109a"},
    {"Chakma", "\U00011131\U00011127", "\U0001112e", "\U0001112e"},
    {"Grantha", "\U00011347\U0001133e", "\U0001134b", "\U0001134b"},
    {"Musical symbols", "\U0001d157\U0001d165", "\U0001d157\U0001d165", "\U0001d157\U0001d165"},
    {"Mathematical", "\U0001d400 \u2260 \u226f\u0338 =\u0338",
     "\U0001d400 \u2260 \u226f\u0338 \u2260", "A \u2260 \u226f\u0338 \u2260"},
    {"Emoji", "\U0001f468\u200d\U0001f469 \u2764\ufe0f", "\U0001f468\u200d\U0001f469 \u2764\ufe0f",
     "\U0001f468\u200d\U0001f469 \u2764\ufe0f"},
    {"Singletons", "\u212b \u2126 \u212a", "\u00c5 \u03a9 K", "\u00c5 \u03a9 K"},
    {"Composition exclusions", "\u0958 \u2adc \ufb1d \u0344 \u0f73",
     "\u0915\u093c \u2add\u0338 \u05d9\u05b4 \u0308\u0301 \u0f71\u0f72",
     "\u0915\u093c \u2add\u0338 \u05d9\u05b4 \u0308\u0301 \u0f71\u0f72"},
    {"Width and fractions", "\uff21 \u00bd \u2474 \u3000x", "\uff21 \u00bd \u2474 \u3000x",
     "A 1\u20442 (1)  x"},
};

TEST(Normalize, GivesUnicodesFormsInManyScripts) {
  for (const auto& test : kScripts) {
    EXPECT_EQ(Normalized(test.text, Normalization::kNfc), test.nfc) << test.script;
    EXPECT_EQ(Normalized(test.text, Normalization::kNfkc), test.nfkc) << test.script;
    EXPECT_EQ(Normalized(test.text, Normalization::kNone), test.text) << test.script;
    EXPECT_EQ(Normalized(test.nfc, Normalization::kNfc), test.nfc) << test.script;
    EXPECT_EQ(Normalized(test.nfkc, Normalization::kNfkc), test.nfkc) << test.script;
  }
}

TEST(Normalize, ARunOfCombiningMarksLongerThanAPartIsOneRun) {
  for (const size_t marks : {10'000, 33'000, 70'000, 200'000}) {
    std::string text = "x" + std::string(65'530, 'y') + "a";
    for (size_t i = 0; i < marks; ++i) text += "\u0301";
    // Must move to the front of the whole run.
    for (int i = 0; i < 100; ++i) text += "\u0323";
    text += "z\u0301";
    const std::string expected = ByIcu(text, Normalization::kNfc);
    EXPECT_TRUE(Normalized(text, Normalization::kNfc) == expected) << marks;
    EXPECT_NE(expected, text);
  }
}

TEST(Normalize, PartsDoNotChangeTheResult) {
  // Around multiples of 64 KiB lie characters that compose or reorder with the text before them.
  const std::vector<int32_t> codes = {
      'a',     'e',     ' ',    0x301,  0x323,  0x300,   0x315,   0x5ae, 0x1100, 0x1161, 0x11a8,
      0xac00,  0x304b,  0x3099, 0x1b05, 0x1b35, 0x9c7,   0x9be,   0xf71, 0xf72,  0x344,  0x958,
      0x11099, 0x110ba, 0xfb01, 0xff76, 0xff9e, 0x1d157, 0x1d165, 0xb95, 0xe9,   0x1e69};
  for (uint64_t seed = 0; seed < 60; ++seed) {
    TestRandom random(seed);
    std::string text = seed % 3 == 0 ? "" : std::string((65'536 - 40) * (1 + seed % 2), 'q');
    const size_t size = text.size() + (seed % 3 == 0 ? 150'000 : 200);
    // Few distinct codes make long runs of marks likely.
    const size_t variety = 2 + random.Below(codes.size() - 2);
    const size_t first = random.Below(codes.size());
    while (text.size() < size) {
      AppendUtf8(codes[(first + random.Below(variety)) % codes.size()], &text);
    }
    for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
      EXPECT_TRUE(Normalized(text, form) == ByIcu(text, form)) << "seed " << seed;
    }
  }
}

TEST(Normalize, KeptInvalidBytesSeparateTheTextAroundThem) {
  EXPECT_EQ(Normalized("e\xff\u0301 e\u0301\xc3", Normalization::kNfc), "e\xff\u0301 \u00e9\xc3");
  EXPECT_EQ(Normalized("\xed\xa0\x80", Normalization::kNfc), "\xed\xa0\x80");
  EXPECT_EQ(Normalized(std::string("\0\xfe\0", 3), Normalization::kNfkc),
            std::string("\0\xfe\0", 3));
  const std::string bytes = RandomBytes(300'000, 1);
  EXPECT_TRUE(Normalized(bytes, Normalization::kNone) == bytes);
}

TEST(Normalize, FailNamesTheFirstBadByteAndReplaceReplacesIt) {
  std::string out;
  EXPECT_THAT(Normalize("ab\u00e9\xc3(", Normalization::kNfc, InvalidUtf8::kFail, &out),
              Fails(absl::StatusCode::kDataLoss, std::string("byte 4 is not UTF-8 (0xC3)")));
  CM_EXPECT_OK(Normalize("e\u0301", Normalization::kNfc, InvalidUtf8::kFail, &out));
  EXPECT_EQ(out, "\u00e9");
  EXPECT_EQ(Normalized("a\xff", Normalization::kNone, InvalidUtf8::kReplace), "a\ufffd");
}

/// {bytes, Python's decode(errors="ignore"), decode(errors="replace")}, encoded again.
const struct {
  std::string bytes, dropped, replaced;
} kInvalid[] = {
    {"\x61\x62\x63", "\x61\x62\x63", "\x61\x62\x63"},
    {"\x61\xff\x62", "\x61\x62", "\x61\xef\xbf\xbd\x62"},
    {"\xe4\xb8\xad\xe6\x96", "\xe4\xb8\xad", "\xe4\xb8\xad\xef\xbf\xbd"},
    {"\xe4\xb8\x41", "\x41", "\xef\xbf\xbd\x41"},
    {"\xc0\xaf", "", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xed\xa0\x80\x78", "\x78", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x78"},
    {"\xed\xbf\xbf", "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf4\x90\x80\x80\x79", "\x79", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x79"},
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {"\xf0\x9f\x98", "", "\xef\xbf\xbd"},
    {"\xf0\x9f\xe4\xb8\xad", "\xe4\xb8\xad", "\xef\xbf\xbd\xe4\xb8\xad"},
    {"\x80\xbf", "", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xe0\x80\xaf", "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xe0\xa0\x80", "\xe0\xa0\x80", "\xe0\xa0\x80"},
    {"\xf0\x80\x80\xaf", "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf8\x88\x80\x80\x80", "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xc3\xa9\xc3", "\xc3\xa9", "\xc3\xa9\xef\xbf\xbd"},
    {"\xef\xbf\xbf", "\xef\xbf\xbf", "\xef\xbf\xbf"},
    {std::string("\x61\x00\x62", 3), std::string("\x61\x00\x62", 3),
     std::string("\x61\x00\x62", 3)},
    {"\xc2", "", "\xef\xbf\xbd"},
    {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x20\x41", "\x20\x41",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x20\x41"},
    {"", "", ""},
};

/// Characters that a normal form excludes, composes or reorders, and some that it keeps.
std::vector<int32_t> UnstableCodes() {
  std::vector<int32_t> codes = {'a', 'q', ' ', 0x4e2d, 0x1f600, 0x1100, 0x1161, 0x11a8, 0xac00};
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfkc = icu::Normalizer2::getNFKCInstance(error);
  icu::UnicodeString decomposition;
  for (int32_t code = 0; code < 0x30000; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;
    if (nfkc->getCombiningClass(code) != 0 || !nfkc->hasBoundaryBefore(code) ||
        (nfkc->getDecomposition(code, decomposition) && code % 7 == 0)) {
      codes.push_back(code);
    }
  }
  return codes;
}

TEST(Normalize, LongRunsOfMarksEqualIcu) {
  const std::vector<int32_t> codes = UnstableCodes();
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfkc = icu::Normalizer2::getNFKCInstance(error);
  std::vector<int32_t> joined;  // No boundary lies before these.
  for (const int32_t code : codes) {
    if (!nfkc->hasBoundaryBefore(code)) joined.push_back(code);
  }
  ASSERT_GT(joined.size(), 800);
  for (uint64_t seed = 0; seed < 400; ++seed) {
    TestRandom random(seed);
    std::string text;
    // A few kinds of marks meet often; all kinds meet all others over many seeds.
    const size_t kinds = seed % 2 == 0 ? 1 + random.Below(6) : joined.size();
    std::vector<int32_t> few;
    for (size_t i = 0; i < kinds; ++i) few.push_back(joined[random.Below(joined.size())]);
    for (int run = 0; run < 6; ++run) {
      for (uint64_t i = random.Below(4); i > 0; --i) {
        AppendUtf8(codes[random.Below(codes.size())], &text);
      }
      const uint64_t length = random.Below(3) == 0 ? random.Below(20) : random.Below(900);
      for (uint64_t i = 0; i < length; ++i) AppendUtf8(few[random.Below(few.size())], &text);
    }
    for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
      const std::string expected = ByIcu(text, form);
      ASSERT_EQ(Normalized(text, form), expected) << "seed " << seed;
      ASSERT_EQ(Normalized(expected, form), expected) << "seed " << seed;
      std::string composed;
      AppendComposed(text, form == Normalization::kNfkc, &composed);
      ASSERT_EQ(composed, expected) << "seed " << seed;
    }
  }
}

TEST(Normalize, EveryCharacterWithMarksComposesAsInIcu) {
  std::string text;
  for (const int32_t code : UnstableCodes()) {
    for (const int32_t mark : {0x301, 0x323, 0x345, 0x1161, 0x11a8}) {
      AppendUtf8(code, &text);
      AppendUtf8(mark, &text);
      AppendUtf8(0x31b, &text);
    }
  }
  for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
    std::string composed;
    AppendComposed(text, form == Normalization::kNfkc, &composed);
    EXPECT_TRUE(composed == ByIcu(text, form));
  }
}

TEST(Normalize, TakesLinearTimeForARunOfMarks) {
  // U+0301 sorts behind U+0323: by insertion, 4·10¹¹ moves.
  std::string marks = "a";
  for (int i = 0; i < 1'000'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
  const std::string text = "x" + marks + "\n" + marks + "y";
  for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
    std::string one = "\u1ea1";  // a and U+0323
    for (int i = 1; i < 500'000; ++i) one += "\u0323";
    for (int i = 0; i < 500'000; ++i) one += "\u0301";
    EXPECT_TRUE(Normalized(text, form) == "x" + one + "\n" + one + "y");
    std::string out;
    std::vector<NormalizedStretch> stretches;
    CM_ASSERT_OK(NormalizeWithOffsets(text, form, &out, &stretches));
    EXPECT_TRUE(out == "x" + one + "\n" + one + "y");
    EXPECT_EQ(stretches.size(), 5);
    OriginalOffsets offsets(stretches);
    EXPECT_EQ(offsets.Of(1), 1);
    EXPECT_EQ(offsets.Of(one.size()), 1);
    EXPECT_EQ(offsets.Of(1 + one.size()), 1 + marks.size());
    EXPECT_EQ(offsets.Of(out.size()), text.size());
  }
  // A run without a starter that is already normal stays as it is.
  std::string sorted;
  for (int i = 0; i < 200'000; ++i) sorted += "\u0301";
  EXPECT_TRUE(Normalized(sorted, Normalization::kNfc) == sorted);
}

TEST(InvalidUtf8, IsDroppedAndReplacedAsPythonDoes) {
  for (const auto& test : kInvalid) {
    EXPECT_EQ(DropInvalidUtf8(test.bytes), test.dropped);
    EXPECT_EQ(Normalized(test.bytes, Normalization::kNone, InvalidUtf8::kReplace), test.replaced);
    EXPECT_EQ(IsValidUtf8(test.bytes), test.bytes == test.dropped);
  }
}

TEST(InvalidUtf8, ManyBadBytesDoNotTakeQuadraticTime) {
  const std::string bad(1 << 20, '\xff');
  EXPECT_EQ(DropInvalidUtf8(bad), "");
  std::string mixed;
  for (int i = 0; i < 1 << 19; ++i) mixed += "a\xff";
  EXPECT_EQ(DropInvalidUtf8(mixed), std::string(1 << 19, 'a'));
}

/// A decoder straight from table 3-7 of the Unicode standard.
size_t NaiveValidPrefix(std::string_view text) {
  size_t i = 0;
  const auto byte = [&](size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  const auto tail = [&](size_t at) { return byte(at) >= 0x80 && byte(at) <= 0xbf; };
  while (i < text.size()) {
    const unsigned a = byte(i), b = byte(i + 1);
    if (a < 0x80) {
      i += 1;
    } else if (a >= 0xc2 && a <= 0xdf && tail(i + 1)) {
      i += 2;
    } else if (a >= 0xe0 && a <= 0xef && tail(i + 1) && tail(i + 2) && (a != 0xe0 || b >= 0xa0) &&
               (a != 0xed || b <= 0x9f)) {
      i += 3;
    } else if (a >= 0xf0 && a <= 0xf4 && tail(i + 1) && tail(i + 2) && tail(i + 3) &&
               (a != 0xf0 || b >= 0x90) && (a != 0xf4 || b <= 0x8f)) {
      i += 4;
    } else {
      return i;
    }
  }
  return i;
}

TEST(ValidUtf8Prefix, AgreesWithTheStandardsTableAroundItsSteps) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    TestRandom random(seed);
    std::string text = random.Below(2) == 0 ? "" : "x";
    const size_t size = 4096 * (1 + random.Below(3)) - 8 + random.Below(16);
    static constexpr const char* kUnits[] = {"a", "\u00e9", "\u4e2d", "\U0001f600"};
    const uint64_t unit = random.Below(5);
    while (text.size() < size) text += kUnits[unit < 4 ? unit : random.Below(4)];
    if (random.Below(4) != 0) {  // Damage near the end or near a step.
      const size_t at =
          random.Below(2) == 0 ? text.size() - 1 - random.Below(12) : 4096 - 6 + random.Below(12);
      text[std::min(at, text.size() - 1)] = static_cast<char>(random.Next());
    }
    if (random.Below(3) == 0) text.resize(text.size() - random.Below(4));
    ASSERT_EQ(ValidUtf8Prefix(text), NaiveValidPrefix(text)) << "seed " << seed;
  }
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    const std::string bytes = RandomBytes(1 + seed % 9, seed);
    ASSERT_EQ(ValidUtf8Prefix(bytes), NaiveValidPrefix(bytes)) << "seed " << seed;
  }
}

TEST(DecodeUtf8, EveryCodePointRoundTripsAndSurrogatesAreInvalid) {
  for (int32_t code = 0; code <= 0x10ffff; ++code) {
    std::string bytes;
    AppendUtf8(code, &bytes);
    int32_t decoded;
    const size_t length = DecodeUtf8(bytes + "\x80", &decoded);
    if (code >= 0xd800 && code <= 0xdfff) {
      ASSERT_EQ(decoded, -1);
      ASSERT_EQ(length, 1);
    } else {
      ASSERT_EQ(decoded, code);
      ASSERT_EQ(length, bytes.size());
    }
  }
}

TEST(IsDecimalDigit, IsGeneralCategoryNd) {
  for (const int32_t code : {0x30, 0x39, 0x660, 0x6f9, 0x966, 0xff10, 0x1d7ff, 0x1e950}) {
    EXPECT_TRUE(IsDecimalDigit(code)) << code;
  }
  for (const int32_t code : {0x61, 0x2f, 0x3a, 0xb2, 0xbd, 0x4e00, 0x2160, 0x2460, -1, 0x110000}) {
    EXPECT_FALSE(IsDecimalDigit(code)) << code;
  }
}

TEST(ScriptName, IsEmptyForCharactersOfSeveralScripts) {
  EXPECT_EQ(ScriptName('a'), "Latin");
  EXPECT_EQ(ScriptName(0xe9), "Latin");
  EXPECT_EQ(ScriptName(0x4e2d), "Han");
  EXPECT_EQ(ScriptName(0x3042), "Hiragana");
  EXPECT_EQ(ScriptName(0x93e), "Devanagari") << "a vowel sign";
  for (const int32_t code : {0x20, 0x30, 0x3001, 0x301, 0x1f600, 0x378, -1, 0x110000}) {
    EXPECT_EQ(ScriptName(code), "") << code;
  }
}

TEST(Escaped, IsOneUnambiguousLine) {
  EXPECT_EQ(Escaped("caf\xE9|\n", "|"), "caf\\xE9\\|\\n");
  EXPECT_EQ(Escaped("a\\n\t\x7F"), "a\\\\n\\x09\\x7F");
  EXPECT_EQ(Escaped("\u4e2d \u00e9|\u0085"), "\u4e2d \u00e9|\\xC2\\x85");
  EXPECT_EQ(Escaped("\xE4\xB8"), "\\xE4\\xB8");
}

TEST(UnicodeNames, AreParsedAndOthersRefused) {
  EXPECT_EQ(*ParseNormalization("none"), Normalization::kNone);
  EXPECT_EQ(*ParseNormalization("nfc"), Normalization::kNfc);
  EXPECT_EQ(*ParseNormalization("nfkc"), Normalization::kNfkc);
  EXPECT_EQ(*ParseInvalidUtf8("keep"), InvalidUtf8::kKeep);
  EXPECT_EQ(*ParseInvalidUtf8("replace"), InvalidUtf8::kReplace);
  EXPECT_EQ(*ParseInvalidUtf8("fail"), InvalidUtf8::kFail);
  for (const char* bad : {"", "NFC", "nfd", "drop"}) {
    EXPECT_THAT(ParseNormalization(bad),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("nfkc")));
    EXPECT_THAT(ParseInvalidUtf8(bad),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("replace")));
  }
  EXPECT_THAT(UnicodeVersion(), testing::MatchesRegex("[0-9]+\\.[0-9]+"));
}

TEST(UnicodeTest, DisplayColumns) {
  for (const int32_t code : {0x41, 0x20, 0xE9, 0x44F, 0x2026}) EXPECT_EQ(DisplayColumns(code), 1);
  for (const int32_t code : {0x4E2D, 0x3042, 0xAC00, 0xFF21, 0x3000, 0x1F600, 0x20000}) {
    EXPECT_EQ(DisplayColumns(code), 2);
  }
  for (const int32_t code : {0x301, 0xFE0F, 0x20DD}) EXPECT_EQ(DisplayColumns(code), 0);
  for (const int32_t code : {0x00, 0x1B, 0x7F, 0x85, 0xA0, 0xAD, 0x200B, 0x202E, 0x2028, 0x378}) {
    EXPECT_EQ(DisplayColumns(code), -1);
  }
}

}  // namespace
}  // namespace corpusmill
