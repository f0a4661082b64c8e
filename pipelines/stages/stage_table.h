#ifndef CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
#define CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipelines/stages/stage.h"

/// The table of stages. To add a stage, write its file and add a line here.
namespace corpusmill {

extern const StageInfo kNormalizeStage, kGopherRepetitionStage, kGopherQualityStage, kC4Stage,
    kFineWebStage, kZhQualityStage, kCodeQualityStage, kLengthStage, kKeepStage, kDropStage,
    kReplaceStage, kUrlBlocklistStage, kRepeatedBlocksStage, kPiiStage, kLanguageStage,
    kScriptStage, kQualityStage, kSampleStage, kTopShareStage, kExactDedupStage, kShuffleStage,
    kCommandStage;

/// In the order of --list-stages and of the documentation.
inline constexpr const StageInfo* kStages[] = {
    &kNormalizeStage,         // normalize.cc: Unicode form, mojibake, control characters, blanks
    &kGopherRepetitionStage,  // gopher_repetition.cc: repeated lines, paragraphs and n-grams
    &kGopherQualityStage,     // gopher_quality.cc: words, symbols, bullets and stop words
    &kC4Stage,                // c4.cc: lines, sentences, paragraphs and bad words
    &kFineWebStage,           // fineweb.cc: ends, lengths and repeats of lines
    &kZhQualityStage,         // zh_quality.cc: rules for Chinese
    &kCodeQualityStage,       // code_quality.cc: rules for source code
    &kLengthStage,            // length.cc: limits of bytes, characters and words
    &kKeepStage,              // keep.cc: documents or lines that match a pattern
    &kDropStage,              // drop.cc: documents or lines that match a pattern
    &kReplaceStage,           // replace.cc: matches of a pattern
    &kUrlBlocklistStage,      // url_blocklist.cc: URLs on lists of the user
    &kRepeatedBlocksStage,    // repeated_blocks.cc: blocks that a document repeats
    &kPiiStage,               // pii.cc: e-mail addresses, phone numbers and other personal data
    &kLanguageStage,          // language.cc: languages by libcld2 or a fastText model
    &kScriptStage,            // script.cc: Unicode scripts of letters
    &kQualityStage,           // quality.cc: scores of a fastText classifier
    &kSampleStage,            // sample.cc: a random share
    &kTopShareStage,          // top_share.cc: the best documents by a score
    &kExactDedupStage,        // exact_dedup.cc: equal texts
    &kShuffleStage,           // shuffle_stage.cc: random order
    &kCommandStage,           // command.cc: an external program, JSON lines in and out
};

/// Finds a stage by name. kInvalidArgument, with the nearest name, if the name is unknown.
absl::StatusOr<const StageInfo*> FindStage(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_STAGE_TABLE_H_
