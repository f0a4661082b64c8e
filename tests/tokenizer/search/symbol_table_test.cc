#include "tokenizer/search/symbol_table.h"

#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/search/automata.h"
#include "tokenizer/search/out_of_vocabulary.h"

namespace corpusmill {
namespace {

bool IsNormal(std::string_view text, Normalization form) {
  static std::string normalized;
  const absl::Status status = Normalize(text, form, InvalidUtf8::kKeep, &normalized);
  return status.ok() && normalized == text;
}

bool IsSurrogate(int32_t c) { return c >= 0xD800 && c < 0xE000; }

/// The bytes of the codes.
std::string BytesOf(const MatchAutomaton& automaton, const std::vector<uint16_t>& symbols) {
  std::string bytes;
  for (const uint16_t code : symbols) {
    const uint32_t symbol = automaton.symbols()[code];
    bytes += symbol >= MatchAutomaton::kByte
                 ? std::string(1, static_cast<char>(symbol - MatchAutomaton::kByte))
                 : EncodeUtf8(static_cast<int32_t>(symbol));
  }
  return bytes;
}

class SymbolTableTest : public testing::TestWithParam<Normalization> {
 protected:
  bool Says(std::string_view text) {
    symbols_.resize(text.size());
    size_t count = 0;
    const bool normal = table_.Convert(text, symbols_.data(), &count);
    symbols_.resize(count);
    return normal;
  }

  const PieceSet pieces_{{{"\u00e9", 5}, {"\u4e2d\u6587", 5}, {"e\u0301", 5}, {"\U0001F600", 3}}};
  const MatchAutomaton automaton_ = pieces_.Automaton(true);
  const SymbolTable table_{automaton_, GetParam()};
  std::vector<uint16_t> symbols_;
};

INSTANTIATE_TEST_SUITE_P(Each, SymbolTableTest,
                         testing::Values(Normalization::kNfc, Normalization::kNfkc),
                         [](const auto& info) {
                           return std::string(NormalizationName(info.param));
                         });

TEST_P(SymbolTableTest, KnowsWhichCharactersAreNormalAlone) {
  for (int32_t c = 0; c < 0x110000; ++c) {
    if (IsSurrogate(c)) continue;
    const std::string text = EncodeUtf8(c);
    if (Says(text)) {
      ASSERT_TRUE(IsNormal(text, GetParam())) << std::hex << c;
    }
    ASSERT_EQ(BytesOf(automaton_, symbols_), text);
  }
}

/// All code points that normalised text cannot contain, and their neighbours.
std::vector<int32_t> Unstable(Normalization form) {
  std::vector<int32_t> found;
  ForEachUnstableRange(form, [&](uint32_t first, uint32_t last, bool) {
    const int32_t begin = std::max<int32_t>(0, static_cast<int32_t>(first) - 1);
    const int32_t end = std::min<int32_t>(0x10FFFF, static_cast<int32_t>(last) + 1);
    // Some of each long range, such as Chinese characters with another form.
    for (int32_t c = begin; c <= end; c += end - begin > 1000 ? 37 : 1) {
      if (!IsSurrogate(c)) found.push_back(c);
    }
  });
  return found;
}

TEST_P(SymbolTableTest, NeverTakesAPairForNormalThatIsNot) {
  // Composing starters of several scripts; marks of several classes; jamo; code points between.
  static constexpr int32_t kPartners[] = {
      'a',    'E',    '<',    0x00E9, 0x0301,  0x0308,  0x0316,  0x0323, 0x0327, 0x0338,
      0x0345, 0x05BC, 0x0651, 0x093C, 0x0928,  0x09C7,  0x0B47,  0x0BC6, 0x0E38, 0x0E48,
      0x1100, 0x1161, 0x11A8, 0xAC00, 0xAC01,  0x1025,  0x102E,  0x1B05, 0x3046, 0x3099,
      0x309A, 0x4E2D, 0x200D, 0xFB01, 0x11099, 0x110BA, 0x1D15E, 0x1D165};
  std::vector<int32_t> unstable = Unstable(GetParam());
  // And some code points reported as stable.
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto c = static_cast<int32_t>(random() % 0x110000);
    if (!IsSurrogate(c)) unstable.push_back(c);
  }
  for (const int32_t c : unstable) {
    const std::string one = EncodeUtf8(c);
    for (const int32_t partner : kPartners) {
      const std::string other = EncodeUtf8(partner);
      for (const std::string& text : {one + other, other + one}) {
        if (Says(text)) {
          ASSERT_TRUE(IsNormal(text, GetParam())) << std::hex << c << " " << partner;
        }
      }
    }
  }
}

TEST_P(SymbolTableTest, NeverTakesAStringForNormalThatIsNot) {
  std::mt19937 random(2);
  const std::vector<int32_t> unstable = Unstable(GetParam());
  int normal = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string text;
    for (size_t size = 1 + random() % 8; size > 0; --size) {
      switch (random() % 6) {
        case 0:
          text += static_cast<char>(random() % 128);
          break;
        case 1:
          text += EncodeUtf8(unstable[random() % unstable.size()]);
          break;
        case 2:
          text += EncodeUtf8(0x0300 + random() % 0x70);
          break;
        case 3:
          text += EncodeUtf8(0x3000 + random() % 0x3000);
          break;
        case 4:
          text += random() % 4 == 0 ? static_cast<char>(random()) : 'o';
          break;
        default:
          text += std::string(random() % 9, 'x');
      }
    }
    if (Says(text)) {
      ++normal;
      ASSERT_TRUE(IsNormal(text, GetParam())) << testing::PrintToString(text);
      ASSERT_EQ(BytesOf(automaton_, symbols_), text);
    }
  }
  EXPECT_GT(normal, 5000);
}

