#include "pipelines/stages/mojibake.h"

#include <unicode/ucnv.h>

#include <string>
#include <vector>

#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

// The characters of the bytes 0x80 to 0x9F in Windows-1252.
constexpr uint16_t kHighControls[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

/// The byte that Latin-1 or Windows-1252 reads as `code`; -1 below 0x80 and if there is none.
int ByteOf(int32_t code) {
  if (code >= 0x80 && code <= 0xFF) return code;
  for (int i = 0; code > 0xFF && i < 32; ++i) {
    if (kHighControls[i] == code) return 0x80 + i;
  }
  return -1;
}

/// What a misread continuation byte looks like.
enum class Looks {
  kControl,  // A C1 control: nobody writes it.
  kOdd,      // Hardly ever follows a letter: ¤, ‡, ¼.
  kUsual,    // May follow a letter: quotation marks, dashes, blanks, letters, ©, °.
};

Looks LooksOf(int32_t code) {
  if (code <= 0x9F) return Looks::kControl;
  constexpr std::u32string_view kUsual =
      U"\u2018\u2019\u201A\u201C\u201D\u201E\u2039\u203A\u00AB\u00BB\u2013\u2014\u2026\u2022\u00A0"
      U"\u2122\u00A9\u00AE\u00B0\u00B2\u00B3\u00B9\u00AA\u00BA\u00B7\u00A1\u00BF\u0160\u0161\u0152"
      U"\u0153\u017D\u017E\u0178";
  return kUsual.find(static_cast<char32_t>(code)) == std::u32string_view::npos ? Looks::kOdd
                                                                               : Looks::kUsual;
}

/// One character of UTF-8 whose bytes were read as characters.
struct Sequence {
  size_t end = 0;     // Of its misread form.
  int lead = 0;       // Its first byte.
  int32_t first = 0;  // The misread character of its second byte.
  int32_t last = 0;   // The misread character of its last byte.
  int32_t code = 0;   // The character.
  int controls = 0;   // Bytes that look so.
  int odd = 0;
};

/// Whether a sequence begins at `at`.
bool ReadSequence(std::string_view text, size_t at, Sequence* sequence) {
  int32_t code = 0;
  *sequence = {.end = at + DecodeUtf8(text.substr(at), &code)};
  if (!MayBeginLatinMojibake(code)) return false;
  sequence->lead = code;
  char bytes[4] = {static_cast<char>(code)};
  const int length = code < 0xE0 ? 2 : code < 0xF0 ? 3 : 4;
  for (int i = 1; i < length; ++i) {
    if (sequence->end >= text.size()) return false;
    sequence->end += DecodeUtf8(text.substr(sequence->end), &code);
    const int byte = code < 0 ? -1 : ByteOf(code);
    if (byte < 0x80 || byte > 0xBF) return false;
    bytes[i] = static_cast<char>(byte);
    const Looks looks = LooksOf(code);
    sequence->controls += looks == Looks::kControl;
    sequence->odd += looks == Looks::kOdd;
    if (i == 1) sequence->first = code;
    sequence->last = code;
  }
  return DecodeUtf8({bytes, static_cast<size_t>(length)}, &sequence->code) ==
         static_cast<size_t>(length);
}

/// Stands for the byte before a sequence that directly follows a misread one.
constexpr char kBehindMisread = '\x01';

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

bool IsQuote(int32_t code) {
  return code == 0x2018 || code == 0x2019 || code == 0x201C || code == 0x201D || code == 0x2039 ||
         code == 0x203A;
}

/// Â or Ã with a character that can follow a letter. It is meant where capitals are written
/// ("NÃO”"), so the neighbours decide.
bool IsMisreadLatinLetter(const Sequence& sequence, char before, char after) {
  if (IsLower(before)) return true;
  if (IsUpper(before) || static_cast<uint8_t>(before) >= 0x80) return false;
  if (before == '"' || before == '\'') return false;
  if (IsQuote(sequence.last)) return IsLower(after) || IsUpper(after);
  return true;
}

/// Whether a single sequence can only be a misread character. `before` and `after` are the bytes
/// around it, 0 at the ends of the text.
bool IsMisread(const Sequence& sequence, char before, char after) {
  const int32_t code = sequence.code;
  // A control character, as in text that was misread twice, is seen behind others only.
  if (code < 0xA0) return before == kBehindMisread;
  if (sequence.controls > 0 || before == kBehindMisread) return true;
  switch (sequence.lead) {
    case 0xC2:
    case 0xC3:
      return sequence.odd > 0 || IsMisreadLatinLetter(sequence, before, after);
    case 0xE2:  // General punctuation and symbols: â€™ â„¢ â†’
      return code >= 0x2010 && code < 0x2C00 && sequence.odd > 0;
    case 0xE3:  // Chinese punctuation: ã€‚
      return code >= 0x3000 && code < 0x3020 && sequence.first == 0x20AC;
    case 0xEF:  // Full-width forms and the byte order mark: ï¼Œ ï»¿
      return code >= 0xFE00 && sequence.odd > 0;
    case 0xF0:  // Emoji: ðŸ˜€
      return code >= 0x1F000 && sequence.first == 0x178;
    default:  // A capital inside of a word in small letters: paÅ„stwo
      return sequence.lead < 0xE0 && IsLower(before);
  }
}

/// Whether all of several adjacent sequences are misread characters.
bool IsMisreadRun(const std::vector<Sequence>& run) {
  int odd = 0, long_ones = 0;
  for (const Sequence& sequence : run) {
    odd += sequence.odd + sequence.controls;
    long_ones += sequence.lead >= 0xE0;
  }
  // 我们 and дом: two characters of three bytes, or three of two.
  return run.size() >= 4 || (odd >= 2 && (long_ones >= 2 || run.size() >= 3));
}

/// The offset of the next character that may begin a sequence; the size of the text if none is.
size_t NextLead(std::string_view text, size_t at) {
  for (at = text.find('\xC3', at); at != std::string_view::npos; at = text.find('\xC3', at + 1)) {
    if (at + 1 < text.size()) {
      const uint8_t next = static_cast<uint8_t>(text[at + 1]);
      if (next >= 0x82 && next <= 0xB4) return at;
    }
  }
  return text.size();
}

/// GBK codes of the characters below U+10000; 0 if there is none.
const std::vector<uint16_t>& GbkCodes() {
  static const std::vector<uint16_t> codes = [] {
    std::vector<uint16_t> table(0x10000);
    UErrorCode error = U_ZERO_ERROR;
    UConverter* const converter = ucnv_open("GBK", &error);
    if (U_FAILURE(error)) return table;
    for (int lead = 0x81; lead <= 0xFE; ++lead) {
      for (int trail = 0x40; trail <= 0xFE; ++trail) {
        const char bytes[2] = {static_cast<char>(lead), static_cast<char>(trail)};
        UChar units[4];
        error = U_ZERO_ERROR;
        const int32_t count = ucnv_toUChars(converter, units, 4, bytes, 2, &error);
        if (U_SUCCESS(error) && count == 1 && units[0] >= 0x80 && units[0] != 0xFFFD) {
          table[units[0]] = static_cast<uint16_t>(lead << 8 | trail);
        }
      }
    }
    ucnv_close(converter);
    return table;
  }();
  return codes;
}

uint16_t GbkCode(const std::vector<uint16_t>& codes, int32_t code) {
  return code >= 0x80 && code < 0x10000 ? codes[static_cast<size_t>(code)] : 0;
}

/// GB 2312, level 1.
bool IsCommon(uint16_t gbk) { return gbk >= 0xB0A1 && gbk <= 0xD7F9 && (gbk & 0xFF) >= 0xA1; }

bool BeginsMisreadRun(uint16_t gbk) {
  const int lead = gbk >> 8, trail = gbk & 0xFF;
  if (trail < 0x80 || trail > 0xBF) return false;
  return (lead >= 0xE4 && lead <= 0xE9) || gbk == 0xE380 || gbk == 0xEFBC;
}

/// The text that `bytes` are as UTF-8; 0 characters if it is not plain Chinese.
uint64_t ReadChinese(const std::vector<uint16_t>& codes, std::string_view bytes) {
  uint64_t count = 0;
  for (size_t at = 0; at < bytes.size(); ++count) {
    int32_t code = 0;
    at += DecodeUtf8(bytes.substr(at), &code);
    const bool is_plain = (code >= 0x20 && code < 0x7F) || (code >= 0x3001 && code <= 0x3011) ||
                          (code >= 0xFF01 && code <= 0xFF5E) || IsCommon(GbkCode(codes, code));
    if (!is_plain) return 0;
  }
  return count;
}

}  // namespace

