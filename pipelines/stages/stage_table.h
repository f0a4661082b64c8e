#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/stages/stage.h"

/// The table of stages. To add a stage, write its file and add a line here.
namespace corpusmill {

extern const StageInfo kLengthStage;
extern const StageInfo kGopherQualityStage;
extern const StageInfo kGopherRepetitionStage;
extern const StageInfo kC4Stage;
extern const StageInfo kFineWebStage;

/// In the order of --list-stages and of the documentation.
inline constexpr const StageInfo* kStages[] = {
    &kLengthStage,            // length.cc: limits of bytes, characters and words
    &kGopherRepetitionStage,  // gopher_repetition.cc: repeated lines, paragraphs and n-grams
    &kGopherQualityStage,     // gopher_quality.cc: words, symbols, bullets and stop words
    &kC4Stage,                // c4.cc: lines, sentences, paragraphs and bad words
    &kFineWebStage,           // fineweb.cc: ends, lengths and repeats of lines
};

/// Finds a stage by name. kInvalidArgument, with the nearest name, if the name is unknown.
absl::StatusOr<const StageInfo*> FindStage(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
