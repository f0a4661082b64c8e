#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "pipelines/stages/ngram_repeats.h"
#include "pipelines/stages/python_text.h"
#include "pipelines/stages/repeat_table.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_shape.h"

namespace corpusmill {
namespace {

constexpr StageOption ShareOption(std::string_view name, std::string_view value,
                                  std::string_view help) {
  return {.name = name, .default_value = value, .help = help, .minimum = 0, .can_be_off = true};
}

constexpr std::string_view kTopHelp =
    "Largest share of characters in the most frequent n-gram of this many words";
constexpr std::string_view kDuplicateHelp =
    "Largest share of characters in n-grams of this many words that occurred before";

constexpr StageOption kOptions[] = {
    ShareOption("dup-line-frac", "0.3", "Largest share of lines that occurred before"),
    ShareOption("dup-para-frac", "0.3", "Largest share of paragraphs that occurred before"),
    ShareOption("dup-line-char-frac", "0.2",
                "Largest share of characters in lines that occurred before"),
    ShareOption("dup-para-char-frac", "0.2",
                "Largest share of characters in paragraphs that occurred before"),
    ShareOption("top-2-gram", "0.2", kTopHelp),
    ShareOption("top-3-gram", "0.18", kTopHelp),
    ShareOption("top-4-gram", "0.16", kTopHelp),
    ShareOption("dup-5-gram", "0.15", kDuplicateHelp),
    ShareOption("dup-6-gram", "0.14", kDuplicateHelp),
    ShareOption("dup-7-gram", "0.13", kDuplicateHelp),
    ShareOption("dup-8-gram", "0.12", kDuplicateHelp),
    ShareOption("dup-9-gram", "0.11", kDuplicateHelp),
    ShareOption("dup-10-gram", "0.1", kDuplicateHelp),
};

/// The checks of one n-gram size, in their order.
struct GramRule {
  std::string_view option;
  std::string_view reason;
  size_t size;
  bool is_top;
};
constexpr GramRule kGramRules[] = {
    {"top-2-gram", "top-2-gram", 2, true},
    {"top-3-gram", "top-3-gram", 3, true},
    {"top-4-gram", "top-4-gram", 4, true},
    {"dup-5-gram", "duplicated-5-n-grams", 5, false},
    {"dup-6-gram", "duplicated-6-n-grams", 6, false},
    {"dup-7-gram", "duplicated-7-n-grams", 7, false},
    {"dup-8-gram", "duplicated-8-n-grams", 8, false},
    {"dup-9-gram", "duplicated-9-n-grams", 9, false},
    {"dup-10-gram", "duplicated-10-n-grams", 10, false},
};

/// The parts of a text between runs of at least `least` newlines, as re.split gives them.
void SplitAtNewlines(std::string_view text, size_t least, std::vector<std::string_view>* parts) {
  parts->clear();
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    at = text.find('\n', at);
    if (at == std::string_view::npos) break;
    const size_t end = std::min(text.find_first_not_of('\n', at), text.size());
    if (end - at >= least) {
      parts->push_back(text.substr(begin, at - begin));
      begin = end;
    }
    at = end;
  }
  parts->push_back(text.substr(begin));
}

struct Repeated {
  uint64_t parts = 0;
  uint64_t characters = 0;
};

/// Buffers of a thread.
struct Buffers {
  std::vector<std::string_view> parts;
  RepeatTable table;
  NGramRepeats grams;
};

Repeated CountRepeated(const TextShape& shape, Buffers& buffers) {
  const std::vector<std::string_view>& parts = buffers.parts;
  buffers.table.Start(parts.size());
  Repeated repeated;
  for (size_t i = 0; i < parts.size(); ++i) {
    const uint32_t first =
        buffers.table.FindOrAdd(parts[i], static_cast<uint32_t>(i),
                                [&](uint32_t other) { return parts[other] == parts[i]; });
    if (first == i) continue;
    ++repeated.parts;
    repeated.characters += shape.Characters(parts[i]);
  }
  return repeated;
}

/// What is measured of lines or paragraphs.
struct PartRule {
  std::optional<double> max_parts;
  std::optional<double> max_characters;
  std::string_view parts_reason;
  std::string_view characters_reason;
};

class GopherRepetition final : public Stage {
 public:
  explicit GopherRepetition(const StageSetup& setup)
      : paragraphs_{Threshold(setup, "dup-para-frac"), Threshold(setup, "dup-para-char-frac"),
                    "dup-para-frac", "dup-para-char-frac"},
        lines_{Threshold(setup, "dup-line-frac"), Threshold(setup, "dup-line-char-frac"),
               "dup-line-frac", "dup-line-char-frac"},
        splitter_(setup.words) {
    for (const GramRule& rule : kGramRules) {
      gram_limits_.push_back(setup.options.Limit(rule.option));
      has_gram_limits_ |= gram_limits_.back().has_value();
    }
  }

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    const std::string_view text = document.text();
    if (text.empty()) {
      document.Drop("empty");
      return absl::OkStatus();
    }
    static const char kKey = 0;
    Buffers& buffers = scratch.Get<Buffers>(&kKey);
    const TextShape& shape = TextShape::Of(document, scratch);
    SplitAtNewlines(Strip(text), 2, &buffers.parts);
    if (CheckParts(paragraphs_, shape, buffers, document)) return absl::OkStatus();
    SplitAtNewlines(text, 1, &buffers.parts);
    if (CheckParts(lines_, shape, buffers, document)) return absl::OkStatus();
    if (has_gram_limits_) {
      buffers.grams.Start(text, scratch.Words(document, *splitter_));
      CheckGrams(shape, buffers.grams, document);
    }
    return absl::OkStatus();
  }

