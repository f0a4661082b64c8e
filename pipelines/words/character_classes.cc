#include "pipelines/words/character_classes.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>

namespace corpusmill {
namespace {

using Classes = CharacterClasses;

struct Range {
  uint32_t first;
  uint32_t last;
};

/// Python's white space.
constexpr char32_t kSpaces[] =
    U"\t\n\v\f\r\x1C\x1D\x1E\x1F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    U"\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";

/// Members of the set that are neither ASCII punctuation, controls nor (in ICU) ends of sentences.
constexpr char32_t kMorePunctuation[] =
    U"«´»\u2013\u2014\u2019\u201C\u201D\u201E\u2026\u2236\u2501\u25BA\u3001\u3008\u3009\u300A\u300B"
    U"\u300C\u300D\u3010\u3011\uFF05\uFF08\uFF09\uFF0C\uFF11\uFF1A\uFF1B\uFF5E"
    U"\u17D4\u17D5\u17D6\u17D9\u17DA";

/// Scripts without case whose letters (and marks, and signs) spaCy counts as both cases.
constexpr Range kCaseless[] = {
    {0x591, 0x5F4},     {0x620, 0x64A},     {0x66E, 0x6D5},     {0x6E5, 0x6FF},
    {0x750, 0x77F},     {0x8A0, 0x8BD},     {0x900, 0x9FF},     {0xB80, 0xCFF},
    {0xD80, 0xDFF},     {0x1100, 0x137F},   {0x2E80, 0x2FDF},   {0x2FF0, 0x30FF},
    {0x31C0, 0x31EF},   {0x3200, 0x4DBF},   {0x4E00, 0x9FFF},   {0xAC00, 0xD7AF},
    {0xF900, 0xFAFF},   {0xFB1D, 0xFBB1},   {0xFBD3, 0xFD3D},   {0xFD50, 0xFDC7},
    {0xFDF0, 0xFDFB},   {0xFE30, 0xFE4F},   {0xFE70, 0xFEFC},   {0x1EE00, 0x1EEBB},
    {0x1F200, 0x1F2FF}, {0x20000, 0x2A6DF}, {0x2A700, 0x2EBEF}, {0x2F800, 0x2FA1F},
};

/// Latin, Greek and the Cyrillic of Russian, Tatar, Ukrainian and Macedonian. The category tells
/// the case.
constexpr Range kCased[] = {
    {'A', 'Z'},       {'a', 'z'},       {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x1BF},
    {0x1C4, 0x2AF},   {0x386, 0x386},   {0x388, 0x38A},   {0x38C, 0x38C},   {0x38E, 0x38F},
    {0x391, 0x3A9},   {0x3AC, 0x3AF},   {0x3B1, 0x3C9},   {0x3CC, 0x3CE},   {0x400, 0x401},
    {0x403, 0x40A},   {0x40C, 0x40D},   {0x410, 0x451},   {0x453, 0x45A},   {0x45C, 0x45D},
    {0x490, 0x491},   {0x496, 0x497},   {0x4A2, 0x4A3},   {0x4AE, 0x4AF},   {0x4BA, 0x4BB},
    {0x4D8, 0x4D9},   {0x4E8, 0x4E9},   {0x1D00, 0x1D25}, {0x1D6B, 0x1D77}, {0x1D79, 0x1D9A},
    {0x1E00, 0x1EFF}, {0x2C60, 0x2C7B}, {0x2C7E, 0x2C7F}, {0xA722, 0xA76F}, {0xA771, 0xA787},
    {0xA78B, 0xA78E}, {0xA790, 0xA7B9}, {0xA7FA, 0xA7FA}, {0xAB30, 0xAB5A}, {0xAB60, 0xAB64},
    {0xFF21, 0xFF3A}, {0xFF41, 0xFF5A},
};

constexpr char32_t kPunct[] =
    U"\u2026,:;!?\u00BF\u061F\u00A1()[]{}<>_#*&\u3002\uFF1F\uFF01\uFF0C\u3001\uFF1B\uFF1A\uFF5E"
    U"\u00B7\u0964\u060C\u06D4\u061B\u066A";
constexpr char32_t kQuotes[] =
    U"'\"\u201D\u201C`\u2018\u00B4\u2019\u201A,\u201E\u00BB\u00AB\u300C\u300D\u300E\u300F\uFF08"
    U"\uFF09\u3014\u3015\u3010\u3011\u300A\u300B\u3008\u3009\u2329\u232A\u27E6\u27E7";
/// Currency signs of one character; The block of currencies is apart.
constexpr char32_t kCurrencies[] = U"$\u00A3\u20AC\u00A5\u0E3F\uFDFC";

/// Sets bits in a table of all code points.
class Builder {
 public:
  Builder() : table_(0x110000) {
    u_enumCharTypes(&Builder::AddCategory, this);
    AddPython();
    AddSpacy();
  }
  const std::vector<uint32_t>& table() const { return table_; }

