#ifndef CORPUSMILL_PIPELINES_STAGES_PII_IP_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_IP_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "pipelines/stages/pii_match.h"
#include "pipelines/stages/pii_number.h"

namespace corpusmill {

/// The IPv4 address that begins the run of numbers. Unless `reserved`, leaves addresses that are
/// private, loopback, link-local, multicast, or of another block without public hosts.
std::optional<PiiMatch> MatchIpv4(std::string_view text, const NumberRun& run, size_t floor,
                                  bool reserved);

/// The IPv6 address with its first colon at the offset `at`; `reserved` as above.
std::optional<PiiMatch> MatchIpv6(std::string_view text, size_t at, size_t floor, bool reserved);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_IP_H_
