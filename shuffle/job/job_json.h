#ifndef CORPUSMILL_SHUFFLE_JOB_JOB_JSON_H_
#define CORPUSMILL_SHUFFLE_JOB_JOB_JSON_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

/// The JSON files of a job. Only for what shuffle/job/job.h hides.
namespace corpusmill {

using Json = nlohmann::ordered_json;

/// Writes an object with one more member, `hash`: the XXH3-128 of the other members,
/// which ReadJson compares. `indent` as of Json::dump.
absl::Status WriteJson(const std::string& path, Json json, int indent = -1);

/// Calls read(json). When the hash does not fit, or read throws, as it does of a member
/// that is missing: kDataLoss "PATH: is damaged; ADVICE".
absl::Status ReadJson(const std::string& path, const std::string& advice,
                      const std::function<void(const Json&)>& read);

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_JOB_JOB_JSON_H_
