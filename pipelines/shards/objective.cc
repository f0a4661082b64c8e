#include "pipelines/shards/objective.h"

namespace corpusmill {

const Objective* FindObjective(std::string_view name) {
  for (const Objective* const objective : kObjectives) {
    if (objective->name == name) return objective;
  }
  return nullptr;
}

}  // namespace corpusmill
