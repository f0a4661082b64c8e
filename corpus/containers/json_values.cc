#include "corpus/containers/json_values.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/containers/produced_source.h"

namespace corpusmill {
namespace {

constexpr size_t kSniffBytes = 64 << 10;
constexpr std::string_view kBlank = " \t\r\n";

/// The rest of `text` from its first character that is not blank.
std::string_view SkipBlank(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlank), text.size()));
}

bool BeginsLikeMembers(std::string_view text) {
  return text.starts_with('"') || text.starts_with('}');
}

/// The layout of text that begins with `[`, as far as `head` tells; `*more` if it ends too early.
JsonLayout LayoutOfArray(std::string_view head, bool* more) {
  const std::string_view element = SkipBlank(head.substr(1));
  const std::string_view member = element.empty() ? element : SkipBlank(element.substr(1));
  *more = member.empty() && (element.empty() || element.front() == '{');
  if (element.starts_with('{') && BeginsLikeMembers(member)) return JsonLayout::kArray;
  return JsonLayout::kNone;
}

/// The layout of text that begins with `{`: kValues if the line ends within the object, and the
/// next line continues it.
JsonLayout LayoutOfObject(std::string_view head, bool* more) {
  *more = false;
  if (!BeginsLikeMembers(SkipBlank(head.substr(1)))) {
    *more = SkipBlank(head.substr(1)).empty();
    return JsonLayout::kNone;
  }
  std::string open;  // The open brackets.
  bool in_string = false;
  for (size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    if (c == '\n') {
      const std::string_view next = SkipBlank(head.substr(i));
      *more = next.empty();
      if (next.empty()) return JsonLayout::kNone;
      // A line break in a string, or an object after half an object: a line that is damaged.
      if (in_string || (open.back() == '{' && next.starts_with('{'))) return JsonLayout::kNone;
      return JsonLayout::kValues;
    }
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      open.push_back(c);
    } else if (c == '}' || c == ']') {
      open.pop_back();
      if (open.empty()) return JsonLayout::kNone;  // The object ends in its first line.
    }
  }
  *more = true;
  return JsonLayout::kNone;
}

class JsonValueSource final : public ProducedSource {
 public:
  explicit JsonValueSource(std::unique_ptr<ByteSource> text) : text_(std::move(text)) {}
  const std::string& name() const override { return text_->name(); }

 private:
  absl::StatusOr<bool> Produce(std::string* out) override {
    char buffer[32 << 10];
    CM_ASSIGN_OR_RETURN(const size_t n, text_->Read(buffer, sizeof(buffer)));
    if (n == 0) {
      if (depth_ > 0 || in_array_ || in_string_) {
        return DataError(
            absl::StrFormat("%s: the JSON text ends within a value, at byte %d", name(), bytes_));
      }
      EndLine(out);
      return false;
    }
    for (size_t i = 0; i < n; ++i, ++bytes_) {
      CM_RETURN_IF_ERROR(in_string_ ? AddToString(buffer[i], out) : AddOutside(buffer[i], out));
    }
    return true;
  }

  absl::Status AddToString(char c, std::string* out) {
    if (c == '\n') return Error("a string holds a line break");
    out->push_back(c);
    if (std::exchange(escaped_, false)) return absl::OkStatus();
    escaped_ = c == '\\';
    in_string_ = c != '"';
    return absl::OkStatus();
  }

  absl::Status AddOutside(char c, std::string* out) {
    switch (c) {
      case '\n':
      case '\r':
      case '\t':
      case ' ':
        if (depth_ == 0) {
          EndWord(out);
        } else {
          out->push_back(c == '\n' ? ' ' : c);
        }
        return absl::OkStatus();
      case '[':
        if (depth_ == 0 && !in_array_) {
          EndLine(out);
          in_array_ = true;
          return absl::OkStatus();
        }
        return Open(c, out);
      case '{':
        return Open(c, out);
      case ']':
        if (depth_ == 0) {
          if (!in_array_) return Error("a bracket has no partner");
          EndLine(out);
          in_array_ = false;
          return absl::OkStatus();
        }
        return Close(c, out);
      case '}':
        return depth_ == 0 ? Error("a bracket has no partner") : Close(c, out);
      case ',':
        if (depth_ == 0 && in_array_) {
          EndLine(out);
          return absl::OkStatus();
        }
        break;
      case '"':
        in_string_ = true;
        break;
    }
    Append(c, out);
    return absl::OkStatus();
  }

  absl::Status Open(char c, std::string* out) {
    if (depth_ == 0 && !in_array_) EndLine(out);
    Append(c, out);
    ++depth_;
    return absl::OkStatus();
  }

  absl::Status Close(char c, std::string* out) {
    out->push_back(c);
    if (--depth_ == 0 && !in_array_) EndLine(out);
    return absl::OkStatus();
  }

  void Append(char c, std::string* out) {
    if (std::exchange(blank_, false)) out->push_back(' ');
    out->push_back(c);
    in_line_ = true;
  }

  /// Ends a value at the top that blanks follow. In an array only a comma ends it.
  void EndWord(std::string* out) {
    if (in_array_) {
      blank_ = in_line_;
    } else {
      EndLine(out);
    }
  }

  void EndLine(std::string* out) {
    if (std::exchange(in_line_, false)) out->push_back('\n');
    blank_ = false;
  }

  absl::Status Error(std::string_view what) const {
    return DataError(absl::StrFormat("%s: invalid JSON at byte %d: %s", name(), bytes_, what));
  }

  const std::unique_ptr<ByteSource> text_;
  uint64_t bytes_ = 0;     // Bytes read before the current one.
  uint64_t depth_ = 0;     // Open brackets of the current value.
  bool in_array_ = false;  // Within an array at the top.
  bool in_line_ = false;   // The current line has characters.
  bool blank_ = false;     // Blanks follow them, within an array.
  bool in_string_ = false;
  bool escaped_ = false;  // A backslash precedes.
};

}  // namespace

absl::StatusOr<JsonLayout> FindJsonLayout(PeekSource& text) {
  for (size_t want = 1; want <= kSniffBytes; want = 2 * want) {
    CM_ASSIGN_OR_RETURN(const std::string_view head, text.Peek(want));
    const bool all = head.size() < want;
    const std::string_view begin = SkipBlank(head);
    want = std::max(want, head.size());
    bool more = begin.empty();
    JsonLayout layout = JsonLayout::kNone;
    if (begin.starts_with('[')) layout = LayoutOfArray(begin, &more);
    if (begin.starts_with('{')) layout = LayoutOfObject(begin, &more);
    if (!more || all) return layout;
  }
  return JsonLayout::kNone;
}

absl::StatusOr<bool> MentionsMember(PeekSource& text, std::string_view name) {
  CM_ASSIGN_OR_RETURN(std::string_view head, text.Peek(kSniffBytes));
  const std::string quoted = absl::StrFormat("\"%s\"", name);
  for (size_t at = head.find(quoted); at != head.npos; at = head.find(quoted, at + 1)) {
    if (SkipBlank(head.substr(at + quoted.size())).starts_with(':')) return true;
  }
  return false;
}

std::unique_ptr<ByteSource> JsonValueLines(std::unique_ptr<ByteSource> text) {
  return std::make_unique<JsonValueSource>(std::move(text));
}

}  // namespace corpusmill
