#include "cli/commands/symbol_flags.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "cli/base/flags.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

using Role = ReservedSymbols::Role;

/// Parses an id; none without a value.
absl::StatusOr<std::optional<uint32_t>> ParseId(std::string_view text) {
  if (text == "none") return std::nullopt;
  uint32_t id = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, id);
  if (error == std::errc() && next == end) return id;
  return UsageError(
      absl::StrFormat("'%s' is not an id; give a number, or none for no symbol", text));
}

void DefineRole(CLI::App& app, const std::string& flag, const std::string& what,
                const std::string& default_id, Role* role) {
  app.add_option_function<std::string>(
         flag,
         [role](const std::string& name) {
           role->name = name;
           role->is_present = true;
         },
         absl::StrFormat("Name of the %s symbol", what))
      ->type_name("NAME")
      ->default_str(role->name);
  app.add_option_function<std::string>(
         flag + "-id",
         [role, flag](const std::string& text) {
           const absl::StatusOr<std::optional<uint32_t>> id = ParseId(text);
           if (!id.ok()) throw CLI::ValidationError(flag + "-id", Message(id.status()));
           role->id = *id;
           role->is_present = id->has_value();
         },
         absl::StrFormat("Id of the %s symbol; none: no such symbol", what))
      ->type_name("ID")
      ->default_str(default_id);
}

}  // namespace

void DefineReservedSymbols(CLI::App& app, ReservedSymbols* symbols) {
  app.add_option("--add-control", symbols->controls,
                 "Append a control symbol, which decodes to nothing; may be repeated; needs -o "
                 "*.cmtok or *.json")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--add-user-defined", symbols->user_defined,
                 "Append a user-defined symbol, which decodes to its name; may be repeated; needs "
                 "-o *.cmtok or *.json")
      ->type_name("NAME")
      ->allow_extra_args(false);
  DefineRole(app, "--pad", "padding", "0", &symbols->pad);
  DefineRole(app, "--bos", "begin-of-document", "1", &symbols->bos);
  DefineRole(app, "--eos", "end-of-document", "2", &symbols->eos);
  DefineRole(app, "--unk", "unknown", "none", &symbols->unknown);
  AddNumber(
      app, "--pad-to-multiple", &symbols->pad_to_multiple, 1,
      "Add unused ids until the number of ids is a multiple of N; needs -o *.cmtok or *.json");
}

}  // namespace corpusmill
