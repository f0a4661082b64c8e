#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "pipelines/stages/python_text.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kUnits[] = {"line", "paragraph"};

constexpr StageOption kOptions[] = {
    {.name = "min-characters",
     .type = OptionType::kInteger,
     .default_value = "80",
     .help = "Least characters of a block, without line ends",
     .minimum = 1,
     .maximum = 1e9},
    {.name = "unit",
     .type = OptionType::kString,
     .default_value = "line",
     .help = "What blocks consist of: lines, or paragraphs between blank lines",
     .choices = kUnits},
    {.name = "max-share",
     .type = OptionType::kNumber,
     .help = "Drop the document if a larger share of its characters is repeated",
     .minimum = 0,
     .maximum = 1,
     .can_be_off = true},
};

/// A line or paragraph that is not blank.
struct Unit {
  size_t begin = 0;  // Offset in the text.
  size_t end = 0;    // Without the line end.
  uint32_t id = 0;   // Equal for equal units.
  uint32_t characters = 0;
};

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Hashes of runs of ids in constant time: polynomials modulo 2^61 - 1.
class RunHasher {
 public:
  explicit RunHasher(const std::vector<Unit>& units) {
    prefixes_.reserve(units.size() + 1);
    powers_.reserve(units.size() + 1);
    prefixes_.push_back(0);
    powers_.push_back(1);
    for (const Unit& unit : units) {
      prefixes_.push_back(Add(Multiply(prefixes_.back(), kBase), unit.id + uint64_t{1}));
      powers_.push_back(Multiply(powers_.back(), kBase));
    }
  }

  /// Of the units in [begin, end).
  uint64_t Of(size_t begin, size_t end) const {
    return Add(prefixes_[end], kPrime - Multiply(prefixes_[begin], powers_[end - begin]));
  }

 private:
  static constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
  static constexpr uint64_t kBase = 0x123456789ABCDEF;

  static uint64_t Add(uint64_t a, uint64_t b) {
    const uint64_t sum = a + b;
    return sum >= kPrime ? sum - kPrime : sum;
  }
  static uint64_t Multiply(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return Add(static_cast<uint64_t>(product & kPrime), static_cast<uint64_t>(product >> 61));
  }

  std::vector<uint64_t> prefixes_, powers_;
};

