#ifndef CORPUSMILL_PIPELINES_STAGES_GLOBAL_STAGE_H_
#define CORPUSMILL_PIPELINES_STAGES_GLOBAL_STAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipelines/stages/stage.h"
#include "pipelines/stages/stage_document.h"

namespace corpusmill {

/// A step whose decision on a document depends on other documents.
///
/// The run calls Prepare for every document, on several threads, and then Offer in the order of the
/// documents. A document that cannot be decided yet waits in a temporary file. After the last
/// document the run calls Finish, and then Decide for each waiting document, in order. What happens
/// to a document does not depend on threads or memory.
class GlobalStage {
 public:
  enum class Verdict {
    kKeep,
    kDrop,  ///< The stage has called StageDocument::Drop.
    kWait,
  };

  virtual ~GlobalStage() = default;

  /// Computes what Offer needs from the text, such as a hash: StageDocument::key. Thread-safe.
  virtual absl::Status Prepare(StageDocument& document, StageScratch& scratch) const;

  /// Once it returned kWait, it returns kWait or kDrop.
  virtual absl::StatusOr<Verdict> Offer(StageDocument& document) = 0;

  /// Called once, after the last Offer.
  virtual absl::Status Finish() { return absl::OkStatus(); }

  /// Decides on the next waiting document: kKeep or kDrop.
  virtual absl::StatusOr<Verdict> Decide(StageDocument& document);

  /// The seed of the random order in which waiting documents go on; nullopt: they keep their order.
  virtual std::optional<std::string> shuffle_seed() const { return std::nullopt; }

  /// Whether documents wait only when memory runs out. If not, every document waits.
  virtual bool waits_for_memory_only() const { return false; }

  /// Whether Offer ever returns kWait.
  virtual bool may_wait() const { return true; }

  /// Names of members of the input object that Prepare reads: StageDocument::member.
  virtual std::vector<std::string> members() const { return {}; }

  /// Copies of a document that is kept.
  virtual uint64_t Copies(const StageDocument&) const { return 1; }
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_GLOBAL_STAGE_H_
