#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/stages/stage.h"

/// The table of stages. To add a stage, write its file and add a line here.
namespace corpusmill {

extern const StageInfo kCommandStage;
extern const StageInfo kLanguageStage;
extern const StageInfo kLengthStage;
extern const StageInfo kPiiStage;
extern const StageInfo kQualityStage;
extern const StageInfo kScriptStage;

/// In the order of --list-stages and of the documentation.
inline constexpr const StageInfo* kStages[] = {
    &kLengthStage,    // length.cc: limits of bytes, characters and words
    &kLanguageStage,  // language.cc: languages by libcld2 or a fastText model
    &kScriptStage,    // script.cc: Unicode scripts of letters
    &kQualityStage,   // quality.cc: scores of a fastText classifier
    &kPiiStage,       // pii.cc: e-mail addresses, phone numbers and other personal data
    &kCommandStage,   // command.cc: an external program, JSON lines in and out
};

/// Finds a stage by name. kInvalidArgument, with the nearest name, if the name is unknown.
absl::StatusOr<const StageInfo*> FindStage(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
