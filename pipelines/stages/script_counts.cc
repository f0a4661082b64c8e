#include "pipelines/stages/script_counts.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

/// All letters of Unicode are below.
constexpr int32_t kTableSize = 0x32400;

/// The script of each letter, USCRIPT_COMMON for other characters; made once.
const std::vector<uint8_t>& LetterScripts() {
  static const std::vector<uint8_t>& table = *[] {
    auto* const scripts = new std::vector<uint8_t>(kTableSize, USCRIPT_COMMON);
    for (int32_t code = 0; code < kTableSize; ++code) {
      if (!u_isalpha(code)) continue;
      UErrorCode error = U_ZERO_ERROR;
      const UScriptCode script = uscript_getScript(code, &error);
      if (U_SUCCESS(error) && script > USCRIPT_INHERITED && script < 256) {
        (*scripts)[static_cast<size_t>(code)] = static_cast<uint8_t>(script);
      }
    }
    return scripts;
  }();
  return table;
}

}  // namespace

uint8_t ScriptCounts::Main() const {
  return static_cast<uint8_t>(std::max_element(letters.begin(), letters.end()) - letters.begin());
}

ScriptCounts CountScripts(std::string_view text) {
  const std::vector<uint8_t>& scripts = LetterScripts();
  ScriptCounts counts;
  uint64_t ascii_letters = 0;
  for (size_t at = 0; at < text.size();) {
    const uint8_t byte = static_cast<uint8_t>(text[at]);
    if (byte < 0x80) {
      ascii_letters += static_cast<uint8_t>((byte | 0x20) - 'a') < 26;
      ++at;
      continue;
    }
    int32_t code = -1;
    at += DecodeUtf8(text.substr(at), &code);
    if (code >= 0 && code < kTableSize) ++counts.letters[scripts[static_cast<size_t>(code)]];
  }
  counts.letters[USCRIPT_LATIN] += ascii_letters;
  counts.letters[USCRIPT_COMMON] = 0;
  for (const uint64_t letters : counts.letters) counts.all += letters;
  return counts;
}

std::optional<uint8_t> ScriptOfName(std::string_view name) {
  const int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, std::string(name).c_str());
  if (script <= USCRIPT_INHERITED || script >= 256) return std::nullopt;
  return static_cast<uint8_t>(script);
}

std::string_view NameOfScript(uint8_t script) {
  const char* const name = uscript_getName(static_cast<UScriptCode>(script));
  return name == nullptr ? std::string_view() : name;
}

}  // namespace corpusmill
