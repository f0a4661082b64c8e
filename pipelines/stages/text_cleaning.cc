#include "pipelines/stages/text_cleaning.h"

#include "corpus/text/byte_scan.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

/// Decodes the character at `at`, which may be the end: then *code is -1 and the length 0.
size_t Decode(std::string_view text, size_t at, int32_t* code) {
  if (at >= text.size()) {
    *code = -1;
    return 0;
  }
  const uint8_t first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) {
    *code = first;
    return 1;
  }
  return DecodeUtf8(text.substr(at), code);
}

/// The length of the terminal sequence at `at`, 0 if there is none.
size_t EscapeLength(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at] != '\x1B' || text[at + 1] != '[') return 0;
  constexpr size_t kMaxLength = 32;
  const size_t limit = at + kMaxLength < text.size() ? at + kMaxLength : text.size();
  for (size_t i = at + 2; i < limit; ++i) {
    if (text[i] >= 0x40 && text[i] <= 0x7E) return i + 1 - at;
    if (text[i] < 0x20 || text[i] > 0x3F) return 0;
  }
  return 0;
}

bool IsJoiner(int32_t code) { return code == 0x200C || code == 0x200D; }

bool IsDirection(int32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool IsControl(int32_t code) {
  if (code < 0x20) return code >= 0 && code != '\t' && code != '\n' && code != '\r';
  return code >= 0x7F && code <= 0x9F && code != 0x85;
}

bool IsInvisible(int32_t code) { return code == 0x200B || code == 0x2060 || code == 0xFEFF; }

/// The length of the line end at `at`, 0 if there is none.
size_t LineEndLength(std::string_view text, size_t at) {
  int32_t code = 0;
  const size_t length = Decode(text, at, &code);
  if (code == '\r') return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
  return code == '\n' || IsOddLineEnd(code) ? length : 0;
}

/// The end of the run of blanks that begins at `at`.
size_t EndOfBlanks(std::string_view text, size_t at) {
  int32_t code = 0;
  for (size_t length = Decode(text, at, &code); length > 0 && IsBlank(code);
       length = Decode(text, at, &code)) {
    at += length;
  }
  return at;
}

/// The offset of the next byte that may begin a removable control character.
size_t NextControl(std::string_view text, size_t at) {
  constexpr auto kFind = FindByte<0x20, 0x7F, 0xC2, 0xD8, 0xE2, 0xEF>;
  for (at = kFind(text, at); at < text.size(); at = kFind(text, at + 1)) {
    if (text[at] != '\t' && text[at] != '\n' && text[at] != '\r') break;
  }
  return at;
}

/// The offset of the next byte that may begin a blank or a line end.
size_t NextWhitespace(std::string_view text, size_t at) {
  for (; at < text.size(); ++at) {
    const uint8_t c = static_cast<uint8_t>(text[at]);
    if (c <= ' ') return at;
    if (c == 0xC2 || c == 0xE1 || c == 0xE2 || c == 0xE3) return at;
  }
  return at;
}

}  // namespace

bool IsRemovableControl(int32_t code) {
  return IsControl(code) || IsInvisible(code) || IsDirection(code) || IsJoiner(code);
}

ControlCounts RemoveControlCharacters(std::string_view text, TextEdit* edit) {
  ControlCounts counts;
  bool is_behind_ascii = true;  // Or at the beginning.
  for (size_t at = 0; at < text.size();) {
    if (const size_t next = NextControl(text, at); next > at) {
      at = next;
      is_behind_ascii = static_cast<uint8_t>(text[at - 1]) < 0x80;
      continue;
    }
    int32_t code = 0;
    const size_t length = Decode(text, at, &code);
    if (!IsRemovableControl(code) || (IsJoiner(code) && !is_behind_ascii)) {
      is_behind_ascii = false;
      at += length;
      continue;
    }
    edit->KeepTo(at);
    const size_t escape = EscapeLength(text, at);
    at += escape > 0 ? escape : length;
    edit->ReplaceTo(at, code == '\v' || code == '\f' ? "\n" : "");
    if (escape > 0) {
      ++counts.escapes;
    } else if (IsControl(code)) {
      ++counts.controls;
    } else if (IsDirection(code)) {
      ++counts.directions;
    } else {
      ++counts.invisible;
    }
  }
  return counts;
}

WhitespaceCounts CleanWhitespace(std::string_view text, const WhitespaceOptions& options,
                                 TextEdit* edit) {
  WhitespaceCounts counts;
  const uint64_t max_line_ends =
      options.max_blank_lines ? *options.max_blank_lines + 1 : UINT64_MAX;
  uint64_t line_ends = 1;  // Directly before, without text between; 1 at the beginning.
  bool at_line_begin = true;
  for (size_t at = 0; at < text.size();) {
    const size_t next = NextWhitespace(text, at);
    if (next > at) {
      at_line_begin = false;
      line_ends = 0;
      at = next;
      continue;
    }
    // Between words, as most blanks are.
    if (!options.collapse && text[at] == ' ' && at + 1 < text.size() && text[at + 1] > ' ' &&
        text[at + 1] < 0x7F) {
      ++at;
      continue;
    }
    const size_t end = EndOfBlanks(text, at);
    if (end > at) {
      edit->KeepTo(at);
      if (end == text.size() || LineEndLength(text, end) > 0) {
        edit->RemoveTo(end);
        ++counts.trailing_blanks;
      } else if (options.collapse) {
        const std::string_view with = at_line_begin ? "" : " ";
        counts.blank_runs += text.substr(at, end - at) != with;
        edit->ReplaceTo(end, with);
      }
      at = end;
      continue;
    }
    if (const size_t length = LineEndLength(text, at); length > 0) {
      edit->KeepTo(at);
      if (++line_ends > max_line_ends) {
        ++counts.blank_lines;
        edit->RemoveTo(at + length);
      } else {
        counts.line_ends += text[at] != '\n';
        edit->ReplaceTo(at + length, "\n");
      }
      at_line_begin = true;
      at += length;
      continue;
    }
    at_line_begin = false;
    line_ends = 0;
    int32_t code = 0;
    at += Decode(text, at, &code);
  }
  return counts;
}

}  // namespace corpusmill
