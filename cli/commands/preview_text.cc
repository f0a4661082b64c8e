#include "cli/commands/preview_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/base/summary.h"
#include "corpus/text/display_columns.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr std::string_view kDivider = " | ";

std::string_view Escape(TextPiece::Kind kind) {
  switch (kind) {
    case TextPiece::Kind::kRemoved:
      return "\x1b[31m";
    case TextPiece::Kind::kAdded:
      return "\x1b[32m";
    default:
      return "";
  }
}
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";

/// A character as a terminal can show it.
struct Shown {
  std::string text;
  size_t columns = 0;
};

Shown ShowCharacter(std::string_view character, int32_t code) {
  const int columns = code < 0 ? -1 : DisplayColumns(code);
  if (columns >= 0) return {std::string(character), static_cast<size_t>(columns)};
  std::string text;
  if (code == '\n') {
    text = "\\n";
  } else if (code == '\t') {
    text = "\\t";
  } else if (code == '\r') {
    text = "\\r";
  } else if (code >= 0x80) {
    text = absl::StrFormat(code > 0xFFFF ? "\\U%08X" : "\\u%04X", code);
  } else {
    for (const char byte : character) {
      text += absl::StrFormat("\\x%02X", static_cast<uint8_t>(byte));
    }
  }
  const size_t size = text.size();
  return {std::move(text), size};
}

std::string ShowText(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    int32_t code;
    const size_t size = DecodeUtf8(text, &code);
    shown += ShowCharacter(text.substr(0, size), code).text;
    text.remove_prefix(size);
  }
  return shown;
}

/// The rows of one side.
class Column {
 public:
  Column(size_t width, bool color) : width_(width), color_(color) {}

  void Add(const TextPiece& piece) {
    std::string_view text = piece.text;
    SetKind(piece.kind);
    while (!text.empty()) {
      int32_t code;
      const size_t size = DecodeUtf8(text, &code);
      // In text that stays, the row ends where the line does.
      if (code != '\n' || piece.kind != TextPiece::Kind::kSame) {
        Append(ShowCharacter(text.substr(0, size), code));
      }
      if (code == '\n') EndRow();
      text.remove_prefix(size);
    }
    if (piece.left_out_bytes > 0) {
      const std::string mark = absl::StrFormat("…%s bytes…", WithCommas(piece.left_out_bytes));
      Append({mark, mark.size() - 4});  // Each … has 3 bytes and 1 column.
    }
    SetKind(TextPiece::Kind::kSame);
  }

  void EndRow() {
    const TextPiece::Kind kind = kind_;
    SetKind(TextPiece::Kind::kSame);
    rows_.push_back({std::move(row_), columns_});
    row_.clear();
    columns_ = 0;
    SetKind(kind);
  }
  void EndPartialRow() {
    if (columns_ > 0) EndRow();
  }
  void PadTo(size_t rows) {
    while (rows_.size() < rows) EndRow();
  }
  size_t rows() const { return rows_.size(); }
  bool is_at_row_start() const { return columns_ == 0; }

  struct Row {
    std::string text;
    size_t columns = 0;
  };
  const Row& row(size_t i) const { return rows_[i]; }

 private:
  void Append(const Shown& shown) {
    if (columns_ > 0 && columns_ + shown.columns > width_) EndRow();
    row_ += shown.text;
    columns_ += shown.columns;
  }
  void SetKind(TextPiece::Kind kind) {
    if (color_ && kind != kind_) row_ += Escape(kind).empty() ? kPlain : Escape(kind);
    kind_ = kind;
  }

  const size_t width_;
  const bool color_;
  std::string row_;
  size_t columns_ = 0;
  TextPiece::Kind kind_ = TextPiece::Kind::kSame;
  std::vector<Row> rows_;
};

/// Both sides, with equal lines beside each other.
class SideBySide {
 public:
  explicit SideBySide(const PreviewStyle& style)
      : width_((std::max(style.columns, PreviewStyle::kLeastColumns) - kIndent.size() -
                kDivider.size()) /
               2),
        before_(width_, style.color),
        after_(width_, style.color) {}

  void Add(const TextPiece& piece) {
    switch (piece.kind) {
      case TextPiece::Kind::kRemoved:
        before_.Add(piece);
        return;
      case TextPiece::Kind::kAdded:
        after_.Add(piece);
        return;
      case TextPiece::Kind::kSame:
        AddSame(piece);
        return;
      case TextPiece::Kind::kMore:
        Align();
        before_.Add({TextPiece::Kind::kSame, "…more changes…", 0});
        return;
    }
  }

