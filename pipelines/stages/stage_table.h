#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/stages/stage.h"

/// The table of stages. To add a stage, write its file and add a line here.
namespace corpusmill {

extern const StageInfo kLengthStage;
extern const StageInfo kNormalizeStage;
extern const StageInfo kKeepStage;
extern const StageInfo kDropStage;
extern const StageInfo kReplaceStage;
extern const StageInfo kSampleStage;
extern const StageInfo kUrlBlocklistStage;
extern const StageInfo kRepeatedBlocksStage;
extern const StageInfo kZhQualityStage;
extern const StageInfo kCodeQualityStage;

/// In the order of --list-stages and of the documentation.
inline constexpr const StageInfo* kStages[] = {
    &kLengthStage,          // length.cc: limits of bytes, characters and words
    &kNormalizeStage,       // normalize.cc: Unicode form, mojibake, control characters, blanks
    &kKeepStage,            // keep.cc: documents or lines that match a pattern
    &kDropStage,            // drop.cc: documents or lines that match a pattern
    &kReplaceStage,         // replace.cc: matches of a pattern
    &kSampleStage,          // sample.cc: a random share
    &kUrlBlocklistStage,    // url_blocklist.cc: URLs on lists of the user
    &kRepeatedBlocksStage,  // repeated_blocks.cc: blocks that a document repeats
    &kZhQualityStage,       // zh_quality.cc: rules for Chinese
    &kCodeQualityStage,     // code_quality.cc: rules for source code
};

/// Finds a stage by name. kInvalidArgument, with the nearest name, if the name is unknown.
absl::StatusOr<const StageInfo*> FindStage(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
