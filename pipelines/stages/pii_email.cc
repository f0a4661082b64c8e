#include "pipelines/stages/pii_email.h"

#include <algorithm>
#include <string>

#include "pipelines/stages/pii_cell.h"

namespace corpusmill {
namespace {

constexpr size_t kMaxLocalCharacters = 64;
constexpr size_t kMaxDomainCharacters = 253;
constexpr size_t kMaxLabelCharacters = 63;

bool IsLocalCharacter(char c) {
  return IsCellWord(c) || c == '.' || c == '-' || c == '+' || c == '%' || c == '\'' || c == '&' ||
         c == '~';
}

/// Offset of the local part that ends at `at`; `at` if there is none.
size_t LocalBegin(std::string_view text, size_t at, size_t floor) {
  size_t begin = at;  // Of the part that counts: it begins with a letter, digit or _.
  size_t position = at;
  char after = '@';
  for (size_t i = 0; i <= kMaxLocalCharacters; ++i) {
    const PiiCell cell = CellBefore(text, position, floor);
    if (cell.size == 0 || !IsLocalCharacter(cell.c)) return begin;
    if (cell.c == '.' && (after == '.' || after == '@')) return begin;
    position -= cell.size;
    if (IsCellWord(cell.c)) begin = position;
    after = cell.c;
  }
  return at;  // Too long.
}

/// File name endings: icon@2x.png is no address.
bool IsFileEnding(std::string_view label) {
  static constexpr std::string_view kEndings[] = {"png", "jpg", "jpeg", "gif", "svg",  "webp",
                                                  "css", "js",  "json", "htm", "html", "php",
                                                  "txt", "pdf", "exe",  "xml", "jar"};
  return std::find(std::begin(kEndings), std::end(kEndings), label) != std::end(kEndings);
}

/// The domain after the @, lower case; its end is the end of the last label that can be a top-level
/// domain.
struct Domain {
  std::string name;
  size_t end = 0;  ///< 0: no domain.
};

bool IsTopLevel(std::string_view label) {
  if (label.size() < 2 || label.size() > 24 || IsFileEnding(label) || label == "invalid") {
    return false;
  }
  return label.starts_with("xn--") || std::all_of(label.begin(), label.end(), IsAsciiLetter);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

Domain ReadDomain(std::string_view text, size_t at) {
  Domain domain;
  std::string name;
  size_t label = 0, labels = 0;
  bool stopped = false;  // In the middle of a word that is no label.
  const auto close_label = [&](size_t end) {
    const std::string_view last = std::string_view(name).substr(label);
    if (last.empty() || last.back() == '-' || last.front() == '-' ||
        last.size() > kMaxLabelCharacters) {
      return false;
    }
    if (labels > 0 && IsTopLevel(last)) domain = {name, end};
    ++labels;
    return true;
  };
  while (true) {
    const PiiCell cell = CellAt(text, at);
    const bool in_label = IsCellDigit(cell.c) || IsCellLetter(cell.c) || cell.c == '-';
    if (in_label && name.size() < kMaxDomainCharacters) {
      if (cell.c == kLatinLetter) {
        name.append(text.substr(at, cell.size));
      } else {
        name += Lower(cell.c);
      }
    } else {
      stopped = in_label || cell.c == '_' || cell.c == '@';
      if (stopped || !close_label(at) || cell.c != '.') break;
      name += '.';
      label = name.size();
    }
    at += cell.size;
  }
  // A hyphen at the end, as in "a@b.com- and", is not part of the domain.
  if (!stopped && domain.end == 0 && labels > 0 && !name.empty() && name.back() == '-') {
    while (!name.empty() && name.back() == '-') {
      name.pop_back();
      --at;
    }
    close_label(at);
  }
  return domain;
}

}  // namespace

std::optional<PiiMatch> MatchEmail(std::string_view text, size_t at, size_t floor) {
  const size_t begin = LocalBegin(text, at, floor);
  if (begin == at) return std::nullopt;
  const Domain domain = ReadDomain(text, at + CellAt(text, at).size);
  if (domain.end == 0) return std::nullopt;
  PiiMatch match{.begin = begin, .end = domain.end, .kind = PiiKind::kEmail};
  for (size_t i = begin; i < at;) {
    const PiiCell cell = CellAt(text, i);
    if (cell.c == kLatinLetter) {
      match.value.append(text.substr(i, cell.size));
    } else {
      match.value += Lower(cell.c);
    }
    i += cell.size;
  }
  match.value.append("@").append(domain.name);
  return match;
}

}  // namespace corpusmill
