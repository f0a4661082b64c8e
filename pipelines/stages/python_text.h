#ifndef CORPUSMILL_PIPELINES_STAGES_PYTHON_TEXT_H_
#define CORPUSMILL_PIPELINES_STAGES_PYTHON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// Methods of Python's str on UTF-8, for rules that are defined by Python programs. A byte, or
/// maximal subpart, that is not UTF-8 is one character, as after bytes.decode(errors="replace").
namespace corpusmill {

/// Bytes of the whitespace character at text[at], or that ends at text[end]; 0 if there is none.
/// Whitespace is what str.isspace says. REQUIRES: at <= text.size(), end <= text.size().
size_t SpaceAt(std::string_view text, size_t at);
size_t SpaceBefore(std::string_view text, size_t end);

/// str.lstrip(), str.rstrip(), str.strip().
std::string_view StripLeft(std::string_view text);
std::string_view StripRight(std::string_view text);
std::string_view Strip(std::string_view text);

/// str.splitlines(): replaces `*lines` by the lines without their ends.
///
///   SplitLines("a\r\nb\x0B", &lines);  // "a", "b"
void SplitLines(std::string_view text, std::vector<std::string_view>* lines);

/// Code points of valid UTF-8, or of any text: len().
uint64_t CountValidCharacters(std::string_view text);
uint64_t CountCharacters(std::string_view text);

/// Whether each character has a general category P…; true for empty text.
bool IsPunctuation(std::string_view text);

/// Whether a character matches `\w`; -1, a byte that is not UTF-8, does not.
bool IsWordCharacter(int32_t code);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PYTHON_TEXT_H_