 private:
  static UBool AddCategory(const void* context, UChar32 begin, UChar32 end, UCharCategory category);

  void Add(std::u32string_view codes, uint32_t bits) {
    for (const char32_t code : codes) table_[code] |= bits;
  }
  void Add(Range range, uint32_t bits) {
    for (uint32_t code = range.first; code <= range.last; ++code) table_[code] |= bits;
  }
  void AddPython();
  void AddSpacy();

  std::vector<uint32_t> table_;
};

/// True if Unicode 11 or earlier has the character: the versions that spaCy's list of symbols
/// knows.
bool IsOfUnicode11(UChar32 code) {
  UVersionInfo age;
  u_charAge(code, age);
  return age[0] <= 11;
}

UBool Builder::AddCategory(const void* context, UChar32 begin, UChar32 end,
                           UCharCategory category) {
  auto& table = const_cast<Builder*>(static_cast<const Builder*>(context))->table_;
  const uint32_t mask = U_MASK(category);
  uint32_t bits = 0;
  if (mask & U_GC_L_MASK) bits |= Classes::kLetter;
  if (mask & U_GC_ND_MASK) bits |= Classes::kDecimal;
  if (mask & (U_GC_L_MASK | U_GC_N_MASK)) bits |= Classes::kWordCharacter;
  if (mask & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) bits |= Classes::kContinues;
  for (UChar32 code = begin; code < end; ++code) {
    table[code] |= bits;
    if (category == U_OTHER_SYMBOL && code != 0x166D && IsOfUnicode11(code)) {
      table[code] |= Classes::kIcon;
    }
    if (category == U_OTHER_PUNCTUATION && u_hasBinaryProperty(code, UCHAR_S_TERM)) {
      table[code] |= Classes::kPunctuation;
    }
  }
  return true;
}

void Builder::AddPython() {
  Add(kSpaces, Classes::kSpace);
  Add(U"_", Classes::kWordCharacter);
  // Controls, except the tab, the newline and the space; then ASCII punctuation.
  for (const Range range : {Range{0, 8}, {11, 31}, {127, 159}}) Add(range, Classes::kPunctuation);
  for (const Range range : {Range{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}) {
    Add(range, Classes::kPunctuation);
  }
  Add(kMorePunctuation, Classes::kPunctuation);
  for (const Range range : {Range{0x2E80, 0x9FFF}, {0xF900, 0xFAFF}, {0x16FE0, 0x3FFFF}}) {
    for (uint32_t code = range.first; code <= range.last; ++code) {
      UErrorCode error = U_ZERO_ERROR;
      if (uscript_getScript(static_cast<UChar32>(code), &error) == USCRIPT_HAN) {
        table_[code] = (table_[code] | Classes::kHan) & ~Classes::kContinues;
      }
    }
  }
}

void Builder::AddSpacy() {
  for (const Range range : kCaseless) {
    Add(range, Classes::kAlpha | Classes::kLower | Classes::kUpper);
  }
  for (const Range range : kCased) {
    for (uint32_t code = range.first; code <= range.last; ++code) {
      const auto category = u_charType(static_cast<UChar32>(code));
      table_[code] |= Classes::kAlpha;
      if (category == U_LOWERCASE_LETTER) table_[code] |= Classes::kLower;
      if (category == U_UPPERCASE_LETTER) table_[code] |= Classes::kUpper;
    }
  }
  Add(U"\u0294", Classes::kLower);  // A letter without case among the lower-case ones.
  Add(U"\u03A2", Classes::kUpper);  // Not assigned.
  Add(kPunct, Classes::kPrefix | Classes::kSuffix | Classes::kBeforeDot);
  Add(kQuotes, Classes::kPrefix | Classes::kSuffix | Classes::kBeforeDot | Classes::kQuote);
  Add(U"\u2014\u2013", Classes::kPrefix | Classes::kSuffix | Classes::kInfix);
  Add(U"\u00A7%=", Classes::kPrefix);
  Add(kCurrencies, Classes::kPrefix | Classes::kUnitEnd);
  Add(Range{0x20A0, 0x20BF}, Classes::kPrefix | Classes::kUnitEnd);
  Add(U"0123456789%\u00B2-+|", Classes::kBeforeDot);
  Add(U"abdghmnrstz%BGKMT\u00B2\u00B3", Classes::kUnitEnd);
  Add(U"\u043C\u0433\u0441\u0447\u0430\u0440\u0431\u0411", Classes::kUnitEnd);
  Add(U"\u0645\u063A\u0628", Classes::kUnitEnd);
  Add(U".\u2026+-*^,~:<>=/", Classes::kInfix);
  for (uint32_t& bits : table_) {
    if (bits & Classes::kIcon) bits |= Classes::kPrefix | Classes::kSuffix | Classes::kInfix;
    if (bits & Classes::kLower) bits |= Classes::kBeforeDot;
  }
}

bool IsContinuation(const char* at) { return (static_cast<uint8_t>(*at) & 0xC0) == 0x80; }

}  // namespace

const CharacterClasses& CharacterClasses::Get() {
  static const CharacterClasses classes;
  return classes;
}

CharacterClasses::CharacterClasses() {
  const Builder builder;
  std::map<std::vector<uint32_t>, uint16_t> numbers;
  for (size_t at = 0; at < builder.table().size(); at += 256) {
    const auto begin = builder.table().begin() + static_cast<ptrdiff_t>(at);
    const auto [entry, is_new] = numbers.try_emplace(std::vector<uint32_t>(begin, begin + 256),
                                                     static_cast<uint16_t>(numbers.size()));
    if (is_new) blocks_.insert(blocks_.end(), begin, begin + 256);
    index_.push_back(entry->second);
  }
}

CharacterClasses::Character CharacterClasses::AtNonAscii(const char* at, const char* end) const {
  const auto byte = [&](size_t i) -> uint32_t { return static_cast<uint8_t>(at[i]); };
  const size_t left = static_cast<size_t>(end - at);
  const uint32_t lead = byte(0);
  if (lead >= 0xC2 && lead < 0xE0) {
    if (left >= 2 && IsContinuation(at + 1)) {
      const uint32_t code = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
      return {code, Of(code), 2};
    }
  } else if (lead >= 0xE0 && lead < 0xF0) {
    if (left >= 3 && IsContinuation(at + 1) && IsContinuation(at + 2)) {
      const uint32_t code = (lead & 0xF) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
      if (code >= 0x800 && (code < 0xD800 || code > 0xDFFF)) return {code, Of(code), 3};
    }
  } else if (lead >= 0xF0 && lead < 0xF5) {
    if (left >= 4 && IsContinuation(at + 1) && IsContinuation(at + 2) && IsContinuation(at + 3)) {
      const uint32_t code =
          (lead & 7) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
      if (code >= 0x10000 && code <= 0x10FFFF) return {code, Of(code), 4};
    }
  }
  return {kInvalid, 0, 1};
}

CharacterClasses::Character CharacterClasses::BeforeNonAscii(const char* begin,
                                                             const char* at) const {
  const size_t most = std::min<size_t>(4, static_cast<size_t>(at - begin));
  for (size_t n = 2; n <= most; ++n) {
    if (IsContinuation(at - n)) continue;
    const Character character = AtNonAscii(at - n, at);
    return character.bytes == n ? character : Character{kInvalid, 0, 1};
  }
  return {kInvalid, 0, 1};
}

Word CharacterClasses::MakeWord(const char* text, const char* begin, const char* end) const {
  Word word{static_cast<uint32_t>(begin - text), static_cast<uint32_t>(end - text), 0, 0};
  uint32_t any = 0;
  uint32_t all = kPunctuation;
  for (const char* at = begin; at < end; ++word.length) {
    const Character character = At(at, end);
    any |= character.classes;
    all &= character.classes;
    at += character.bytes;
  }
  word.flags = (any & kLetter) | (all & kPunctuation);
  return word;
}

}  // namespace corpusmill