int32_t Windows1252Character(uint8_t byte) {
  return byte >= 0x80 && byte <= 0x9F ? kHighControls[byte - 0x80] : byte;
}

uint64_t RepairLatinMojibake(std::string_view text, TextEdit* edit) {
  uint64_t count = 0;
  std::vector<Sequence> run;
  for (size_t at = NextLead(text, 0); at < text.size(); at = NextLead(text, at)) {
    run.clear();
    Sequence sequence;
    size_t end = at;
    while (end < text.size() && ReadSequence(text, end, &sequence)) {
      run.push_back(sequence);
      end = sequence.end;
    }
    if (run.empty()) {
      at += 2;
      continue;
    }
    const bool all = IsMisreadRun(run);
    char before = at == 0 ? '\0' : text[at - 1];
    for (const Sequence& s : run) {
      const char after = s.end < text.size() ? text[s.end] : '\0';
      if (all || IsMisread(s, before, after)) {
        edit->KeepTo(at);
        edit->ReplaceTo(s.end, EncodeUtf8(s.code));
        ++count;
        before = kBehindMisread;
      } else {
        before = text[s.end - 1];
      }
      at = s.end;
    }
  }
  return count;
}

bool MayBeginGbkMojibake(int32_t code) { return BeginsMisreadRun(GbkCode(GbkCodes(), code)); }

