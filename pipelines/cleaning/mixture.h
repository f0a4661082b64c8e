#ifndef CORPUSMILL_PIPELINES_CLEANING_MIXTURE_H_
#define CORPUSMILL_PIPELINES_CLEANING_MIXTURE_H_

#include <memory>
#include <vector>

#include "corpus/base/random.h"
#include "pipelines/recipes/recipe.h"
#include "pipelines/stages/global_stage.h"

namespace corpusmill {

extern const StageInfo kMixtureInfo;

/// The stage that applies the limits of the sources, then their weights, to the documents that have
/// passed all other stages. nullptr if no source has a limit or a weight.
///
/// A source ends with the document that would exceed its limit: that document and all later ones
/// of the source are dropped. Of a weight of 2.5 each document gets 2 copies, and a third by a draw
/// with probability 0.5.
std::unique_ptr<GlobalStage> MakeMixture(const std::vector<RecipeSource>& sources,
                                         const RandomKey& seed);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_MIXTURE_H_
