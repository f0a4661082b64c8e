#include "corpus/text/json_fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

namespace dom = simdjson::dom;

absl::StatusOr<JsonFields> JsonFields::Parse(dom::parser& parser, std::string_view json,
                                             std::string_view name) {
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    if (error == simdjson::MEMALLOC) {
      return MemoryError(
          absl::StrFormat("%s: no memory to read %d bytes of JSON", name, json.size()));
    }
    return DataError(
        absl::StrFormat("%s: not valid JSON: %s", name, simdjson::error_message(error)));
  }
  return From(root, "", name);
}

absl::StatusOr<JsonFields> JsonFields::From(dom::element value, std::string place,
                                            std::string_view name) {
  JsonFields fields;
  fields.name_ = name;
  fields.place_ = std::move(place);
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return DataError(absl::StrFormat("%s: %s is not an object", name,
                                     fields.place_.empty() ? "the JSON text" : fields.place_));
  }
  std::vector<std::string_view> keys;
  for (const auto& [key, member] : object) {
    fields.members_.push_back({key, member});
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) return fields.Error(*twice, "appears twice");
  return fields;
}

std::string JsonFields::PlaceOf(std::string_view key) const {
  return place_.empty() ? std::string(key) : absl::StrFormat("%s.%s", place_, key);
}

absl::Status JsonFields::Error(std::string_view key, std::string_view what) const {
  return DataError(absl::StrFormat("%s: %s %s", name_, PlaceOf(key), what));
}

absl::StatusOr<dom::element> JsonFields::Find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.key == key) return member.value;
  }
  return Error(key, "is missing");
}

absl::StatusOr<uint64_t> JsonFields::Uint(std::string_view key) const {
  CM_ASSIGN_OR_RETURN(const dom::element value, Find(key));
  uint64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS) {
    return Error(key, "is not a whole number of 0 or more");
  }
  return number;
}

absl::StatusOr<bool> JsonFields::Bool(std::string_view key) const {
  CM_ASSIGN_OR_RETURN(const dom::element value, Find(key));
  bool flag = false;
  if (value.get(flag) != simdjson::SUCCESS) return Error(key, "is not true or false");
  return flag;
}

absl::StatusOr<std::string> JsonFields::String(std::string_view key) const {
  CM_ASSIGN_OR_RETURN(const dom::element value, Find(key));
  return AsString({key, value});
}

absl::StatusOr<JsonFields> JsonFields::Object(std::string_view key) const {
  CM_ASSIGN_OR_RETURN(const dom::element value, Find(key));
  return AsObject({key, value});
}

absl::StatusOr<std::vector<JsonFields>> JsonFields::Objects(std::string_view key) const {
  CM_ASSIGN_OR_RETURN(const dom::element value, Find(key));
  dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return Error(key, "is not an array");
  std::vector<JsonFields> objects;
  for (const dom::element element : array) {
    CM_ASSIGN_OR_RETURN(
        JsonFields object,
        From(element, absl::StrFormat("%s[%d]", PlaceOf(key), objects.size()), name_));
    objects.push_back(std::move(object));
  }
  return objects;
}

absl::StatusOr<std::vector<uint64_t>> JsonFields::Uints(std::string_view key) const {
  CM_ASSIGN_OR_RETURN(const dom::element value, Find(key));
  dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return Error(key, "is not an array");
  std::vector<uint64_t> numbers;
  for (const dom::element element : array) {
    uint64_t number = 0;
    if (element.get(number) != simdjson::SUCCESS) {
      return Error(key, "holds an element that is not a whole number of 0 or more");
    }
    numbers.push_back(number);
  }
  return numbers;
}

absl::StatusOr<JsonFields> JsonFields::AsObject(const Member& member) const {
  return From(member.value, PlaceOf(member.key), name_);
}

absl::StatusOr<std::string> JsonFields::AsString(const Member& member) const {
  std::string_view text;
  if (member.value.get(text) != simdjson::SUCCESS) return Error(member.key, "is not a string");
  return std::string(text);
}

}  // namespace corpusmill