bool MayFollowInGbkMojibake(int32_t code) {
  const uint16_t gbk = GbkCode(GbkCodes(), code);
  const int lead = gbk >> 8, trail = gbk & 0xFF;
  return lead >= 0x81 && lead <= 0xBF && (trail < 0x80 || (trail >= 0xE3 && trail <= 0xEF));
}

uint64_t RepairGbkMojibake(std::string_view text, TextEdit* edit) {
  const std::vector<uint16_t>& codes = GbkCodes();
  uint64_t count = 0;
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    uint64_t characters = 0, common = 0;
    bool is_candidate = true;
    bytes.clear();
    while (at < text.size()) {  // A run of characters of GBK.
      int32_t code = 0;
      const size_t length = DecodeUtf8(text.substr(at), &code);
      const uint16_t gbk = GbkCode(codes, code);
      if (gbk == 0) break;
      if (characters++ == 0) is_candidate = BeginsMisreadRun(gbk);
      if (is_candidate) {
        common += IsCommon(gbk);
        bytes += static_cast<char>(gbk >> 8);
        bytes += static_cast<char>(gbk & 0xFF);
      }
      at += length;
    }
    if (characters >= 3 && is_candidate && 2 * common <= characters) {
      const uint64_t read = ReadChinese(codes, bytes);
      if (read >= 2) {
        edit->KeepTo(begin);
        edit->ReplaceTo(at, bytes);
        count += read;
      }
    }
    if (at == begin) {  // ASCII, or no character of GBK.
      int32_t code = 0;
      at += DecodeUtf8(text.substr(at), &code);
    }
  }
  return count;
}

}  // namespace corpusmill
