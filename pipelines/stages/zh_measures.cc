#include "pipelines/stages/zh_measures.h"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/uscript.h>

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "corpus/text/unicode.h"
#include "pipelines/stages/text_cleaning.h"

namespace corpusmill {
namespace {

constexpr QualityRule<ZhMeasures> kRules[] = {
    {"max-garbled-share", "garbled", &ZhMeasures::garbled_share, true},
    {"min-han-share", "too-little-han", &ZhMeasures::han_share, false},
    {"max-rare-share", "rare-characters", &ZhMeasures::rare_share, true},
    {"min-common-share", "too-few-common-characters", &ZhMeasures::common_share, false},
    {"max-latin-share", "too-many-latin-letters", &ZhMeasures::latin_share, true},
    {"max-digit-share", "too-many-digits", &ZhMeasures::digit_share, true},
    {"max-symbol-share", "too-many-symbols", &ZhMeasures::symbol_share, true},
    {"min-punctuation-share", "too-little-punctuation", &ZhMeasures::punctuation_share, false},
    {"max-punctuation-share", "too-much-punctuation", &ZhMeasures::punctuation_share, true},
    {"max-spaced-share", "spaced-words", &ZhMeasures::spaced_share, true},
    {"min-sentence-length", "sentences-too-short", &ZhMeasures::sentence_length, false},
    {"max-sentence-length", "sentences-too-long", &ZhMeasures::sentence_length, true},
    {"min-ended-line-share", "lines-without-end", &ZhMeasures::ended_line_share, false},
    {"max-repeated-line-share", "repeated-lines", &ZhMeasures::repeated_line_share, true},
    {"max-repeated-share", "repeated-text", &ZhMeasures::repeated_share, true},
    {"max-double-share", "repeated-characters", &ZhMeasures::double_share, true},
};

// Kinds of characters.
constexpr uint8_t kOther = 0;
constexpr uint8_t kBlank = 1;
constexpr uint8_t kHan = 2;
constexpr uint8_t kLatin = 3;
constexpr uint8_t kDigit = 4;
constexpr uint8_t kPunctuation = 5;
constexpr uint8_t kSymbol = 6;
constexpr uint8_t kGarbled = 7;
constexpr uint8_t kKinds = 8;
constexpr uint8_t kKindMask = 7;
constexpr uint8_t kCommon = 8;  // Flags beside the kind.
constexpr uint8_t kRare = 16;
constexpr uint8_t kSentenceEnd = 32;
constexpr uint8_t kSeparator = 64;

// Usual in modern text, in classical text, and traditional forms of both.
constexpr std::string_view kCommonCharacters =
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发"
    "后作里用道行所"
    "然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日"
    "军者意无力它"
    "与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体相见被利什二"
    "等产或新己制"
    "身果加月话合回特代内信表化老给世位次度门常先通教儿原东声提立及比员水名真处走各入几口条平气题更"
    "打女变四"
    "总何电数安少才结反受目再做接必场件管期直山金至形便空眼书非则听白却光即像难且思完式色路记品住"
    "曰乃焉矣哉乎兮春风云花亦若吾汝君谁故皆未秋夜"
    "這個們來為國說時會對過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問風雲誰話見頭東"
    "門處聲書";

uint8_t KindOf(int32_t code) {
  if (IsBlank(code) || IsOddLineEnd(code) || code == '\n') return kBlank;
  if (code >= 0xFF21 && code <= 0xFF5A && u_isalpha(code)) return kLatin;
  switch (u_charType(code)) {
    case U_DECIMAL_DIGIT_NUMBER:
      return kDigit;
    case U_CONNECTOR_PUNCTUATION:
    case U_DASH_PUNCTUATION:
    case U_START_PUNCTUATION:
    case U_END_PUNCTUATION:
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
    case U_OTHER_PUNCTUATION:
      return kPunctuation;
    case U_MATH_SYMBOL:
    case U_CURRENCY_SYMBOL:
    case U_MODIFIER_SYMBOL:
      return kSymbol;
    case U_OTHER_SYMBOL:
      return code == 0xFFFD ? kGarbled : kSymbol;
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
    case U_CONTROL_CHAR:
    case U_SURROGATE:
      return kGarbled;
    default:
      break;
  }
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(code, &error);
  if (script == USCRIPT_HAN) return kHan;
  return script == USCRIPT_LATIN ? kLatin : kOther;
}

/// Clears kRare of the characters that a converter has between two codes of two bytes.
void ClearRare(const char* name, int first, int last, std::vector<uint8_t>* table) {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* const converter = ucnv_open(name, &error);
  if (U_FAILURE(error)) return;
  for (int value = first; value <= last; ++value) {
    const char bytes[2] = {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
    UChar units[4];
    error = U_ZERO_ERROR;
    const int32_t count = ucnv_toUChars(converter, units, 4, bytes, 2, &error);
    if (U_SUCCESS(error) && count == 1) (*table)[units[0]] &= static_cast<uint8_t>(~kRare);
  }
  ucnv_close(converter);
}

/// Kind and flags of the characters below U+10000.
const std::vector<uint8_t>& Kinds() {
  static const std::vector<uint8_t> kinds = [] {
    std::vector<uint8_t> table(0x10000);
    for (int32_t code = 0; code < 0x10000; ++code) {
      uint8_t& flags = table[static_cast<size_t>(code)];
      flags = KindOf(code);
      if (flags == kHan) flags |= kRare;
    }
    ClearRare("gb2312", 0xB0A1, 0xF7FE, &table);
    ClearRare("Big5", 0xA440, 0xC67E, &table);
    for (const int32_t code : {0x3002, 0xFF01, 0xFF1F, 0x21, 0x3F, 0xFF1B, 0x3B, 0x0A, 0x2026}) {
      table[static_cast<size_t>(code)] |= kSentenceEnd;
    }
    for (const char c : {' ', '\t', '|', '_', '/'}) table[static_cast<uint8_t>(c)] |= kSeparator;
    table[0x3000] |= kSeparator;
    table[0xFF5C] |= kSeparator;
    for (std::string_view rest = kCommonCharacters; !rest.empty();) {
      int32_t code = 0;
      rest.remove_prefix(DecodeUtf8(rest, &code));
      table[static_cast<size_t>(code)] = kHan | kCommon;
    }
    return table;
  }();
  return kinds;
}

size_t Decode(std::string_view text, size_t at, int32_t* code) {
  const uint8_t* const bytes = reinterpret_cast<const uint8_t*>(text.data()) + at;
  if (bytes[0] < 0x80) {
    *code = bytes[0];
    return 1;
  }
  if (bytes[0] >= 0xE1 && bytes[0] <= 0xEC && at + 2 < text.size() && (bytes[1] & 0xC0) == 0x80 &&
      (bytes[2] & 0xC0) == 0x80) {
    *code = (bytes[0] & 0x0F) << 12 | (bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F);
    return 3;
  }
  return DecodeUtf8(text.substr(at), code);
}

/// Tells which runs of characters occurred before, by hashes of 64 bits.
class RunFinder {
 public:
  static constexpr size_t kLength = 10;

  explicit RunFinder(size_t characters) {
    size_t slots = 64;
    while (slots < 2 * characters) slots *= 2;
    slots_.resize(slots);
  }

  /// Adds a character; whether the kLength last ones occurred before in this order.
  bool Add(uint32_t code) {
    constexpr uint64_t kBase = 0x9E3779B97F4A7C15;
    constexpr uint64_t kOut = [] {
      uint64_t power = 1;
      for (size_t i = 0; i < kLength; ++i) power *= kBase;
      return power;
    }();
    uint32_t& oldest = window_[count_ % kLength];
    hash_ = hash_ * kBase + code + 1;
    if (count_ >= kLength) hash_ -= kOut * (oldest + uint64_t{1});
    oldest = code;
    if (++count_ < kLength) return false;
    uint64_t mixed = hash_ ^ hash_ >> 32;
    mixed *= kBase;
    mixed |= mixed == 0;
    size_t slot = (mixed >> 20) & (slots_.size() - 1);
    while (slots_[slot] != 0 && slots_[slot] != mixed) slot = (slot + 1) & (slots_.size() - 1);
    if (slots_[slot] == mixed) return true;
    slots_[slot] = mixed;
    return false;
  }

 private:
  std::vector<uint64_t> slots_;
  uint32_t window_[kLength] = {};
  uint64_t hash_ = 0;
  uint64_t count_ = 0;
};

/// Counts what the shares are made of, character by character.
class Counter {
 public:
  explicit Counter(std::string_view text) : text_(text), runs_(text.size() / 2) {}

  ZhMeasures Count() {
    const std::vector<uint8_t>& kinds = Kinds();
    for (size_t at = 0; at < text_.size();) {
      int32_t code = 0;
      const size_t length = Decode(text_, at, &code);
      const uint8_t flags = code < 0          ? kGarbled
                            : code >= 0x10000 ? SupplementaryKind(code)
                                              : kinds[static_cast<size_t>(code)];
      Add(code, flags);
      at += length;
      if (code == '\n') EndLine(at);
    }
    EndSentence();
    EndLine(text_.size() + 1);
    return Result();
  }

 private:
  static uint8_t SupplementaryKind(int32_t code) {
    const uint8_t kind = KindOf(code);
    return kind == kHan ? kHan | kRare : kind;
  }

  void Add(int32_t code, uint8_t flags) {
    const uint8_t kind = flags & kKindMask;
    if ((flags & kSentenceEnd) != 0) EndSentence();
    if ((flags & kSeparator) != 0) {
      is_separated_ = is_separated_ || last_ == kHan;
    } else {
      if (is_separated_ && kind == kHan) ++separated_;
      is_separated_ = false;
    }
    if (kind == kBlank) {
      if ((flags & kSeparator) == 0) is_separated_ = false;
      last_ = kBlank;
      return;
    }
    ++counts_[kind];
    ++characters_;
    sentence_has_text_ = sentence_has_text_ || kind == kHan || kind == kLatin || kind == kDigit;
    if (kind == kHan) {
      common_ += (flags & kCommon) != 0;
      rare_ += (flags & kRare) != 0;
      doubles_ += code == codes_[0] && code == codes_[1];
      if (code == 0x62F7 && codes_[0] == 0x65A4 && codes_[1] == 0x951F) counts_[kGarbled] += 3;
    }
    codes_[1] = codes_[0];
    codes_[0] = code;
    if (kind == kHan || kind == kLatin || kind == kDigit) {
      repeated_ += runs_.Add(static_cast<uint32_t>(code));
    }
    if ((flags & kSeparator) == 0) last_ = kind;
    line_end_ = kind;
    ++line_characters_;
  }

  void EndSentence() {
    sentences_ += sentence_has_text_;
    sentence_has_text_ = false;
  }

  /// `next` is the offset of the next line.
  void EndLine(size_t next) {
    if (line_characters_ > 0) {
      ++lines_;
      ended_lines_ += line_end_ == kPunctuation;
      const absl::string_view line(text_.data() + line_begin_, next - 1 - line_begin_);
      if (!seen_lines_.insert(line).second) repeated_line_characters_ += line_characters_;
    }
    line_characters_ = 0;
    line_begin_ = next;
  }

  ZhMeasures Result() const {
    const auto share = [](uint64_t part, uint64_t whole) {
      return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    const auto of_all = [&](uint64_t part) { return share(part, characters_); };
    const uint64_t han = counts_[kHan];
    return {.characters = static_cast<double>(characters_),
            .han_share = of_all(han),
            .common_share = share(common_, han),
            .rare_share = share(rare_, han),
            .garbled_share = of_all(counts_[kGarbled]),
            .latin_share = of_all(counts_[kLatin]),
            .digit_share = of_all(counts_[kDigit]),
            .symbol_share = of_all(counts_[kSymbol]),
            .punctuation_share = of_all(counts_[kPunctuation]),
            .spaced_share = share(separated_, han),
            .sentence_length = share(characters_, sentences_),
            .ended_line_share = share(ended_lines_, lines_),
            .repeated_line_share = of_all(repeated_line_characters_),
            .repeated_share = of_all(repeated_),
            .double_share = of_all(doubles_)};
  }

  const std::string_view text_;
  RunFinder runs_;
  uint64_t counts_[kKinds] = {};
  uint64_t characters_ = 0, common_ = 0, rare_ = 0, doubles_ = 0, repeated_ = 0;
  uint64_t separated_ = 0, sentences_ = 0, lines_ = 0, ended_lines_ = 0;
  uint64_t repeated_line_characters_ = 0, line_characters_ = 0;
  size_t line_begin_ = 0;
  int32_t codes_[2] = {-1, -1};  // The last characters.
  uint8_t last_ = kBlank;        // Kind of the last character that is no separator.
  uint8_t line_end_ = kBlank;
  bool is_separated_ = false;  // Separators stand behind a Chinese character.
  bool sentence_has_text_ = false;
  absl::flat_hash_set<absl::string_view> seen_lines_;
};

}  // namespace

constinit const std::span<const QualityRule<ZhMeasures>> kZhRules = kRules;

ZhMeasures MeasureZh(std::string_view text) { return Counter(text).Count(); }

}  // namespace corpusmill