TEST_P(SymbolTableTest, TakesPlainTextForNormal) {
  for (const char* text : {
           "The quick brown fox.",
           "D\u00e9j\u00e0 vu, \u00fcber, Stra\u00dfe, \u0141\u00f3d\u017a, Ng\u01b0\u1eddi "
           "Vi\u1ec7t",
           "\u0417\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439, \u0439\u0451\u0436",
           "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1", "\u05e9\u05dc\u05d5\u05dd",
           "\u0645\u0631\u062d\u0628\u0627 \u0623\u0647\u0644\u0627\u064b",
           "\u0928\u092e\u0938\u094d\u0924\u0947 \u0939\u093f\u0928\u094d\u0926\u0940",
           "\u0a2a\u0a70\u0a1c\u0a3e\u0a2c\u0a40",
           "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e17\u0e35\u0e48",
           "\u4e2d\u6587\uff0c\u6c49\u5b57\u3002",
           "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\u3067\u3001\u304c\u304e",
           "\ud55c\uad6d\uc5b4 \uae00\uc790",
           "\U0001F600\U0001F468\u200D\U0001F469\u200D\U0001F467 \U00020000",
           "q\u0301 x\u0323",  // One mark on a letter with which it has no character.
       }) {
    const bool joins = std::string_view(text).find("\u0301") != std::string_view::npos ||
                       std::string_view(text).find("\u0323") != std::string_view::npos;
    const bool wide = std::string_view(text).find("\uff0c") != std::string_view::npos;
    ASSERT_EQ(IsNormal(text, GetParam()), !(wide && GetParam() == Normalization::kNfkc)) << text;
    // U+0301 might combine, so the text is checked.
    if (joins || (wide && GetParam() == Normalization::kNfkc)) {
      EXPECT_FALSE(Says(text)) << text;
    } else {
      EXPECT_TRUE(Says(text)) << text;
    }
  }
}

