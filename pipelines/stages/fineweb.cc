#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/status.h"
#include "pipelines/stages/python_text.h"
#include "pipelines/stages/repeat_table.h"
#include "pipelines/stages/sentences.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_shape.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "line-punct-thr",
     .default_value = "0.12",
     .help = "Least share of lines that end in a stop character",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "line-punct-exclude-zero",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Keep documents without any line that ends in a stop character"},
    {.name = "stop-chars",
     .type = OptionType::kStrings,
     .help = "Characters or strings that end a line; none = datatrove's 159 characters of terminal "
             "punctuation"},
    {.name = "short-line-thr",
     .default_value = "0.67",
     .help = "Largest share of short lines",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "short-line-length",
     .type = OptionType::kInteger,
     .default_value = "30",
     .help = "Longest short line, in code points",
     .minimum = 0},
    {.name = "char-duplicates-ratio",
     .default_value = "0.01",
     .help = "Largest share of characters in lines that occurred before",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "new-line-ratio",
     .default_value = "0.3",
     .help = "Most newlines per word",
     .minimum = 0,
     .can_be_off = true},
};

/// The stop strings by their last byte, so that most lines are settled by one look.
class Stops {
 public:
  explicit Stops(const std::vector<std::string_view>& stops) : by_last_byte_(256) {
    for (const std::string_view stop : stops) {
      by_last_byte_[static_cast<uint8_t>(stop.back())].emplace_back(stop);
    }
  }

  bool End(std::string_view line) const {
    const auto& stops = by_last_byte_[static_cast<uint8_t>(line.back())];
    return std::any_of(stops.begin(), stops.end(),
                       [&](const std::string& stop) { return line.ends_with(stop); });
  }

 private:
  std::vector<std::vector<std::string>> by_last_byte_;
};

/// Buffers of a thread.
struct Buffers {
  std::vector<std::string_view> lines;
  RepeatTable table;
};

/// Words between whitespace, counted up to `most`. Every splitter finds at least as many words.
uint64_t CountChunks(std::string_view text, double most) {
  uint64_t chunks = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size();) {
    const size_t space = SpaceAt(text, i);
    if (space == 0 && !inside && static_cast<double>(++chunks) >= most) break;
    inside = space == 0;
    i += std::max<size_t>(space, 1);
  }
  return chunks;
}

