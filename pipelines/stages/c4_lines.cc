#include "pipelines/stages/c4_lines.h"

#include <algorithm>

#include "corpus/text/byte_scan.h"
#include "corpus/text/unicode.h"
#include "pipelines/stages/python_text.h"

namespace corpusmill {
namespace {

// The phrases that a line can contain; one bit each.
constexpr unsigned kHasLoremIpsum = 1;
constexpr unsigned kHasJavascript = 2;
constexpr unsigned kHasCurlyBracket = 4;
constexpr unsigned kHasPolicy = 8;

/// A phrase in lower case, and the place in it of a letter that text seldom has.
struct Phrase {
  std::string_view text;
  size_t anchor;
  unsigned bit;
};
constexpr Phrase kPhrases[] = {
    {"lorem ipsum", 4, kHasLoremIpsum}, {"javascript", 2, kHasJavascript},
    {"terms of use", 3, kHasPolicy},    {"privacy policy", 3, kHasPolicy},
    {"cookie policy", 3, kHasPolicy},   {"uses cookies", 8, kHasPolicy},
    {"use of cookies", 10, kHasPolicy}, {"use cookies", 7, kHasPolicy},
};

/// The Kelvin sign: the only character outside ASCII that Python's lower() turns into one of the
/// letters of the phrases, k.
constexpr std::string_view kKelvin = "\u212A";

uint8_t Byte(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

bool PhraseAt(std::string_view line, size_t begin, std::string_view phrase) {
  if (line.size() - begin < phrase.size()) return false;
  for (size_t i = 0; i < phrase.size(); ++i) {
    const char c = line[begin + i];
    if (c != phrase[i] && (phrase[i] == ' ' || static_cast<char>(c | 0x20) != phrase[i])) {
      return false;
    }
  }
  return true;
}

/// The bits of the phrases in the line, in any case; sets *kelvin if it has a Kelvin sign.
unsigned FindPhrases(std::string_view line, bool* kelvin) {
  unsigned found = 0;
  // Anchors of the phrases, and the first byte of the Kelvin sign.
  constexpr auto kFindEvent = FindByte<0, 'k', 'K', 'm', 'M', 'v', 'V', '{', 0xE2>;
  for (size_t i = kFindEvent(line, 0); i < line.size(); i = kFindEvent(line, i + 1)) {
    const uint8_t c = Byte(line, i);
    if (c == '{') {
      found |= kHasCurlyBracket;
    } else if (c == 0xE2) {
      *kelvin |= line.substr(i, kKelvin.size()) == kKelvin;
    } else {
      for (const Phrase& phrase : kPhrases) {
        if (phrase.text[phrase.anchor] == static_cast<char>(c | 0x20) && phrase.anchor <= i &&
            PhraseAt(line, i - phrase.anchor, phrase.text)) {
          found |= phrase.bit;
        }
      }
    }
  }
  return found;
}

unsigned FindPhrases(std::string_view line) {
  bool kelvin = false;
  const unsigned found = FindPhrases(line, &kelvin);
  if (!kelvin) return found;
  std::string lowered;
  for (size_t i = 0; i < line.size();) {
    const bool here = line.substr(i, kKelvin.size()) == kKelvin;
    lowered += here ? 'k' : line[i];
    i += here ? kKelvin.size() : 1;
  }
  return FindPhrases(lowered, &kelvin);
}

/// The end of the word that begins at `begin`.
size_t WordEnd(std::string_view line, size_t begin) {
  size_t end = begin;
  while (end < line.size() && SpaceAt(line, end) == 0) ++end;
  return end;
}

/// Looks at the blanks only: a word with more than `longest` characters has as many bytes.
bool HasLongWord(std::string_view line, uint64_t longest) {
  size_t begin = 0;
  while (line.size() - begin > longest) {
    size_t blank = begin + longest;
    while (blank > begin && line[blank] != ' ') --blank;
    if (blank > begin) {
      begin = blank + 1;
      continue;
    }
    const size_t end = WordEnd(line, begin);
    if (end - begin > longest && CountCharacters(line.substr(begin, end - begin)) > longest) {
      return true;
    }
    begin = end + SpaceAt(line, end);
  }
  return false;
}

bool HasWords(std::string_view line, uint64_t least) {
  uint64_t words = 0;
  for (size_t i = 0; words < least && i < line.size(); ++words) {
    i = WordEnd(line, i);
    while (const size_t bytes = SpaceAt(line, i)) i += bytes;
  }
  return words >= least;
}

/// Bytes of the citation at line[at], a '[': `[12]`, `[]`, `[edit]`, `[citation needed]`; 0 if
/// there is none. Goes no further than the digits.
size_t CitationAt(std::string_view line, size_t at) {
  size_t end = at + 1;
  while (end < line.size()) {
    int32_t code;
    const size_t bytes = DecodeUtf8(line.substr(end), &code);
    if (code < 0 || !IsDecimalDigit(code)) break;
    end += bytes;
  }
  if (end < line.size() && line[end] == ']') return end + 1 - at;
  for (const std::string_view phrase : {"[edit]", "[citation needed]"}) {
    if (line.substr(at, phrase.size()) == phrase) return phrase.size();
  }
  return 0;
}

void RemoveCitations(std::string_view line, C4Line* out) {
  size_t begin = 0;
  for (size_t at = line.find('['); at < line.size(); at = line.find('[', at)) {
    const size_t bytes = CitationAt(line, at);
    if (bytes == 0) {
      ++at;
      continue;
    }
    out->parts.push_back({begin, at});
    begin = at += bytes;
  }
  if (out->parts.empty()) return;
  out->citations = out->parts.size();
  out->parts.push_back({begin, line.size()});
  out->storage.clear();
  for (const C4Line::Part& part : out->parts) {
    out->storage.append(line.substr(part.begin, part.end - part.begin));
  }
  out->text = out->storage;
}

bool EndsTerminally(std::string_view line) {
  static constexpr std::string_view kEnds = ".?!\"'";
  return !line.empty() && kEnds.find(line.back()) != std::string_view::npos &&
         !line.ends_with("...");
}

}  // namespace

C4Verdict LookAtC4Line(std::string_view line, const C4LineOptions& options, C4Line* out) {
  if (options.max_word_length && HasLongWord(line, *options.max_word_length)) {
    return C4Verdict::kLongWord;
  }
  out->text = line;
  out->parts.clear();
  out->citations = 0;
  if (options.remove_citations) RemoveCitations(line, out);
  if (options.terminal_punctuation && !EndsTerminally(out->text)) {
    return C4Verdict::kNoTerminalPunctuation;
  }
  if (options.min_words && !HasWords(line, *options.min_words)) return C4Verdict::kFewWords;
  const unsigned found = FindPhrases(out->text);
  if (options.lorem_ipsum && (found & kHasLoremIpsum) != 0) return C4Verdict::kLoremIpsum;
  if (options.javascript && (found & kHasJavascript) != 0) return C4Verdict::kJavascript;
  if (options.curly_bracket && (found & kHasCurlyBracket) != 0) return C4Verdict::kCurlyBracket;
  if (options.policy && (found & kHasPolicy) != 0) return C4Verdict::kPolicy;
  if (out->parts.empty()) out->parts.push_back({0, line.size()});
  return C4Verdict::kKept;
}

}  // namespace corpusmill
