#include "pipelines/stages/bad_words.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "pipelines/stages/python_text.h"
#include "unicode/bytestream.h"
#include "unicode/casemap.h"

namespace corpusmill {
namespace {

/// ICU takes no longer text at once; the cut is at a newline wherever there is one.
constexpr size_t kPartBytes = size_t{1} << 20;
constexpr size_t kMaxPartBytes = size_t{1} << 30;

size_t PartEnd(std::string_view text, size_t begin) {
  if (text.size() - begin <= kPartBytes) return text.size();
  const size_t newline = text.find('\n', begin + kPartBytes);
  const size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
  if (end - begin <= kMaxPartBytes) return end;
  size_t cut = begin + kMaxPartBytes;
  while ((static_cast<uint8_t>(text[cut]) & 0xC0) == 0x80 && cut > begin + 1) --cut;
  return cut;
}

}  // namespace

std::string Lowercase(std::string_view text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
  if (is_ascii) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return lower;
  }
  std::string lower;
  lower.reserve(text.size());
  icu::StringByteSink<std::string> sink(&lower);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = PartEnd(text, begin);
    UErrorCode error = U_ZERO_ERROR;
    icu::CaseMap::utf8ToLower(
        "", 0, icu::StringPiece(text.data() + begin, static_cast<int32_t>(end - begin)), sink,
        nullptr, error);
    begin = end;
  }
  return lower;
}

absl::StatusOr<std::unique_ptr<const BadWords>> BadWords::Load(const Options& options) {
  std::ifstream file(options.path, std::ios::binary);
  if (!file) return IoError(options.path, "cannot open", errno);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return IoError(options.path, "cannot read", errno);
  if (!IsValidUtf8(bytes)) {
    return DataError(
        absl::StrFormat("%s: byte %d is not UTF-8", options.path, ValidUtf8Prefix(bytes)));
  }
  auto words = std::make_unique<BadWords>();
  words->anywhere_ = options.anywhere;
  size_t count = 0;
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const std::string_view word = Strip(std::string_view(bytes).substr(begin, end - begin));
    begin = end + 1;
    if (word.empty() ||
        std::find(options.allowed.begin(), options.allowed.end(), word) != options.allowed.end()) {
      continue;
    }
    words->Add(Lowercase(word));
    ++count;
  }
  if (count == 0) {
    return DataError(
        absl::StrFormat("%s: no words; try a file with a word on each line", options.path));
  }
  return words;
}

void BadWords::Add(std::string_view word) {
  uint32_t node = 0;
  for (const char c : word) {
    const auto byte = static_cast<uint8_t>(c);
    uint32_t& next = node == 0 ? first_[byte] : next_[uint64_t{node} << 8 | byte];
    if (next == kNone) {
      next = static_cast<uint32_t>(is_end_.size());
      is_end_.push_back(false);
    }
    node = next;
  }
  is_end_[node] = true;
}

bool BadWords::MatchesAt(std::string_view text, size_t begin) const {
  uint32_t node = first_[static_cast<uint8_t>(text[begin])];
  for (size_t i = begin + 1; node != kNone; ++i) {
    if (is_end_[node]) {
      if (anywhere_ || i == text.size()) return true;
      int32_t code;
      DecodeUtf8(text.substr(i), &code);
      if (!IsWordCharacter(code)) return true;
    }
    if (i == text.size()) return false;
    const auto next = next_.find(uint64_t{node} << 8 | static_cast<uint8_t>(text[i]));
    node = next == next_.end() ? kNone : next->second;
  }
  return false;
}

bool BadWords::FoundInLower(std::string_view text) const {
  bool may_begin = true;
  for (size_t i = 0; i < text.size();) {
    if (may_begin && first_[static_cast<uint8_t>(text[i])] != kNone && MatchesAt(text, i)) {
      return true;
    }
    int32_t code;
    i += DecodeUtf8(text.substr(i), &code);
    may_begin = anywhere_ || !IsWordCharacter(code);
  }
  return false;
}

bool BadWords::FoundIn(std::string_view text) const { return FoundInLower(Lowercase(text)); }

}  // namespace corpusmill
