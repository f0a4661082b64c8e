#ifndef CORPUSMILL_PIPELINES_VOCABULARY_DOCUMENT_GROUPS_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_DOCUMENT_GROUPS_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace corpusmill {

/// Numbers the values of a member that groups documents, such as `source`, in the order of their
/// first occurrence.
///
///   DocumentGroups sources;
///   const uint32_t group = sources.Find("web");   // 0
///   sources.names()[group];                       // "web"
///
/// Memory is bounded: after kMaxGroups values, new values join the group kOthers; only the first
/// kMaxNameBytes of a value count. Not thread-safe.
class DocumentGroups {
 public:
  static constexpr size_t kMaxGroups = 4096;
  static constexpr size_t kMaxNameBytes = 256;
  static constexpr std::string_view kOthers = "(others)";

  uint32_t Find(std::string_view value);

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
};

/// Sorts groups by the bytes of their text, largest first; equal ones by name.
template <typename Totals>
void SortByText(std::vector<std::pair<std::string, Totals>>* groups) {
  std::sort(groups->begin(), groups->end(), [](const auto& a, const auto& b) {
    if (a.second.text_bytes != b.second.text_bytes)
      return a.second.text_bytes > b.second.text_bytes;
    return a.first < b.first;
  });
}

/// The part of a member's value before the first `until`, such as "repository" of
/// "repository:path" for ":". The whole value if `until` is empty or does not occur.
inline std::string_view GroupValue(std::string_view value, std::string_view until) {
  return until.empty() ? value : value.substr(0, value.find(until));
}

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_DOCUMENT_GROUPS_H_
