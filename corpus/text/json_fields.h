#ifndef CORPUSMILL_CORPUS_TEXT_JSON_FIELDS_H_
#define CORPUSMILL_CORPUS_TEXT_JSON_FIELDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "simdjson.h"

namespace corpusmill {

/// Reads required members of a JSON object with their types. For .cc files only: keeps simdjson out
/// of public headers.
///
///   simdjson::dom::parser parser;
///   CM_ASSIGN_OR_RETURN(JsonFields root, JsonFields::Parse(parser, json, "manifest.json"));
///   CM_ASSIGN_OR_RETURN(uint64_t version, root.Uint("version"));
///
/// Every failure is kDataLoss and names the file and the member's path in it: `manifest.json:
/// options.seq_len is not a whole number of 0 or more`. The views live as long as the parser.
class JsonFields {
 public:
  /// Parses text that must be one JSON object.
  static absl::StatusOr<JsonFields> Parse(simdjson::dom::parser& parser, std::string_view json,
                                          std::string_view name);

  absl::StatusOr<uint64_t> Uint(std::string_view key) const;
  absl::StatusOr<bool> Bool(std::string_view key) const;
  absl::StatusOr<std::string> String(std::string_view key) const;
  absl::StatusOr<JsonFields> Object(std::string_view key) const;
  /// The objects of an array.
  absl::StatusOr<std::vector<JsonFields>> Objects(std::string_view key) const;
  absl::StatusOr<std::vector<uint64_t>> Uints(std::string_view key) const;

  struct Member {
    std::string_view key;
    simdjson::dom::element value;
  };
  /// All members in order; keys are unique.
  const std::vector<Member>& members() const { return members_; }

  /// The value of a member of members() as an object or a string.
  absl::StatusOr<JsonFields> AsObject(const Member& member) const;
  absl::StatusOr<std::string> AsString(const Member& member) const;

 private:
  static absl::StatusOr<JsonFields> From(simdjson::dom::element value, std::string place,
                                         std::string_view name);
  absl::StatusOr<simdjson::dom::element> Find(std::string_view key) const;
  absl::Status Error(std::string_view key, std::string_view what) const;
  std::string PlaceOf(std::string_view key) const;

  std::string name_;
  std::string place_;  // "" at the top, else "options" or "shards[2]".
  std::vector<Member> members_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_TEXT_JSON_FIELDS_H_
