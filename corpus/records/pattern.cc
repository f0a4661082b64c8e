#include "corpus/records/pattern.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_system.h"

namespace corpusmill {
namespace {

constexpr size_t kMaxAlternatives = 100'000;
constexpr std::string_view kAnyDepth = "**";

/// The end of the brace group that begins at `begin`, and its commas; false if it is none.
bool FindGroup(std::string_view pattern, size_t begin, std::vector<size_t>* cuts) {
  cuts->assign(1, begin);
  size_t depth = 0;
  for (size_t i = begin; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      ++depth;
    } else if (pattern[i] == ',' && depth == 1) {
      cuts->push_back(i);
    } else if (pattern[i] == '}' && --depth == 0) {
      cuts->push_back(i);
      return cuts->size() > 2;
    }
  }
  return false;
}

/// Appends the alternatives of the brace groups of `pattern`.
absl::Status ExpandBraces(std::string_view pattern, std::vector<std::string>* out) {
  std::vector<size_t> cuts;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      continue;
    }
    if (pattern[i] != '{' || !FindGroup(pattern, i, &cuts)) continue;
    for (size_t cut = 0; cut + 1 < cuts.size(); ++cut) {
      std::string alternative(pattern.substr(0, i));
      alternative += pattern.substr(cuts[cut] + 1, cuts[cut + 1] - cuts[cut] - 1);
      alternative += pattern.substr(cuts.back() + 1);
      CM_RETURN_IF_ERROR(ExpandBraces(alternative, out));
    }
    return absl::OkStatus();
  }
  if (out->size() == kMaxAlternatives) {
    return UsageError(absl::StrFormat("the braces of a pattern stand for more than %d alternatives",
                                      kMaxAlternatives));
  }
  out->emplace_back(pattern);
  return absl::OkStatus();
}

bool HasWildcard(std::string_view path) {
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '*' || path[i] == '?' || path[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string WithoutBackslashes(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

std::string Join(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.ends_with('/') ? folder + name : folder + "/" + name;
}

/// A folder that is no link.
bool IsRealFolder(const std::string& path) {
  struct stat info;
  return Uninterrupted([&] { return Files().LStat(path.c_str(), &info); }) == 0 &&
         S_ISDIR(info.st_mode);
}

bool Exists(const std::string& path) {
  const absl::StatusOr<FileKind> kind = KindOf(path);
  return !kind.ok() || *kind != FileKind::kMissing;
}

/// Finds the matches of the names from `next` on, in and below `folder`.
class Walker {
 public:
  explicit Walker(std::vector<std::string> names) : names_(std::move(names)) {}

  absl::Status Walk(const std::string& folder, size_t next, std::set<std::string>* found) const {
    const std::string& name = names_[next];
    const bool last = next + 1 == names_.size();
    if (!HasWildcard(name)) {
      const std::string path = Join(folder, WithoutBackslashes(name));
      if (last && Exists(path)) found->insert(path);
      if (!last && IsFolder(path)) CM_RETURN_IF_ERROR(Walk(path, next + 1, found));
      return absl::OkStatus();
    }
    CM_ASSIGN_OR_RETURN(const std::vector<std::string> entries,
                        ListFolder(folder.empty() ? "." : folder));
    if (name == kAnyDepth && !last) CM_RETURN_IF_ERROR(Walk(folder, next + 1, found));
    for (const std::string& entry : entries) {
      if (entry == "." || entry == "..") continue;
      const std::string path = Join(folder, entry);
      if (name == kAnyDepth) {
        if (entry.starts_with('.')) continue;
        if (IsRealFolder(path)) {
          CM_RETURN_IF_ERROR(Walk(path, next, found));
        } else if (last) {
          found->insert(path);
        }
      } else if (fnmatch(name.c_str(), entry.c_str(), FNM_PERIOD) == 0) {
        if (last) found->insert(path);
        if (!last && IsFolder(path)) CM_RETURN_IF_ERROR(Walk(path, next + 1, found));
      }
    }
    return absl::OkStatus();
  }

 private:
  const std::vector<std::string> names_;
};

/// The names between the slashes of a pattern.
std::vector<std::string> NamesOf(std::string_view pattern) {
  std::vector<std::string> names;
  while (!pattern.empty()) {
    const size_t slash = std::min(pattern.find('/'), pattern.size());
    if (slash > 0) names.emplace_back(pattern.substr(0, slash));
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
  }
  return names;
}

}  // namespace

bool IsPattern(std::string_view path) {
  std::vector<size_t> cuts;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '{' && FindGroup(path, i, &cuts)) {
      return true;
    }
  }
  return HasWildcard(path);
}

absl::StatusOr<std::vector<std::string>> ExpandPattern(const std::string& pattern) {
  std::vector<std::string> alternatives;
  CM_RETURN_IF_ERROR(ExpandBraces(pattern, &alternatives));
  std::set<std::string> found;
  for (const std::string& alternative : alternatives) {
    if (!HasWildcard(alternative)) {
      const std::string path = WithoutBackslashes(alternative);
      if (!Exists(path)) return IoError(path, "cannot open", ENOENT);
      found.insert(path);
      continue;
    }
    const std::vector<std::string> names = NamesOf(alternative);
    CM_RETURN_IF_ERROR(Walker(names).Walk(alternative.starts_with('/') ? "/" : "", 0, &found));
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace corpusmill
