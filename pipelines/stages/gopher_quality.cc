#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/text/byte_scan.h"
#include "pipelines/stages/python_text.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_shape.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "min-doc-words",
     .type = OptionType::kInteger,
     .default_value = "50",
     .help = "Least words that are not all punctuation",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-doc-words",
     .type = OptionType::kInteger,
     .default_value = "100000",
     .help = "Most words that are not all punctuation",
     .minimum = 0,
     .can_be_off = true},
    {.name = "min-avg-word-length",
     .default_value = "3",
     .help = "Least mean length of these words, in code points",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-avg-word-length",
     .default_value = "10",
     .help = "Largest mean length of these words, in code points",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-symbol-word-ratio",
     .default_value = "0.1",
     .help = "Most hash signs, and most ellipses, per word",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-bullet-lines-ratio",
     .default_value = "0.9",
     .help = "Largest share of lines that begin with a bullet",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "max-ellipsis-lines-ratio",
     .default_value = "0.3",
     .help = "Largest share of lines that end with an ellipsis",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "max-non-alpha-words-ratio",
     .default_value = "0.8",
     .help = "Least share of words with a letter",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
    {.name = "min-stop-words",
     .type = OptionType::kInteger,
     .default_value = "2",
     .help = "Least different stop words",
     .minimum = 0,
     .can_be_off = true},
    {.name = "stop-words",
     .type = OptionType::kStrings,
     .default_value = "the, be, to, of, and, that, have, with",
     .help = "Stop words; upper and lower case differ"},
};

constexpr std::string_view kEllipsis = "\u2026";
constexpr std::string_view kBullet = "\u2022";

/// A threshold, which 0 switches off as in datatrove.
std::optional<double> Threshold(const StageOptions& options, std::string_view name) {
  const std::optional<double> limit = options.Limit(name);
  return limit && *limit == 0 ? std::nullopt : limit;
}

/// 0 for 0/0: datatrove stops there.
double Ratio(uint64_t part, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

struct Symbols {
  uint64_t hashes = 0;
  uint64_t ellipses = 0;  ///< `...`, which do not overlap, and U+2026.
};

Symbols CountSymbols(std::string_view text) {
  Symbols symbols;
  constexpr auto kFindSymbol = FindByte<0, '#', '.', 0xE2>;
  for (size_t i = kFindSymbol(text, 0); i < text.size(); i = kFindSymbol(text, i)) {
    const char c = text[i];
    if (c == '#') {
      ++symbols.hashes;
      ++i;
    } else if (c == '.') {
      const size_t end = std::min(text.find_first_not_of('.', i), text.size());
      symbols.ellipses += (end - i) / 3;
      i = end;
    } else {
      symbols.ellipses += text.substr(i, kEllipsis.size()) == kEllipsis ? 1 : 0;
      ++i;
    }
  }
  return symbols;
}

/// Counts different stop words of a text.
class StopWords {
 public:
  explicit StopWords(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      auto& same_length = by_length_[std::min(word.size(), by_length_.size() - 1)];
      if (std::find(same_length.begin(), same_length.end(), word) == same_length.end()) {
        same_length.push_back(word);
      }
    }
  }

  /// Counts up to `enough`.
  uint64_t CountDifferent(std::string_view text, const std::vector<Word>& words,
                          double enough) const {
    std::vector<const std::string*> found;
    for (const Word& word : words) {
      const std::string_view bytes = text.substr(word.begin, word.end - word.begin);
      for (const std::string& stop : by_length_[std::min(bytes.size(), by_length_.size() - 1)]) {
        if (stop.front() != bytes.front() || stop != bytes) continue;
        if (std::find(found.begin(), found.end(), &stop) == found.end()) found.push_back(&stop);
        break;
      }
      if (static_cast<double>(found.size()) >= enough) break;
    }
    return found.size();
  }

 private:
  std::array<std::vector<std::string>, 32> by_length_;  // The last: that long or longer.
};

