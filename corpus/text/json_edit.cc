#include "corpus/text/json_edit.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "corpus/text/json.h"
#include "nlohmann/json.hpp"

namespace corpusmill {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Moves over the tokens of valid JSON; never past the end of any text.
class Cursor {
 public:
  Cursor(std::string_view text, size_t at) : text_(text), at_(at) {}

  size_t at() const { return at_; }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipBlanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }

  bool Take(char c) {
    SkipBlanks();
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  /// Skips a string; returns what is between its quotes.
  std::string_view SkipString() {
    const size_t begin = ++at_;
    size_t end = text_.find('"', begin);
    while (end != std::string_view::npos && IsEscaped(begin, end)) end = text_.find('"', end + 1);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    return text_.substr(begin, std::min(end, text_.size()) - begin);
  }

  void SkipValue() {
    size_t depth = 0;
    do {
      SkipBlanks();
      const char c = Peek();
      if (c == '"') {
        SkipString();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return;
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(",:}]\"{[ \t\r\n", at_), text_.size());
      }
    } while (depth > 0 && at_ < text_.size());
  }

 private:
  /// Whether an odd number of backslashes stands before `at`.
  bool IsEscaped(size_t begin, size_t at) const {
    size_t first = at;
    while (first > begin && text_[first - 1] == '\\') --first;
    return (at - first) % 2 == 1;
  }

  std::string_view text_;
  size_t at_;
};

bool IsName(std::string_view raw, std::string_view name) {
  if (raw.find('\\') == std::string_view::npos) return raw == name;
  const auto parsed = nlohmann::json::parse("\"" + std::string(raw) + "\"", nullptr,
                                            /*allow_exceptions=*/false);
  return parsed.is_string() && parsed.get_ref<const std::string&>() == name;
}

struct Range {
  size_t begin;
  size_t end;
};

/// Calls `visit(raw_name, value)` for the members of the object that begins at `at`.
void ForEachMember(std::string_view text, size_t at,
                   const std::function<void(std::string_view raw_name, Range value)>& visit) {
  Cursor cursor(text, at);
  if (!cursor.Take('{')) return;
  cursor.SkipBlanks();
  while (cursor.Peek() == '"') {
    const std::string_view name = cursor.SkipString();
    if (!cursor.Take(':')) return;
    cursor.SkipBlanks();
    const size_t begin = cursor.at();
    cursor.SkipValue();
    visit(name, {begin, cursor.at()});
    if (!cursor.Take(',')) return;
    cursor.SkipBlanks();
  }
}

/// Adds the values at a path below the object at `at`.
void FindValues(std::string_view text, size_t at, std::span<const std::string> path,
                std::vector<Range>* found) {
  ForEachMember(text, at, [&](std::string_view raw, Range value) {
    if (!IsName(raw, path.front())) return;
    if (path.size() == 1) {
      found->push_back(value);
    } else if (text[value.begin] == '{') {
      FindValues(text, value.begin, path.subspan(1), found);
    }
  });
}

}  // namespace

std::string_view TrimJsonObject(std::string_view object) {
  if (object.starts_with("\xEF\xBB\xBF")) object.remove_prefix(3);
  const size_t begin = std::min(object.find_first_not_of(kBlanks), object.size());
  const size_t end = object.find_last_not_of(kBlanks) + 1;
  return object.substr(begin, end < begin ? 0 : end - begin);
}

void EditJsonObject(std::string_view object, std::span<const JsonMemberEdit> edits,
                    std::string* out) {
  object = TrimJsonObject(object);
  struct Replacement {
    Range range;
    std::string_view json;
  };
  std::vector<Replacement> replacements;
  std::string added;
  for (const JsonMemberEdit& edit : edits) {
    std::vector<Range> found;
    FindValues(object, 0, edit.path, &found);
    if (found.empty() && edit.path.size() > 1) {
      FindValues(object, 0, edit.path.last(1), &found);
    }
    for (const Range range : found) replacements.push_back({range, edit.json});
    if (!found.empty()) continue;
    added += ',';
    AppendJsonString(edit.path.back(), &added);
    added.append(":").append(edit.json);
  }
  std::stable_sort(
      replacements.begin(), replacements.end(),
      [](const Replacement& a, const Replacement& b) { return a.range.begin < b.range.begin; });
  size_t copied = 0;
  for (const Replacement& replacement : replacements) {
    if (replacement.range.begin < copied) continue;  // Inside of one that was replaced.
    out->append(object.substr(copied, replacement.range.begin - copied)).append(replacement.json);
    copied = replacement.range.end;
  }
  const size_t end = object.rfind('}');
  if (added.empty() || end == std::string_view::npos || end < copied) {
    out->append(object.substr(copied));
    return;
  }
  out->append(object.substr(copied, end - copied));
  const bool is_empty = object.find_last_not_of(kBlanks, end - 1) == 0;
  out->append(std::string_view(added).substr(is_empty ? 1 : 0)).append("}");
}

bool HasJsonString(std::string_view object, std::span<const std::string> path) {
  object = TrimJsonObject(object);
  std::vector<Range> found;
  FindValues(object, 0, path, &found);
  return !found.empty() && object[found.back().begin] == '"';
}

}  // namespace corpusmill
