#include "pipelines/vocabulary/document_groups.h"

namespace corpusmill {

uint32_t DocumentGroups::Find(std::string_view value) {
  std::string name(value.substr(0, kMaxNameBytes));
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  if (names_.size() >= kMaxGroups) {
    if (names_.size() == kMaxGroups) names_.emplace_back(kOthers);
    return kMaxGroups;
  }
  const auto number = static_cast<uint32_t>(names_.size());
  names_.push_back(name);
  numbers_.emplace(std::move(name), number);
  return number;
}

}  // namespace corpusmill
