#include <optional>
#include <string_view>

#include "pipelines/stages/python_text.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "min-bytes",
     .type = OptionType::kInteger,
     .help = "Least bytes of UTF-8",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-bytes",
     .type = OptionType::kInteger,
     .help = "Most bytes of UTF-8",
     .minimum = 0,
     .can_be_off = true},
    {.name = "min-characters",
     .type = OptionType::kInteger,
     .help = "Least code points",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-characters",
     .type = OptionType::kInteger,
     .help = "Most code points",
     .minimum = 0,
     .can_be_off = true},
    {.name = "min-words",
     .type = OptionType::kInteger,
     .help = "Least words",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-words",
     .type = OptionType::kInteger,
     .help = "Most words",
     .minimum = 0,
     .can_be_off = true},
};

class Length final : public Stage {
 public:
  explicit Length(const StageSetup& setup)
      : bytes_(setup.options, "min-bytes", "max-bytes"),
        characters_(setup.options, "min-characters", "max-characters"),
        words_(setup.options, "min-words", "max-words"),
        splitter_(setup.words) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    const std::string_view text = document.text();
    if (Exceeds(bytes_, text.size(), "too-few-bytes", "too-many-bytes", document) ||
        (characters_.is_set() && Exceeds(characters_, CountCharacters(text), "too-few-characters",
                                         "too-many-characters", document)) ||
        !words_.is_set()) {
      return absl::OkStatus();
    }
    Exceeds(words_, scratch.Words(document, *splitter_).size(), "too-few-words", "too-many-words",
            document);
    return absl::OkStatus();
  }

 private:
  struct Limits {
    Limits(const StageOptions& options, std::string_view least, std::string_view most)
        : minimum(options.Limit(least)), maximum(options.Limit(most)) {}
    bool is_set() const { return minimum.has_value() || maximum.has_value(); }
    std::optional<double> minimum, maximum;
  };

  static bool Exceeds(const Limits& limits, size_t size, std::string_view too_few,
                      std::string_view too_many, StageDocument& document) {
    const double value = static_cast<double>(size);
    if (limits.minimum && value < *limits.minimum) {
      document.Drop(too_few, value, *limits.minimum);
    } else if (limits.maximum && value > *limits.maximum) {
      document.Drop(too_many, value, *limits.maximum);
    }
    return document.is_dropped();
  }

  const Limits bytes_, characters_, words_;
  const std::shared_ptr<const WordSplitter> splitter_;
};

}  // namespace

constinit const StageInfo kLengthStage = {
    .name = "length",
    .summary = "drop documents that are too short or too long",
    .details =
        "Limits are inclusive. Bytes are of UTF-8, characters are code points, and words are\n"
        "those of the recipe's `words`.",
    .options = kOptions,
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<Length>(setup);
    },
    .uses_words = true};

}  // namespace corpusmill
