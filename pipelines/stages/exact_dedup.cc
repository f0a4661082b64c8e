#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/io/external_sort.h"
#include "pipelines/stages/global_stage.h"
#include "pipelines/stages/stage_table.h"

namespace corpusmill {
namespace {

constexpr std::string_view kComparisons[] = {"text", "letters"};

constexpr StageOption kOptions[] = {
    {.name = "compare",
     .type = OptionType::kString,
     .default_value = "text",
     .help = "What must be equal: the text, or its ASCII letters without case, ASCII digits and "
             "non-ASCII characters",
     .choices = kComparisons},
};

/// A set of hashes in a table with linear probing; the zero hash is kept apart.
class HashSet {
 public:
  HashSet(MemoryBudget& budget, uint64_t limit_bytes)
      : limit_bytes_(limit_bytes), lease_(budget.EmptyLease()) {}

  bool Contains(const Hash128& hash) const {
    if (IsZero(hash)) return has_zero_;
    return !slots_.empty() && !IsZero(slots_[SlotOf(slots_, hash)]);
  }

  /// False if the set cannot grow any more.
  bool Insert(const Hash128& hash) {
    if (IsZero(hash)) {
      has_zero_ = true;
      return true;
    }
    if (4 * (used_ + 1) > 3 * slots_.size() && !Grow()) return false;
    slots_[SlotOf(slots_, hash)] = hash;
    ++used_;
    return true;
  }

 private:
  static bool IsZero(const Hash128& hash) { return hash == Hash128(); }

  static size_t SlotOf(const std::vector<Hash128>& slots, const Hash128& hash) {
    const size_t mask = slots.size() - 1;
    size_t slot = hash.low & mask;
    while (!IsZero(slots[slot]) && !(slots[slot] == hash)) slot = (slot + 1) & mask;
    return slot;
  }

  bool Grow() {
    const size_t size = std::max<size_t>(1024, 2 * slots_.size());
    const uint64_t bytes = size * sizeof(Hash128);
    if (bytes > limit_bytes_) return false;
    // The old table exists until the new one is filled.
    if (!lease_.Resize(bytes + bytes / 2, "exact deduplication").ok()) return false;
    std::vector<Hash128> grown(size);
    for (const Hash128& hash : slots_) {
      if (!IsZero(hash)) grown[SlotOf(grown, hash)] = hash;
    }
    slots_ = std::move(grown);
    return lease_.Resize(bytes, "exact deduplication").ok();
  }

  const uint64_t limit_bytes_;
  MemoryLease lease_;
  std::vector<Hash128> slots_;  // A power of two.
  size_t used_ = 0;
  bool has_zero_ = false;
};

/// The hash of a waiting document, and its number among them.
struct Waiting {
  uint64_t high;
  uint64_t low;
  uint64_t number;
  bool operator<(const Waiting& other) const {
    if (high != other.high) return high < other.high;
    if (low != other.low) return low < other.low;
    return number < other.number;
  }
  bool SameHash(const Waiting& other) const { return high == other.high && low == other.low; }
};

void KeepLetters(std::string_view text, std::string* letters) {
  letters->clear();
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      letters->push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0) {
      letters->push_back(c);
    }
  }
}

class ExactDedup final : public GlobalStage {
 public:
  explicit ExactDedup(const StageSetup& setup)
      : letters_only_(setup.options.String("compare") == "letters"),
        seen_(setup.context.memory(), setup.context.memory().limit_bytes() / 4),
        waiting_(setup.temp_dir, setup.context.memory(), setup.context.memory().limit_bytes() / 16),
        duplicates_(setup.temp_dir, setup.context.memory(),
                    setup.context.memory().limit_bytes() / 32) {}

  bool waits_for_memory_only() const override { return true; }

  absl::Status Prepare(StageDocument& document, StageScratch& scratch) const override {
    std::string_view text = document.text();
    if (letters_only_) {
      std::string& letters = scratch.Get<std::string>(this);
      KeepLetters(text, &letters);
      text = letters;
    }
    document.key = HashBytes(text);
    return absl::OkStatus();
  }

  absl::StatusOr<Verdict> Offer(StageDocument& document) override {
    if (seen_.Contains(document.key)) return Duplicate(document);
    if (!is_full_ && seen_.Insert(document.key)) return Verdict::kKeep;
    is_full_ = true;
    CM_RETURN_IF_ERROR(waiting_.Add({document.key.high, document.key.low, number_waiting_++}));
    return Verdict::kWait;
  }

  absl::Status Finish() override {
    CM_RETURN_IF_ERROR(waiting_.Finish());
    std::optional<Waiting> last;
    while (true) {
      CM_ASSIGN_OR_RETURN(const std::optional<Waiting> next, waiting_.Next());
      if (!next) break;
      if (last && last->SameHash(*next)) CM_RETURN_IF_ERROR(duplicates_.Add(next->number));
      last = next;
    }
    CM_RETURN_IF_ERROR(duplicates_.Finish());
    return NextDuplicate();
  }

  absl::StatusOr<Verdict> Decide(StageDocument& document) override {
    if (next_duplicate_ != decided_++) return Verdict::kKeep;
    CM_RETURN_IF_ERROR(NextDuplicate());
    return Duplicate(document);
  }

 private:
  static Verdict Duplicate(StageDocument& document) {
    document.Drop("duplicate");
    return Verdict::kDrop;
  }

  absl::Status NextDuplicate() {
    CM_ASSIGN_OR_RETURN(next_duplicate_, duplicates_.Next());
    return absl::OkStatus();
  }

  const bool letters_only_;
  HashSet seen_;
  bool is_full_ = false;
  uint64_t number_waiting_ = 0;
  ExternalSorter<Waiting> waiting_;
  ExternalSorter<uint64_t> duplicates_;  // Numbers of waiting documents.
  std::optional<uint64_t> next_duplicate_;
  uint64_t decided_ = 0;
};

}  // namespace

constinit const StageInfo kExactDedupStage = {
    .name = "exact-dedup",
    .summary = "drop documents whose text appeared before",
    .details =
        "Of documents with equal text the first in the order of the sources stays. Texts are\n"
        "compared by their 128-bit hashes (XXH3-128): among a billion different documents\n"
        "the chance of any false match is below 2e-21. Takes 21 to 43 bytes of memory per\n"
        "distinct document, up to a quarter of --memory; further documents wait in a\n"
        "temporary file.",
    .options = kOptions,
    .make_global = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<GlobalStage>> {
      return std::make_unique<ExactDedup>(setup);
    }};

}  // namespace corpusmill
