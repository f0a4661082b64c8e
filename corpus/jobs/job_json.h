#ifndef CORPUSMILL_CORPUS_JOBS_JOB_JSON_H_
#define CORPUSMILL_CORPUS_JOBS_JOB_JSON_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

/// The JSON files of a job. Include it only in .cc files that access a job's folder: it is the only
/// header of this package that shows a type of the JSON library.
namespace corpusmill {

using Json = nlohmann::ordered_json;

/// The text of a value. kInvalidArgument if a string in it is not UTF-8. `indent` is that of
/// Json::dump: -1 means one line.
absl::StatusOr<std::string> DumpJson(const Json& json, int indent = -1);

/// Writes an object with an added member `hash`, the XXH3-128 of the other members, which ReadJson
/// checks. The file appears whole and durable.
absl::Status WriteJson(const std::string& path, Json json, int indent = -1);

/// Calls read(json). kDataLoss "PATH: is damaged; ADVICE" if the hash differs or read throws, as
/// for a missing member.
absl::Status ReadJson(const std::string& path, const std::string& advice,
                      const std::function<void(const Json&)>& read);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_JOBS_JOB_JSON_H_
