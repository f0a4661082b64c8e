#include "shuffle/job/job_files.h"

#include "corpus/base/status.h"

namespace corpusmill {

std::string PartPath(const std::string& prefix, uint64_t task, uint64_t part) {
  return absl::StrFormat("%s.%d-%d", prefix, task, part);
}

std::string ShuffleJobFiles::GatherJournal(size_t task) const {
  return absl::StrFormat("%s/gather.%d.journal", folder_, task);
}

std::string ShuffleJobFiles::GatherOutputs(size_t task) const {
  return absl::StrFormat("%s/gather.%d.outputs", folder_, task);
}

std::string ShuffleJobFiles::Oversized(size_t task, size_t part) const {
  return PartPath(plan_.folders.front() + "/" + TempPrefix() + "oversized", task, part);
}

}  // namespace corpusmill
