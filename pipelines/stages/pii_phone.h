#ifndef CORPUSMILL_PIPELINES_STAGES_PII_PHONE_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_PHONE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "pipelines/stages/pii_number.h"

namespace corpusmill {

/// The groups of the run, from the first, that are a phone number; 0 if they are none. Looks at
/// nothing before `floor`. Sets *value to the number without its spelling: "+14155550132" where the
/// country is known, else the national digits.
size_t MatchPhone(std::string_view text, const NumberRun& run, size_t floor, std::string* value);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_PHONE_H_
