// Edits arbitrary JSON objects: the result is an object with the new member, and all other members
// are as they were.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/text/json.h"
#include "corpus/text/json_edit.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

std::string Padded(std::string_view json) {
  return std::string(json) + std::string(kJsonPadding, ' ');
}

void CheckEdit(std::string_view json) {
  const std::vector<std::string> path = {"text"};
  std::string edited;
  EditJsonObject(json, std::vector<JsonMemberEdit>{{path, "\"new\""}}, &edited);
  JsonField before[] = {{.name = "id", .mend = true}};
  const std::string padded = Padded(json);
  JsonObjectParser parser;
  if (!parser.Parse(std::string_view(padded).substr(0, json.size()), before).ok()) return;
  const std::string id(before[0].value);
  JsonField after[] = {{.name = "id", .mend = true}, {.name = "text"}};
  const std::string padded_edit = Padded(edited);
  Check(parser.Parse(std::string_view(padded_edit).substr(0, edited.size()), after).ok());
  Check(after[0].kind == before[0].kind && after[0].value == id);
  Check(after[1].kind == JsonField::Kind::kString && after[1].value == "new");
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  corpusmill::CheckEdit({reinterpret_cast<const char*>(data), size});
  return 0;
}