class FineWeb final : public Stage {
 public:
  explicit FineWeb(const StageSetup& setup)
      : least_stopped_(setup.options.Limit("line-punct-thr")),
        exclude_zero_(setup.options.Boolean("line-punct-exclude-zero")),
        stops_(StopsOf(setup.options)),
        most_short_(setup.options.Limit("short-line-thr")),
        short_length_(static_cast<uint64_t>(setup.options.Integer("short-line-length"))),
        most_repeated_(setup.options.Limit("char-duplicates-ratio")),
        most_newlines_(setup.options.Limit("new-line-ratio")),
        splitter_(setup.words) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    static const char kKey = 0;
    Buffers& buffers = scratch.Get<Buffers>(&kKey);
    const TextShape& shape = TextShape::Of(document, scratch);
    const uint64_t newlines = FindLines(shape.text(), &buffers.lines);
    if (buffers.lines.empty()) {
      document.Drop("empty");
      return absl::OkStatus();
    }
    CheckLines(shape, buffers.lines, document);
    if (!document.is_dropped()) CheckRepeats(shape, newlines, buffers, document);
    if (!document.is_dropped()) CheckNewlines(newlines, document, scratch);
    return absl::OkStatus();
  }

 private:
  static std::vector<std::string_view> StopsOf(const StageOptions& options) {
    const std::vector<std::string>& given = options.Strings("stop-chars");
    return given.empty() ? TerminalPunctuation()
                         : std::vector<std::string_view>(given.begin(), given.end());
  }

  /// Splits at newlines; returns their number. Leaves blank lines out.
  static uint64_t FindLines(std::string_view text, std::vector<std::string_view>* lines) {
    lines->clear();
    uint64_t newlines = 0;
    for (size_t begin = 0;;) {
      const size_t newline = text.find('\n', begin);
      const std::string_view line = text.substr(begin, newline - begin);
      if (!StripLeft(line).empty()) lines->push_back(line);
      if (newline == std::string_view::npos) return newlines;
      ++newlines;
      begin = newline + 1;
    }
  }

  /// At most four bytes are a character.
  bool IsShort(const TextShape& shape, std::string_view line) const {
    if (line.size() <= short_length_) return true;
    return line.size() / 4 <= short_length_ && shape.Characters(line) <= short_length_;
  }

  void CheckLines(const TextShape& shape, const std::vector<std::string_view>& lines,
                  StageDocument& document) const {
    const auto all = static_cast<double>(lines.size());
    if (least_stopped_) {
      const auto stopped = static_cast<double>(std::count_if(
          lines.begin(), lines.end(), [&](std::string_view line) { return stops_.End(line); }));
      const double ratio = stopped / all;
      if (ratio < *least_stopped_ && !(ratio == 0 && exclude_zero_)) {
        document.Drop("line-punct-ratio", ratio, *least_stopped_);
        return;
      }
    }
    if (most_short_) {
      const auto shorts = static_cast<double>(std::count_if(
          lines.begin(), lines.end(), [&](std::string_view line) { return IsShort(shape, line); }));
      const double ratio = shorts / all;
      if (ratio > *most_short_) document.Drop("short-line-ratio", ratio, *most_short_);
    }
  }

  void CheckRepeats(const TextShape& shape, uint64_t newlines, Buffers& buffers,
                    StageDocument& document) const {
    if (!most_repeated_) return;
    const std::vector<std::string_view>& lines = buffers.lines;
    buffers.table.Start(lines.size());
    uint64_t repeated = 0;
    for (size_t i = 0; i < lines.size(); ++i) {
      const uint32_t first =
          buffers.table.FindOrAdd(lines[i], static_cast<uint32_t>(i),
                                  [&](uint32_t other) { return lines[other] == lines[i]; });
      if (first != i) repeated += shape.Characters(lines[i]);
    }
    const double ratio =
        static_cast<double>(repeated) / static_cast<double>(shape.characters() - newlines);
    if (ratio > *most_repeated_) document.Drop("char-dup-ratio", ratio, *most_repeated_);
  }

  void CheckNewlines(uint64_t newlines, StageDocument& document, StageScratch& scratch) const {
    if (!most_newlines_) return;
    const auto count = static_cast<double>(newlines);
    const uint64_t chunks = CountChunks(document.text(), count / *most_newlines_ + 1);
    if (count / static_cast<double>(chunks) <= *most_newlines_) return;
    const size_t words = scratch.Words(document, *splitter_).size();
    const double ratio = count / static_cast<double>(words);
    if (ratio > *most_newlines_) document.Drop("list-ratio", ratio, *most_newlines_);
  }

  const std::optional<double> least_stopped_;
  const bool exclude_zero_;
  const Stops stops_;
  const std::optional<double> most_short_;
  const uint64_t short_length_;
  const std::optional<double> most_repeated_;
  const std::optional<double> most_newlines_;
  const std::shared_ptr<const WordSplitter> splitter_;
};

}  // namespace

constinit const StageInfo kFineWebStage = {
    .name = "fineweb",
    .summary = "drop documents by the line rules of FineWeb",
    .details =
        "Equals datatrove's FineWebQualityFilter. Lines are the text between newlines that is not\n"
        "blank, unstripped. A document is dropped, in this order, if it has no such line; if the\n"
        "share of lines that end in a stop character is below line-punct-thr; if the share of\n"
        "lines of at most short-line-length code points exceeds short-line-thr; if the share of\n"
        "characters (without newlines) in lines that occurred before exceeds\n"
        "char-duplicates-ratio; if the newlines per word exceed new-line-ratio. Equal values pass.",
    .options = kOptions,
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      for (const std::string& stop : setup.options.Strings("stop-chars")) {
        if (stop.empty()) return UsageError("stop-chars: a string is empty; try '.'");
      }
      return std::make_unique<FineWeb>(setup);
    },
    .memory_per_text_byte = 8,
    .uses_words = true};

}  // namespace corpusmill
