#include "pipelines/recipes/yaml_tree.h"

#include <algorithm>
#include <exception>
#include <set>
#include <sstream>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/yaml.h"

namespace corpusmill {
namespace {

constexpr size_t kMaxValues = 100'000;
constexpr size_t kMaxDepth = 100;

class Converter {
 public:
  explicit Converter(std::string_view name) : name_(name) {}

  absl::Status Convert(const YAML::Node& node, YamlTree* tree) {
    tree->line = std::max(0, node.Mark().line) + 1;
    tree->column = std::max(0, node.Mark().column) + 1;
    if (++values_ > kMaxValues) return tree->Error(name_, "aliases make too many values");
    const bool is_open = std::any_of(open_.begin(), open_.end(),
                                     [&](const YAML::Node* parent) { return parent->is(node); });
    if (is_open) return tree->Error(name_, "an alias is inside of its own anchor");
    if (open_.size() == kMaxDepth) return tree->Error(name_, "values are nested too deeply");
    open_.push_back(&node);
    const absl::Status status = ConvertKind(node, tree);
    open_.pop_back();
    return status;
  }

 private:
  absl::Status ConvertKind(const YAML::Node& node, YamlTree* tree) {
    if (node.IsScalar()) {
      tree->kind = YamlTree::Kind::kScalar;
      tree->scalar = node.Scalar();
      tree->is_quoted = node.Tag() == "!";
      return absl::OkStatus();
    }
    if (node.IsSequence()) {
      tree->kind = YamlTree::Kind::kList;
      for (const YAML::Node& item : node) {
        CM_RETURN_IF_ERROR(Convert(item, &tree->items.emplace_back()));
      }
      return absl::OkStatus();
    }
    if (!node.IsMap()) return absl::OkStatus();
    tree->kind = YamlTree::Kind::kMap;
    std::set<std::string> keys;
    for (const auto& member : node) {
      auto& [key, value] = tree->members.emplace_back();
      CM_RETURN_IF_ERROR(Convert(member.first, &key));
      if (key.kind != YamlTree::Kind::kScalar) return key.Error(name_, "a key is not a name");
      if (!keys.insert(key.scalar).second) {
        return key.Error(name_, absl::StrFormat("'%s' is repeated; keep one", key.scalar));
      }
      CM_RETURN_IF_ERROR(Convert(member.second, &value));
    }
    return absl::OkStatus();
  }

  const std::string_view name_;
  std::vector<const YAML::Node*> open_;  // The lists and maps around the current value.
  size_t values_ = 0;
};

/// Ignores the events of a parser.
class NoEvents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// YAML::LoadAll does not end on some texts, such as ", a".
bool HasTwoDocuments(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  NoEvents events;
  return parser.HandleNextDocument(events) && parser.HandleNextDocument(events);
}

}  // namespace

absl::Status YamlTree::Error(std::string_view name, std::string_view what) const {
  return UsageError(absl::StrFormat("%s:%d:%d: %s", name, line, column, what));
}

std::string_view YamlKindName(YamlTree::Kind kind) {
  switch (kind) {
    case YamlTree::Kind::kNull:
      return "nothing";
    case YamlTree::Kind::kScalar:
      return "a value";
    case YamlTree::Kind::kList:
      return "a list";
    case YamlTree::Kind::kMap:
      return "a map";
  }
  return "";
}

absl::StatusOr<YamlTree> ParseYaml(std::string_view text, std::string_view name) {
  YamlTree tree;
  try {
    if (HasTwoDocuments(text)) {
      return UsageError(absl::StrFormat("%s: several YAML documents; keep one", name));
    }
    CM_RETURN_IF_ERROR(Converter(name).Convert(YAML::Load(std::string(text)), &tree));
  } catch (const YAML::Exception& error) {
    tree.line = std::max(0, error.mark.line) + 1;
    tree.column = std::max(0, error.mark.column) + 1;
    return tree.Error(name, absl::StrFormat("invalid YAML: %s", error.msg));
  } catch (const std::exception& error) {
    return UsageError(absl::StrFormat("%s: invalid YAML: %s", name, std::string(error.what())));
  }
  return tree;
}

}  // namespace corpusmill