class RepeatedBlocks final : public Stage {
 public:
  explicit RepeatedBlocks(const StageOptions& options)
      : min_characters_(static_cast<uint64_t>(options.Integer("min-characters"))),
        paragraphs_(options.String("unit") == "paragraph"),
        max_share_(options.Limit("max-share")) {}

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    const std::string_view text = document.text();
    std::vector<Unit> units = Divide(text);
    if (!Number(text, &units)) return absl::OkStatus();
    const std::vector<bool> repeated = FindRepeated(units);
    Remove(text, units, repeated, document);
    return absl::OkStatus();
  }

 private:
  std::vector<Unit> Divide(std::string_view text) const {
    std::vector<Unit> units;
    bool in_paragraph = false;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      const bool is_blank = IsBlankLine(line);
      if (!is_blank && paragraphs_ && in_paragraph) {
        units.back().end = end;
      } else if (!is_blank) {
        units.push_back({.begin = begin, .end = end});
      }
      in_paragraph = !is_blank;
      begin = end + 1;
    }
    for (Unit& unit : units) {
      if (text[unit.end - 1] == '\r') --unit.end;
      unit.characters =
          static_cast<uint32_t>(CountCharacters(text.substr(unit.begin, unit.end - unit.begin)));
    }
    return units;
  }

  /// Gives equal units equal numbers. Returns whether any two are equal.
  static bool Number(std::string_view text, std::vector<Unit>* units) {
    absl::flat_hash_map<absl::string_view, uint32_t> ids;
    ids.reserve(units->size());
    for (Unit& unit : *units) {
      const absl::string_view content(text.data() + unit.begin, unit.end - unit.begin);
      unit.id = ids.emplace(content, static_cast<uint32_t>(ids.size())).first->second;
    }
    return ids.size() < units->size();
  }

  /// The units of blocks that occurred before. For each unit, the shortest run of units from it on
  /// that is long enough to be a block is looked up among the runs of earlier units; a hit is
  /// extended as far as both are equal.
  std::vector<bool> FindRepeated(const std::vector<Unit>& units) const {
    std::vector<bool> repeated(units.size());
    const RunHasher hasher(units);
    absl::flat_hash_map<uint64_t, size_t> runs;  // Hash → where the run first begins.
    size_t end = 0;                              // Of the run that begins at i.
    uint64_t characters = 0;
    size_t covered = 0;  // End of the last repeated block.
    for (size_t i = 0; i < units.size(); ++i) {
      while (end < units.size() && characters < min_characters_) {
        characters += units[end++].characters;
      }
      if (characters < min_characters_) break;
      const auto [run, is_new] = runs.try_emplace(hasher.Of(i, end), i);
      if (!is_new && i >= covered) covered = MarkRepeated(units, run->second, i, end, &repeated);
      characters -= units[i].characters;
    }
    return repeated;
  }

  /// Compares the units from `first` and from `second` on. If they agree at least up to `end`,
  /// marks all that agree. Returns the end of the marked units.
  static size_t MarkRepeated(const std::vector<Unit>& units, size_t first, size_t second,
                             size_t end, std::vector<bool>* repeated) {
    size_t at = second;
    while (at < units.size() && units[first + at - second].id == units[at].id) ++at;
    if (at < end) return second;  // Different runs with the same hash.
    std::fill(repeated->begin() + static_cast<ptrdiff_t>(second),
              repeated->begin() + static_cast<ptrdiff_t>(at), true);
    return at;
  }

  void Remove(std::string_view text, const std::vector<Unit>& units,
              const std::vector<bool>& repeated, StageDocument& document) const {
    uint64_t all = 0, removed = 0, blocks = 0;
    TextEdit edit(text);
    for (size_t i = 0; i < units.size(); ++i) {
      all += units[i].characters;
      if (!repeated[i]) continue;
      removed += units[i].characters;
      blocks += i == 0 || !repeated[i - 1];
      edit.KeepTo(units[i].begin);
      edit.RemoveTo(i + 1 < units.size() ? units[i + 1].begin : text.size());
    }
    const double share = all == 0 ? 0 : static_cast<double>(removed) / static_cast<double>(all);
    if (max_share_ && share > *max_share_) {
      document.Drop("repeated-share", share, *max_share_);
      return;
    }
    document.CountEdits("repeated-block", blocks);
    document.Replace(&edit);
  }

  const uint64_t min_characters_;
  const bool paragraphs_;
  const std::optional<double> max_share_;
};

}  // namespace

constinit const StageInfo kRepeatedBlocksStage = {
    .name = "repeated-blocks",
    .summary = "remove blocks of lines that a document repeats",
    .details =
        "A block is one unit or several in a row, of at least min-characters characters together:\n"
        "long lines, but also menus and footers of many short ones. A unit is a line or, with\n"
        "`unit: paragraph`, what stands between blank lines; blank lines belong to no unit and do\n"
        "not matter. A block that equals an earlier one byte by byte is removed, as far as both "
        "are\n"
        "equal, with the blank lines behind it; the first one stays. Blocks may overlap: of a "
        "line\n"
        "that stands ten times in a row one remains. Blocks are found from the beginning to the\n"
        "end, in linear time.\n"
        "\n"
        "max-share drops the document (repeated-share) if the removed units have a larger share "
        "of\n"
        "the characters of all units. Characters are code points.",
    .options = kOptions,
    .main_option = "min-characters",
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      return std::make_unique<RepeatedBlocks>(setup.options);
    },
    .memory_per_text_byte = 40};

}  // namespace corpusmill
