#ifndef CORPUSMILL_CORPUS_JOBS_JOB_JSON_H_
#define CORPUSMILL_CORPUS_JOBS_JOB_JSON_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

/// The JSON files of a job. For sources (.cc) that read and write files in a job's folder:
/// the only header of this package with a type of the JSON library.
namespace corpusmill {

using Json = nlohmann::ordered_json;

/// The text of a value. kInvalidArgument when a string in it is not UTF-8. `indent` as of
/// Json::dump: -1 is one line.
absl::StatusOr<std::string> DumpJson(const Json& json, int indent = -1);

/// Writes an object with one more member, `hash`: the XXH3-128 of the other members, which
/// ReadJson compares. The file appears whole and durable.
absl::Status WriteJson(const std::string& path, Json json, int indent = -1);

/// Calls read(json). When the hash does not fit, or read throws, as it does for a missing
/// member: kDataLoss "PATH: is damaged; ADVICE".
absl::Status ReadJson(const std::string& path, const std::string& advice,
                      const std::function<void(const Json&)>& read);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_JSON_H_
