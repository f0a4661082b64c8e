#include "pipelines/stages/stage_table.h"

#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<const StageInfo*> FindStage(std::string_view name) {
  std::vector<std::string_view> names;
  for (const StageInfo* const stage : kStages) {
    if (stage->name == name) return stage;
    names.push_back(stage->name);
  }
  const std::string_view nearest = NearestName(name, names);
  if (nearest.empty()) {
    return UsageError(absl::StrFormat("'%s' is not a stage; try --list-stages", name));
  }
  return UsageError(absl::StrFormat("'%s' is not a stage; try %s", name, nearest));
}

}  // namespace corpusmill
