#include "tokenizer/model/reserved_symbols.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

using Type = Vocabulary::Type;
using Role = ReservedSymbols::Role;

constexpr uint64_t kBytes = 256;

std::array<const Role*, 4> RolesOf(const ReservedSymbols& symbols) {
  return {&symbols.pad, &symbols.bos, &symbols.eos, &symbols.unknown};
}

absl::Status CheckNames(const ReservedSymbols& symbols) {
  std::unordered_set<std::string_view> names;
  const auto check = [&names](std::string_view name) -> absl::Status {
    if (name.empty()) return UsageError("a symbol needs a name");
    if (name.size() > Model::kMaxPieceBytes) return UsageError("the name of a symbol is too long");
    if (names.insert(name).second) return absl::OkStatus();
    return UsageError(absl::StrFormat("two symbols are named '%s'; rename one", name));
  };
  for (const Role* role : RolesOf(symbols)) {
    if (role->is_present) CM_RETURN_IF_ERROR(check(role->name));
  }
  for (const std::string& name : symbols.controls) CM_RETURN_IF_ERROR(check(name));
  for (const std::string& name : symbols.user_defined) CM_RETURN_IF_ERROR(check(name));
  return absl::OkStatus();
}

/// The ids of the roles, in the order of RolesOf. Given ids come first.
std::array<std::optional<uint32_t>, 4> IdsOf(const ReservedSymbols& symbols) {
  const std::array<const Role*, 4> roles = RolesOf(symbols);
  std::array<std::optional<uint32_t>, 4> ids;
  for (size_t i = 0; i < roles.size(); ++i) {
    if (roles[i]->is_present) ids[i] = roles[i]->id;
  }
  for (size_t i = 0; i < roles.size(); ++i) {
    if (!roles[i]->is_present || ids[i].has_value()) continue;
    uint32_t id = 0;
    while (std::find(ids.begin(), ids.end(), id) != ids.end()) ++id;
    ids[i] = id;
  }
  return ids;
}

}  // namespace

uint64_t ReservedSymbols::size() const {
  const std::array<const Role*, 4> roles = RolesOf(*this);
  const auto present =
      std::count_if(roles.begin(), roles.end(), [](const Role* role) { return role->is_present; });
  return static_cast<uint64_t>(present) + controls.size() + user_defined.size();
}

bool ReservedSymbols::AreImplicit() const {
  const ReservedSymbols implicit;
  const std::array<const Role*, 4> roles = RolesOf(*this), usual = RolesOf(implicit);
  const bool same_roles =
      std::equal(roles.begin(), roles.end(), usual.begin(), [](const Role* a, const Role* b) {
        return a->is_present == b->is_present && (!a->is_present || a->name == b->name);
      });
  return same_roles && IdsOf(*this) == IdsOf(implicit) && controls.empty() &&
         user_defined.empty() && pad_to_multiple <= 1;
}

absl::Status ReservedSymbols::Validate(uint64_t vocab_size) const {
  CM_RETURN_IF_ERROR(CheckNames(*this));
  if (vocab_size < kBytes + size()) {
    return UsageError(absl::StrFormat("vocabulary size is %d; 256 bytes and %d symbols need %d",
                                      vocab_size, size(), kBytes + size()));
  }
  const auto ids = IdsOf(*this);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i].has_value()) continue;
    const std::string& name = RolesOf(*this)[i]->name;
    const uint64_t end = vocab_size - controls.size() - user_defined.size();
    if (*ids[i] >= end) {
      return UsageError(
          absl::StrFormat("the id of %s is %d; it must be below %d", name, *ids[i], end));
    }
    if (std::count(ids.begin(), ids.end(), ids[i]) > 1) {
      return UsageError(
          absl::StrFormat("the id %d of %s is also that of another symbol", *ids[i], name));
    }
  }
  return absl::OkStatus();
}

uint64_t ReservedSymbols::ModelSizeFor(uint64_t vocab_size) const {
  return vocab_size - size() + Model::kFirstPieceId;
}

absl::StatusOr<Vocabulary> ReservedSymbols::AddTo(const Model& model) const {
  CM_ASSIGN_OR_RETURN(const Vocabulary pieces, Vocabulary::FromModel(model));
  const auto ids = IdsOf(*this);
  std::map<uint32_t, Vocabulary::Entry> by_id;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i].has_value()) continue;
    const Role& role = *RolesOf(*this)[i];
    by_id[*ids[i]] = {role.name, &role == &unknown ? Type::kUnknown : Type::kControl};
  }
  std::vector<Vocabulary::Entry> entries;
  const Vocabulary::Entry unused = {.bytes = "", .type = Type::kUnused};
  auto symbol = by_id.begin();
  for (uint32_t id = Model::kFirstPieceId; id < pieces.size(); ++id) {
    for (; symbol != by_id.end() && symbol->first == entries.size(); ++symbol) {
      entries.push_back(symbol->second);
    }
    entries.push_back(pieces[id]);
  }
  for (; symbol != by_id.end(); ++symbol) {
    entries.resize(symbol->first, unused);
    entries.push_back(symbol->second);
  }
  const uint64_t multiple = std::max<uint64_t>(pad_to_multiple, 1);
  while ((entries.size() + controls.size() + user_defined.size()) % multiple != 0) {
    entries.push_back(unused);
  }
  for (const std::string& name : controls) entries.push_back({name, Type::kControl});
  for (const std::string& name : user_defined) entries.push_back({name, Type::kUserDefined});
  return Vocabulary::FromParts(std::move(entries),
                               {.pad = ids[0], .bos = ids[1], .eos = ids[2], .unknown = ids[3]},
                               TextRules(), /*has_counts=*/true);
}

}  // namespace corpusmill
