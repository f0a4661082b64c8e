#ifndef CORPUSMILL_PIPELINES_RECIPES_YAML_TREE_H_
#define CORPUSMILL_PIPELINES_RECIPES_YAML_TREE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace corpusmill {

/// A value of a YAML document, with its place. Aliases are replaced by copies of their anchors.
struct YamlTree {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string scalar;           ///< Of kScalar.
  bool is_quoted = false;       ///< The scalar is in quotes or a block: a string, never a number.
  std::vector<YamlTree> items;  ///< Of kList.
  std::vector<std::pair<YamlTree, YamlTree>> members;  ///< Of kMap, in order; keys are scalars.
  int line = 1;                                        ///< From 1.
  int column = 1;

  /// kInvalidArgument: `NAME:line:column: what`.
  absl::Status Error(std::string_view name, std::string_view what) const;
};

/// Parses one YAML document. `name` is the file in messages. kInvalidArgument with line and column
/// for a syntax error, a key that is repeated or no scalar, an alias inside its own anchor, a
/// second document, or aliases that make more than 100,000 values.
absl::StatusOr<YamlTree> ParseYaml(std::string_view text, std::string_view name);

/// "a list", "a map", "a value" or "nothing".
std::string_view YamlKindName(YamlTree::Kind kind);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_RECIPES_YAML_TREE_H_
