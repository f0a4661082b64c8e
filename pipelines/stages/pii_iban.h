#ifndef CORPUSMILL_PIPELINES_STAGES_PII_IBAN_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_IBAN_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "pipelines/stages/pii_match.h"

namespace corpusmill {

/// The IBAN with its first digit at the offset `at`. Looks at nothing before `floor`.
std::optional<PiiMatch> MatchIban(std::string_view text, size_t at, size_t floor);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_IBAN_H_