 private:
  /// 0 switches these off, as in datatrove.
  static std::optional<double> Threshold(const StageSetup& setup, std::string_view name) {
    const std::optional<double> limit = setup.options.Limit(name);
    return limit && *limit == 0 ? std::nullopt : limit;
  }

  static bool Above(const std::optional<double>& limit, uint64_t part, uint64_t all,
                    std::string_view reason, StageDocument& document) {
    if (!limit) return false;
    const double ratio = static_cast<double>(part) / static_cast<double>(all);
    if (ratio > *limit) document.Drop(reason, ratio, *limit);
    return document.is_dropped();
  }

  static bool CheckParts(const PartRule& rule, const TextShape& shape, Buffers& buffers,
                         StageDocument& document) {
    if (!rule.max_parts && !rule.max_characters) return false;
    const Repeated repeated = CountRepeated(shape, buffers);
    return Above(rule.max_parts, repeated.parts, buffers.parts.size(), rule.parts_reason,
                 document) ||
           Above(rule.max_characters, repeated.characters, shape.characters(),
                 rule.characters_reason, document);
  }

  void CheckGrams(const TextShape& shape, NGramRepeats& grams, StageDocument& document) const {
    for (size_t i = 0; i < std::size(kGramRules); ++i) {
      if (!gram_limits_[i]) continue;
      const GramRule& rule = kGramRules[i];
      const double most = *gram_limits_[i] * static_cast<double>(shape.characters());
      const bool may_exceed = rule.is_top ? grams.TopMayExceed(rule.size, most)
                                          : grams.DuplicatesMayExceed(rule.size, most);
      if (!may_exceed) continue;
      const uint64_t characters =
          rule.is_top ? grams.TopCharacters(rule.size) : grams.DuplicateCharacters(rule.size);
      if (Above(gram_limits_[i], characters, shape.characters(), rule.reason, document)) return;
    }
  }

  const PartRule paragraphs_, lines_;
  std::vector<std::optional<double>> gram_limits_;  // Of kGramRules.
  bool has_gram_limits_ = false;
  const std::shared_ptr<const WordSplitter> splitter_;
};

}  // namespace

constinit const StageInfo kGopherRepetitionStage = {
    .name = "gopher-repetition",
    .summary = "drop documents by the repetition rules of Gopher",
    .details =
        "Equals datatrove's GopherRepetitionFilter. A document is dropped, in this order, if it\n"
        "is empty; if the share of paragraphs (stripped text between two or more newlines) that\n"
        "occurred before exceeds dup-para-frac, or their share of characters dup-para-char-frac;\n"
        "the same for lines (text between newlines); if the most frequent n-gram of 2, 3 or 4\n"
        "words, the first of equally frequent ones, has a larger share of characters (its length\n"
        "times its count) than top-2-gram, …; if n-grams of 5 to 10 words that occurred before\n"
        "have a larger share of characters than dup-5-gram, …. Equal values pass. 0 is off for\n"
        "lines and paragraphs, as in datatrove.",
    .options = kOptions,
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<GopherRepetition>(setup);
    },
    .memory_per_text_byte = 24,
    .uses_words = true};

}  // namespace corpusmill
