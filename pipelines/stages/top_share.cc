#include <bit>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/external_sort.h"
#include "pipelines/stages/global_stage.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kMissing[] = {"drop", "keep"};
constexpr std::string_view kOrders[] = {"highest", "lowest"};

constexpr StageOption kOptions[] = {
    {.name = "share",
     .type = OptionType::kNumber,
     .help = "Share of the documents with a score to keep, above 0",
     .minimum = 0,
     .maximum = 1,
     .required = true},
    {.name = "score",
     .type = OptionType::kString,
     .default_value = "quality-score",
     .help = "The score: an annotation of an earlier stage, such as quality-score or "
             "language-score, else a member of the input object that is a number"},
    {.name = "order",
     .type = OptionType::kString,
     .default_value = "highest",
     .help = "Which scores are best",
     .choices = kOrders},
    {.name = "per-source",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Keep the share of each source, not of all documents"},
    {.name = "missing",
     .type = OptionType::kString,
     .default_value = "drop",
     .help = "What becomes of documents without a score",
     .choices = kMissing},
};

std::optional<double> ParseScore(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// The score of a document in the order of the stage; the best is the least.
struct Ranked {
  uint64_t group;
  uint64_t rank;
  bool operator<(const Ranked& other) const {
    return group != other.group ? group < other.group : rank < other.rank;
  }
};

class TopShare final : public GlobalStage {
 public:
  explicit TopShare(const StageSetup& setup)
      : score_(setup.options.String("score")),
        share_(setup.options.Number("share")),
        highest_first_(setup.options.String("order") == "highest"),
        per_source_(setup.options.Boolean("per-source")),
        keeps_missing_(setup.options.String("missing") == "keep"),
        reporter_(setup.context.reporter()),
        sorter_(std::in_place, setup.temp_dir, setup.context.memory(),
                setup.context.memory().limit_bytes() / 16) {}

  std::vector<std::string> members() const override { return {score_}; }

  /// The key's high half is the score, its low half whether there is one.
  absl::Status Prepare(StageDocument& document, StageScratch&) const override {
    const std::optional<double> score = ScoreOf(document);
    // Zero has two signs.
    document.key.high = std::bit_cast<uint64_t>(score.value_or(0) + 0.0);
    document.key.low = score ? 1 : 0;
    return absl::OkStatus();
  }

  absl::StatusOr<Verdict> Offer(StageDocument& document) override {
    if (document.key.low == 0) {
      ++missing_;
      if (keeps_missing_) return Verdict::kWait;
      document.Drop("no-score");
      return Verdict::kDrop;
    }
    const uint64_t group = GroupOf(document);
    if (group >= groups_.size()) groups_.resize(group + 1);
    ++groups_[group].documents;
    CM_RETURN_IF_ERROR(sorter_->Add({group, RankOf(document)}));
    return Verdict::kWait;
  }

  absl::Status Finish() override {
    if (missing_ > 0 && sorter_->size() == 0) {
      reporter_.Log(LogLevel::kWarning,
                    absl::StrFormat("top-share: no document has the score '%s'", score_));
    }
    CM_RETURN_IF_ERROR(sorter_->Finish());
    for (Group& group : groups_) CM_RETURN_IF_ERROR(FindThreshold(&group));
    sorter_.reset();
    return absl::OkStatus();
  }

  absl::StatusOr<Verdict> Decide(StageDocument& document) override {
    if (document.key.low == 0) return Verdict::kKeep;
    Group& group = groups_[GroupOf(document)];
    const uint64_t rank = RankOf(document);
    if (group.kept > 0 && rank < group.threshold) return Verdict::kKeep;
    if (rank == group.threshold && group.ties_left > 0) {
      --group.ties_left;
      return Verdict::kKeep;
    }
    document.Drop("not-in-top-share", std::bit_cast<double>(document.key.high),
                  ScoreOfRank(group.threshold));
    return Verdict::kDrop;
  }

 private:
  struct Group {
    uint64_t documents = 0;
    uint64_t kept = 0;
    uint64_t threshold = 0;  // The rank of the last document that is kept.
    uint64_t ties_left = 0;  // Documents of that rank that are kept.
  };

  std::optional<double> ScoreOf(const StageDocument& document) const {
    const auto& annotations = document.annotations();
    for (auto annotation = annotations.rbegin(); annotation != annotations.rend(); ++annotation) {
      if (annotation->name != score_) continue;
      if (const double* const number = std::get_if<double>(&annotation->value)) {
        return std::isfinite(*number) ? std::optional<double>(*number) : std::nullopt;
      }
      return ParseScore(std::get<std::string>(annotation->value));
    }
    return ParseScore(document.member(score_));
  }

  uint64_t GroupOf(const StageDocument& document) const {
    return per_source_ ? document.identity().source : 0;
  }

  static constexpr uint64_t kSign = uint64_t{1} << 63;

  /// Doubles in ascending order are whole numbers in ascending order, if the bits of negative ones
  /// and the sign of others are inverted.
  uint64_t RankOf(const StageDocument& document) const {
    const uint64_t bits = document.key.high;
    const uint64_t ascending = (bits & kSign) != 0 ? ~bits : bits ^ kSign;
    return highest_first_ ? ~ascending : ascending;
  }
  double ScoreOfRank(uint64_t rank) const {
    const uint64_t ascending = highest_first_ ? ~rank : rank;
    return std::bit_cast<double>((ascending & kSign) != 0 ? ascending ^ kSign : ~ascending);
  }

  /// Takes the documents of the group from the sorter.
  absl::Status FindThreshold(Group* group) {
    group->kept =
        static_cast<uint64_t>(std::floor(share_ * static_cast<double>(group->documents) + 0.5));
    uint64_t last = 0;
    for (uint64_t i = 0; i < group->documents; ++i) {
      CM_ASSIGN_OR_RETURN(const std::optional<Ranked> next, sorter_->Next());
      if (!next) return absl::InternalError("a score is missing; please report this");
      // If nothing is kept, the threshold is the best score.
      if (i > 0 && i >= group->kept) continue;
      group->ties_left = i > 0 && next->rank == last ? group->ties_left + 1 : 1;
      group->threshold = last = next->rank;
    }
    if (group->kept == 0) group->ties_left = 0;
    return absl::OkStatus();
  }

  const std::string score_;
  const double share_;
  const bool highest_first_, per_source_, keeps_missing_;
  Reporter& reporter_;
  std::optional<ExternalSorter<Ranked>> sorter_;
  std::vector<Group> groups_;  // One, or of each source.
  uint64_t missing_ = 0;
};

}  // namespace

constinit const StageInfo kTopShareStage = {
    .name = "top-share",
    .summary = "keep the best share of the documents by a score",
    .details =
        "Of n documents with a score, the best share * n, rounded to the nearest number, are\n"
        "kept: of all documents, or of each source. Of documents with equal scores the first\n"
        "in the order of the documents are kept. Documents keep their order. The threshold\n"
        "of a reject is the score of the last document that is kept, or the best score if\n"
        "none is. A score is a number that an earlier stage has noted, or else that a member\n"
        "of the input object holds; documents without one do not count in n. All documents\n"
        "that may be kept wait in a temporary file; scores take 16 bytes each, in memory up\n"
        "to a sixteenth of --memory, else in a temporary file.",
    .options = kOptions,
    .main_option = "share",
    .make_global = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<GlobalStage>> {
      if (setup.options.Number("share") == 0) {
        return UsageError("share: 0 keeps nothing; try a number above 0");
      }
      if (setup.options.String("score").empty()) {
        return UsageError("score: an empty name; try quality-score");
      }
      return std::make_unique<TopShare>(setup);
    }};

}  // namespace corpusmill
