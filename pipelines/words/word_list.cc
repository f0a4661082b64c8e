#include "pipelines/words/word_list.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "pipelines/words/character_classes.h"

namespace corpusmill {
namespace {

constexpr std::string_view kByteOrderMark = "\uFEFF";
constexpr uint64_t kMaxCount = uint64_t{1} << 53;
constexpr size_t kMaxFields = 3;  // Word, count, tag.

bool IsUtf8(std::string_view text) {
  const CharacterClasses& classes = CharacterClasses::Get();
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    const auto character = classes.At(at, end);
    if (character.code == CharacterClasses::kInvalid) return false;
    at += character.bytes;
  }
  return true;
}

/// Sets `fields` to the first parts of the line between blanks; returns how many parts it has.
size_t Fields(std::string_view line, std::string_view (&fields)[kMaxFields]) {
  constexpr std::string_view kBlanks = " \t\r";
  size_t count = 0;
  for (size_t at = line.find_first_not_of(kBlanks); at < line.size(); ++count) {
    const size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    if (count < kMaxFields) fields[count] = line.substr(at, end - at);
    at = line.find_first_not_of(kBlanks, end);
  }
  return count;
}

/// What is wrong with the line; "" if nothing. Sets *word unless the line is empty.
std::string_view ParseLine(std::string_view line, ListedWord* word) {
  std::string_view fields[kMaxFields];
  const size_t count = Fields(line, fields);
  if (count == 0) return "";
  if (count > kMaxFields) return "a line is a word, a count and a tag";
  if (fields[0].size() > kMaxWordBytes) return "the word is longer than 255 bytes";
  if (!IsUtf8(fields[0])) return "the word is not UTF-8";
  word->text = fields[0];
  if (count == 1) return "";
  const char* end = fields[1].data() + fields[1].size();
  const auto parsed = std::from_chars(fields[1].data(), end, word->count);
  const bool is_count = parsed.ec == std::errc() && parsed.ptr == end && word->count <= kMaxCount;
  return is_count ? "" : "the second field is not a count from 0 to 2^53";
}

}  // namespace

absl::StatusOr<std::vector<ListedWord>> ParseWordList(std::string_view name,
                                                      std::string_view content) {
  std::vector<ListedWord> words;
  if (content.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    content.remove_prefix(kByteOrderMark.size());
  }
  for (uint64_t number = 1; !content.empty(); ++number) {
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(content.size(), line.size() + 1));
    ListedWord word;
    const std::string_view problem = ParseLine(line, &word);
    if (!problem.empty()) {
      return DataError(absl::StrFormat("%s:%d: %s; try `word count`", name, number, problem));
    }
    if (!word.text.empty()) words.push_back(word);
  }
  if (words.empty()) return DataError(absl::StrFormat("%s: the word list is empty", name));
  return words;
}

}  // namespace corpusmill
