#ifndef CORPUSMILL_PIPELINES_CLEANING_CLEAN_H_
#define CORPUSMILL_PIPELINES_CLEANING_CLEAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/codecs/codec.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "pipelines/cleaning/document_sink.h"
#include "pipelines/cleaning/ledger.h"
#include "pipelines/cleaning/run_statistics.h"
#include "pipelines/recipes/recipe.h"

namespace corpusmill {

struct CleanOptions {
  /// How records are read; record format and fields are those of the sources.
  DocumentOptions documents;
  /// Where dropped documents are written as JSONL; "" = nowhere.
  std::string rejects_path;
  bool overwrite = false;
  /// Keeps samples of what the stages do, for a report.
  bool take_samples = false;
  /// Names the folder of temporary files; see Context::TempDirFor.
  std::string output_path = "-";
  /// Leaves each source after documents with this much text; 0 = reads all documents.
  uint64_t max_text_bytes = 0;
};

/// What a run did.
struct CleanReport {
  DocumentCounts read;
  std::vector<InputReport> inputs;
  std::vector<std::string> stages;  ///< Labels.
  std::vector<std::string> source_names;
  Ledger ledger;
  RunStatistics statistics;
  uint64_t kept_documents = 0;  ///< Documents that the sink got, copies included.
  uint64_t kept_bytes = 0;
  uint64_t waiting_bytes = 0;  ///< Written to temporary files at global stages.
  int passes = 1;
};

/// The inputs of each source of a recipe.
absl::StatusOr<std::vector<std::vector<InputFile>>> ResolveSources(const Recipe& recipe,
                                                                   Context& context);

/// Makes the stages of a recipe, and nothing else: finds errors such as a missing word list.
absl::Status ValidateRecipe(const Recipe& recipe, const CleanOptions& options, Context& context);

/// Runs the documents of the sources through the stages of a recipe.
///
///   CM_ASSIGN_OR_RETURN(const Recipe recipe, ReadRecipe("web.yaml"));
///   CM_ASSIGN_OR_RETURN(auto sources, ResolveSources(recipe, context));
///   CM_ASSIGN_OR_RETURN(auto output, JsonlOutput::Create(recipe, {.pattern = "out.jsonl"},
///   context)); CM_ASSIGN_OR_RETURN(CleanReport report, Clean(recipe, sources, {}, *output,
///   context)); CM_RETURN_IF_ERROR(output->Finish());
///
/// Documents reach the sink in the order of the sources, or of the last shuffle. Order and content
/// do not depend on threads, memory or temporary folders. kInternal unless the ledger balances.
///
/// Memory stays within the free part of the context's budget. Documents that wait at a global stage
/// go to unnamed temporary files.
absl::StatusOr<CleanReport> Clean(const Recipe& recipe,
                                  const std::vector<std::vector<InputFile>>& sources,
                                  const CleanOptions& options, DocumentSink& sink,
                                  Context& context);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_CLEAN_H_