TEST_P(SymbolTableTest, AsksTheNormaliserWhereTextMayChange) {
  for (const char* text : {
           "e\u0301",             // Combines.
           "q\u0301\u0323",       // Marks in the wrong order.
           "\u0e14\u0e48\u0e38",  // The same in Thai, where nothing combines.
           "\u05d1\u05bc\u05b7",  // And in Hebrew.
           "\u1100\u1161",
           "\uac00\u11a8",  // Hangul jamo.
           "\u0958",
           "\u212b",
           "\u2126",
           "\uf900",
           "\U0001D15E",  // Never normal.
           "\u304b\u3099",
           "abcdefgh\u0344abcdefgh",
       }) {
    EXPECT_FALSE(IsNormal(text, GetParam())) << text;
    EXPECT_FALSE(Says(text)) << text;
  }
}

TEST_P(SymbolTableTest, SeesMarksOnBothSidesOfWhatSeparatesThem) {
  // Text on each side of invalid UTF-8 is normalised separately.
  for (const char* text : {"\u0e38\xFF\u0e38", "\u0e48 \u0e38", "\u0e48\xE4\xB8\u0e38",
                           "\u0e48abcdefgh\u0e38", "\u0e48\u4e2d\u0e38"}) {
    EXPECT_TRUE(IsNormal(text, GetParam()));
    EXPECT_TRUE(Says(text)) << testing::PrintToString(std::string(text));
  }
}

TEST_P(SymbolTableTest, SaysTheSameOverBytes) {
  // Whether text is normal does not depend on the kind of symbols.
  const MatchAutomaton bytes = PieceSet({{"\xC3\xA9\xC3", 5}}).Automaton(true);
  ASSERT_FALSE(bytes.has_characters());
  const SymbolTable table(bytes, GetParam());
  std::mt19937 random(3);
  const std::vector<int32_t> unstable = Unstable(GetParam());
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t size = 1 + random() % 5; size > 0; --size) {
      text += random() % 2 == 0 ? EncodeUtf8(unstable[random() % unstable.size()])
                                : std::string(1, static_cast<char>(random()));
    }
    std::vector<uint16_t> symbols(text.size());
    size_t count;
    ASSERT_EQ(table.Convert(text, symbols.data(), &count), Says(text));
    ASSERT_EQ(count, text.size());
    ASSERT_EQ(BytesOf(bytes, symbols), text);
  }
}

TEST(SymbolTableNoneTest, TakesAllTextForNormal) {
  const MatchAutomaton automaton = PieceSet({{"\u00e9", 5}}).Automaton(true);
  const SymbolTable table(automaton, Normalization::kNone);
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 30, '\0');
    for (char& c : text) c = static_cast<char>(random());
    if (round % 2 == 0) text += "e\u0301\u0344\u00e9";
    std::vector<uint16_t> symbols(text.size());
    size_t count;
    ASSERT_TRUE(table.Convert(text, symbols.data(), &count));
    symbols.resize(count);
    ASSERT_EQ(BytesOf(automaton, symbols), text);
  }
}

TEST(SymbolTableNoneTest, WritesCharactersAsOneSymbol) {
  const MatchAutomaton automaton =
      PieceSet({{"\u00e9", 5}, {"\u4e2d", 5}, {"\U0001F600", 5}}).Automaton(true);
  const SymbolTable table(automaton, Normalization::kNone);
  const std::string text = "\u00e9\u4e2d\U0001F600\u6587\xC3";
  std::vector<uint16_t> symbols(text.size());
  // U+6587 is out of vocabulary: three bytes; and one invalid byte.
  EXPECT_EQ(table.ConvertNormal(text, symbols.data()), 3 + 3 + 1);
}

