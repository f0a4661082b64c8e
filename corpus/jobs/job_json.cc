#include "corpus/jobs/job_json.h"

#include <exception>
#include <utility>

#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

constexpr const char* kHash = "hash";

/// Does not depend on the layout of the text.
std::string HashOf(const Json& json) { return HashBytes(json.dump()).ToHex(); }

}  // namespace

absl::StatusOr<std::string> DumpJson(const Json& json, int indent) {
  try {
    return json.dump(indent);
  } catch (const std::exception&) {
    return UsageError("a job needs paths and options in UTF-8");
  }
}

absl::Status WriteJson(const std::string& path, Json json, int indent) {
  json[kHash] = HashOf(json);
  CM_ASSIGN_OR_RETURN(const std::string text, DumpJson(json, indent));
  return WriteStringToFile(path, text + "\n", {.overwrite = true});
}

absl::Status ReadJson(const std::string& path, const std::string& advice,
                      const std::function<void(const Json&)>& read) {
  CM_ASSIGN_OR_RETURN(const std::string text, ReadFileToString(path));
  try {
    Json json = Json::parse(text);
    const std::string hash = json.at(kHash).get<std::string>();
    json.erase(kHash);
    if (HashOf(json) == hash) {
      read(json);
      return absl::OkStatus();
    }
  } catch (const std::exception&) {
    // Reported below.
  }
  return DataError(absl::StrFormat("%s: is damaged; %s", path, advice));
}

}  // namespace corpusmill
