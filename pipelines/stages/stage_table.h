#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/stages/stage.h"

/// The table of stages. To add a stage, write its file and add a line here.
namespace corpusmill {

extern const StageInfo kLengthStage;
extern const StageInfo kPiiStage;

/// In the order of --list-stages and of the documentation.
inline constexpr const StageInfo* kStages[] = {
    &kLengthStage,  // length.cc: limits of bytes, characters and words
    &kPiiStage,     // pii.cc: e-mail addresses, phone numbers and other personal data
};

/// Finds a stage by name. kInvalidArgument, with the nearest name, if the name is unknown.
absl::StatusOr<const StageInfo*> FindStage(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