TEST(SymbolTableNoneTest, ListsOutOfVocabularyCharacters) {
  const MatchAutomaton automaton =
      PieceSet({{"\u00e9", 5}, {"\u4e2d", 5}, {"\U0001F600", 5}}).Automaton(true);
  // Plain characters of each length, at the end and before it, and invalid UTF-8.
  const std::string text =
      "\u00fc\u6587\U0001F680 \u00e9a\u6587\xC3\xED\xA0\x80 plain text \U0001F681\u6588";
  for (const Normalization form : {Normalization::kNone, Normalization::kNfc}) {
    const SymbolTable table(automaton, form);
    std::vector<uint16_t> symbols(text.size());
    std::vector<uint32_t> out_of_vocabulary = {7};
    size_t count;
    EXPECT_TRUE(table.Convert(text, symbols.data(), &count, &out_of_vocabulary));
    symbols.resize(count);
    std::string bytes;
    for (std::span<const uint32_t> rest = out_of_vocabulary; !rest.empty();) {
      ForEachOutOfVocabularyByte(&rest, [&](uint8_t byte) { bytes += static_cast<char>(byte); });
    }
    EXPECT_EQ(bytes, "\u00fc\u6587\U0001F680\u6587\U0001F681\u6588");
    EXPECT_EQ(out_of_vocabulary.size(), 6);
    EXPECT_EQ(count, 3 + 3 + 1 + 4 + 12 + 2);
    size_t found = 0;
    for (const uint16_t code : symbols) {
      found += automaton.symbols()[code] == MatchAutomaton::kOutOfVocabulary;
    }
    EXPECT_EQ(found, out_of_vocabulary.size());
  }
}

TEST(SymbolTableNfcTest, LooksAtTheOrderOfMarks) {
  const MatchAutomaton automaton = PieceSet({{"\u00e9", 5}}).Automaton(true);
  const SymbolTable table(automaton, Normalization::kNfc);
  const auto says = [&](std::string_view text) {
    std::vector<uint16_t> symbols(text.size());
    size_t count;
    return table.Convert(text, symbols.data(), &count);
  };
  // Thai u (class 103) and a tone mark (107), Hebrew points of classes 21 and 24.
  EXPECT_TRUE(says("\u0E01\u0E38\u0E48"));
  EXPECT_FALSE(says("\u0E01\u0E48\u0E38"));
  EXPECT_TRUE(says("\u0E01\u0E48 \u0E38"));
  EXPECT_TRUE(says("\u0E01\u0E48\u0E48"));
  EXPECT_TRUE(says("\u05E9\u05BC\u05C1"));
  EXPECT_FALSE(says("\u05E9\u05C1\u05BC"));
}

TEST(ForEachUnstableRangeTest, IsEmptyWithoutAForm) {
  ForEachUnstableRange(Normalization::kNone, [](uint32_t, uint32_t, bool) { FAIL(); });
}

TEST(ForEachUnstableRangeTest, NamesWhatTheFormChanges) {
  for (const Normalization form : {Normalization::kNfc, Normalization::kNfkc}) {
    std::vector<char> unstable(0x110000);
    size_t marks = 0;
    ForEachUnstableRange(form, [&](uint32_t first, uint32_t last, bool is_mark) {
      ASSERT_LE(first, last);
      ASSERT_LE(last, 0x10FFFF);
      for (uint32_t c = first; c <= last; ++c) unstable[c] = 1;
      if (is_mark) marks += last - first + 1;
    });
    EXPECT_GT(marks, 500);
    EXPECT_FALSE(unstable['e']);
    EXPECT_FALSE(unstable[0x4E2D]);
    EXPECT_TRUE(unstable[0x0301]);
    EXPECT_TRUE(unstable[0x1161]);
    EXPECT_EQ(unstable[0xFB01], form == Normalization::kNfkc);
    for (int32_t c = 0x80; c < 0x110000; ++c) {
      if (IsSurrogate(c) || unstable[c]) continue;
      ASSERT_TRUE(IsNormal(EncodeUtf8(c), form)) << std::hex << c;
    }
  }
}

}  // namespace
}  // namespace corpusmill
