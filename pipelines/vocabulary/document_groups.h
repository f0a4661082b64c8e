#ifndef CORPUSMILL_PIPELINES_VOCABULARY_DOCUMENT_GROUPS_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_DOCUMENT_GROUPS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace corpusmill {

/// Numbers the values of a member that documents are grouped by, such as `source`, in the
/// order in which they are first seen.
///
///   DocumentGroups sources;
///   const uint32_t group = sources.Find("web");   // 0
///   sources.names()[group];                       // "web"
///
/// Takes bounded memory whatever the documents hold: after kMaxGroups values all further
/// ones are the group kOthers, and only kMaxNameBytes of a value count. Not thread-safe.
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

/// What stands before the first `until` in a member's value, all of it if there is none or
/// `until` is empty: "repository" of "repository:path" for ":".
inline std::string_view GroupValue(std::string_view value, std::string_view until) {
  return until.empty() ? value : value.substr(0, value.find(until));
}

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_DOCUMENT_GROUPS_H_