  /// `hides_before` leaves the side of the text before empty.
  std::string Finish(bool hides_before) {
    Align();
    std::string lines;
    for (size_t i = 0; i < before_.rows(); ++i) {
      const Column::Row left = hides_before ? Column::Row() : before_.row(i);
      std::string line = left.text;
      line.append(width_ > left.columns ? width_ - left.columns : 0, ' ');
      line.append(kDivider).append(after_.row(i).text);
      while (line.back() == ' ') line.pop_back();
      lines.append(kIndent).append(line).append("\n");
    }
    return lines;
  }

 private:
  void AddSame(const TextPiece& piece) {
    std::string_view text = piece.text;
    while (!text.empty()) {
      const size_t newline = text.find('\n');
      const TextPiece line{TextPiece::Kind::kSame, std::string(text.substr(0, newline)), 0};
      before_.Add(line);
      after_.Add(line);
      if (newline == std::string_view::npos) break;
      before_.EndRow();
      after_.EndRow();
      Align();
      text.remove_prefix(newline + 1);
    }
    if (piece.left_out_bytes == 0) return;
    const TextPiece mark{TextPiece::Kind::kSame, "", piece.left_out_bytes};
    before_.Add(mark);
    after_.Add(mark);
    Align();
  }

  void Align() {
    before_.EndPartialRow();
    after_.EndPartialRow();
    before_.PadTo(after_.rows());
    after_.PadTo(before_.rows());
  }

  const size_t width_;
  Column before_, after_;
};

/// The shortest text that gives the same number.
std::string NumberText(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

std::string Outcome(const DocumentPreview& document) {
  if (!document.is_dropped()) {
    return document.bytes_in == document.bytes_out
               ? "kept"
               : "kept: " + Counted(document.bytes_out, "bytes");
  }
  const PreviewStep& step = document.steps.back();
  std::string text = absl::StrFormat("dropped by %s: %s", step.stage, step.rejection->reason);
  if (step.rejection->value != 0 || step.rejection->threshold != 0) {
    text += absl::StrFormat(" %s, threshold %s", NumberText(step.rejection->value),
                            NumberText(step.rejection->threshold));
  }
  return text;
}

}  // namespace

PreviewStyle StandardOutputStyle() {
  PreviewStyle style;
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  winsize size = {};
  if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.columns = size.ws_col;
  }
  if (const char* const columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number > 0) {
      style.columns = number;
    }
  }
  style.columns = std::clamp<size_t>(style.columns, PreviewStyle::kLeastColumns, 10000);
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  style.color = is_terminal && (no_color == nullptr || *no_color == '\0') &&
                (terminal == nullptr || std::string_view(terminal) != "dumb");
  return style;
}

std::string PreviewText(const DocumentPreview& document, const PreviewStyle& style) {
  const auto bold = [&](const std::string& text) {
    return style.color ? std::string(kBold) + text + std::string(kPlain) : text;
  };
  std::string text = bold(absl::StrFormat("document %d: source %s, id %s, %s", document.number,
                                          ShowText(document.source), ShowText(document.id),
                                          Counted(document.bytes_in, "bytes"))) +
                     "\n";
  for (const PreviewStep& step : document.steps) {
    text += step.stage;
    if (step.hides_input) text += " (what it removes is not shown)";
    text += "\n";
    for (const auto& [name, value] : step.annotations) {
      text += absl::StrFormat("%s%s: %s\n", kIndent, name, ShowText(value));
    }
    SideBySide rows(style);
    for (const TextPiece& piece : step.pieces) rows.Add(piece);
    text += rows.Finish(step.hides_input);
  }
  return text + bold(Outcome(document)) + "\n\n";
}

std::string PreviewEndText(const PreviewReport& report) {
  std::string text = absl::StrFormat(
      "%s: %s kept, %s dropped\n", Counted(report.documents, "documents"),
      WithCommas(report.kept_documents), WithCommas(report.documents - report.kept_documents));
  if (!report.not_applied.empty()) {
    text += absl::StrFormat("not applied, as they decide by all documents: %s\n",
                            absl::StrJoin(report.not_applied, ", "));
  }
  return text;
}

}  // namespace corpusmill
