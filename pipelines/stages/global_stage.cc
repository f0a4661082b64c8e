#include "pipelines/stages/global_stage.h"

namespace corpusmill {

absl::Status GlobalStage::Prepare(StageDocument&, StageScratch&) const { return absl::OkStatus(); }

absl::StatusOr<GlobalStage::Verdict> GlobalStage::Decide(StageDocument&) { return Verdict::kKeep; }

}  // namespace corpusmill