class GopherQuality final : public Stage {
 public:
  explicit GopherQuality(const StageSetup& setup)
      : min_words_(Threshold(setup.options, "min-doc-words")),
        max_words_(Threshold(setup.options, "max-doc-words")),
        min_length_(Threshold(setup.options, "min-avg-word-length")),
        max_length_(Threshold(setup.options, "max-avg-word-length")),
        max_symbols_(Threshold(setup.options, "max-symbol-word-ratio")),
        max_bullets_(Threshold(setup.options, "max-bullet-lines-ratio")),
        max_ellipses_(Threshold(setup.options, "max-ellipsis-lines-ratio")),
        min_letters_(Threshold(setup.options, "max-non-alpha-words-ratio")),
        min_stop_words_(Threshold(setup.options, "min-stop-words")),
        stop_words_(setup.options.Strings("stop-words")),
        splitter_(setup.words) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    const std::vector<Word>& words = scratch.Words(document, *splitter_);
    Counts counts;
    for (const Word& word : words) {
      const uint64_t is_counted = (word.flags & Word::kPunctuation) == 0 ? 1 : 0;
      counts.words += is_counted;
      counts.characters += is_counted * word.length;
      counts.with_letter += (word.flags & Word::kHasLetter) != 0 ? 1 : 0;
    }
    CheckWords(counts, document) || CheckSymbols(words.size(), document) ||
        CheckLines(document, scratch) || CheckLetters(counts, words.size(), document) ||
        CheckStopWords(words, document);
    return absl::OkStatus();
  }

 private:
  struct Counts {
    uint64_t words = 0;  // Words that are not all punctuation, and their characters.
    uint64_t characters = 0;
    uint64_t with_letter = 0;
  };

  static bool Below(const std::optional<double>& limit, double value, std::string_view reason,
                    StageDocument& document) {
    if (!limit || !(value < *limit)) return false;
    document.Drop(reason, value, *limit);
    return true;
  }
  static bool Above(const std::optional<double>& limit, double value, std::string_view reason,
                    StageDocument& document) {
    if (!limit || !(value > *limit)) return false;
    document.Drop(reason, value, *limit);
    return true;
  }

  bool CheckWords(const Counts& counts, StageDocument& document) const {
    const auto words = static_cast<double>(counts.words);
    if (Below(min_words_, words, "gopher-short-doc", document) ||
        Above(max_words_, words, "gopher-long-doc", document)) {
      return true;
    }
    if (counts.words == 0) return false;  // No mean: comparisons with NaN are false.
    const double length = static_cast<double>(counts.characters) / words;
    return Below(min_length_, length, "gopher-below-avg-threshold", document) ||
           Above(max_length_, length, "gopher-above-avg-threshold", document);
  }

  bool CheckSymbols(size_t words, StageDocument& document) const {
    if (!max_symbols_) return false;
    const Symbols symbols = CountSymbols(document.text());
    return Above(max_symbols_, Ratio(symbols.hashes, words), "gopher-too-many-hashes", document) ||
           Above(max_symbols_, Ratio(symbols.ellipses, words), "gopher-too-many-ellipsis",
                 document);
  }

  bool CheckLines(StageDocument& document, StageScratch& scratch) const {
    if (!max_bullets_ && !max_ellipses_) return false;
    uint64_t bullets = 0;
    uint64_t ellipses = 0;
    const std::vector<std::string_view>& lines = TextShape::Of(document, scratch).lines();
    for (const std::string_view line : lines) {
      const std::string_view left = StripLeft(line);
      bullets += left.starts_with('-') || left.starts_with(kBullet) ? 1 : 0;
      const std::string_view right = StripRight(left);
      ellipses += right.ends_with("...") || right.ends_with(kEllipsis) ? 1 : 0;
    }
    return Above(max_bullets_, Ratio(bullets, lines.size()), "gopher-too-many-bullets", document) ||
           Above(max_ellipses_, Ratio(ellipses, lines.size()), "gopher-too-many-end-ellipsis",
                 document);
  }

  bool CheckLetters(const Counts& counts, size_t words, StageDocument& document) const {
    return Below(min_letters_, Ratio(counts.with_letter, words), "gopher-below-alpha-threshold",
                 document);
  }

  bool CheckStopWords(const std::vector<Word>& words, StageDocument& document) const {
    if (!min_stop_words_) return false;
    const uint64_t found = stop_words_.CountDifferent(document.text(), words, *min_stop_words_);
    return Below(min_stop_words_, static_cast<double>(found), "gopher-enough-stop-words", document);
  }

  const std::optional<double> min_words_, max_words_, min_length_, max_length_, max_symbols_,
      max_bullets_, max_ellipses_, min_letters_, min_stop_words_;
  const StopWords stop_words_;
  const std::shared_ptr<const WordSplitter> splitter_;
};

}  // namespace

constinit const StageInfo kGopherQualityStage = {
    .name = "gopher-quality",
    .summary = "drop documents by the quality rules of Gopher",
    .details =
        "Equals datatrove's GopherQualityFilter. N is the number of words, and W that of words\n"
        "that are not all punctuation. A document is dropped, in this order, if W is below\n"
        "min-doc-words or above max-doc-words; if the mean length of W's words is below\n"
        "min-avg-word-length or above max-avg-word-length; if the number of '#', or that of\n"
        "ellipses, divided by N exceeds max-symbol-word-ratio; if the share of lines that begin\n"
        "with a bullet or '-' exceeds max-bullet-lines-ratio, or that of lines that end with an\n"
        "ellipsis exceeds max-ellipsis-lines-ratio; if the share of words (of N) with a letter is\n"
        "below max-non-alpha-words-ratio; if it has fewer than min-stop-words different stop\n"
        "words. Equal values pass. 0 is off, as in datatrove.",
    .options = kOptions,
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      for (const std::string& word : setup.options.Strings("stop-words")) {
        if (word.empty()) return UsageError("stop-words: a word is empty; try the");
      }
      return std::make_unique<GopherQuality>(setup);
    },
    .memory_per_text_byte = 4,
    .uses_words = true};

}  // namespace corpusmill
