#ifndef CORPUSMILL_CLI_BASE_NUMBER_H_
#define CORPUSMILL_CLI_BASE_NUMBER_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace corpusmill {

/// Parses an integer of at least `least`: digits, and perhaps a suffix k, M or G for 10^3, 10^6 or
/// 10^9. kInvalidArgument otherwise.
///
///   ParseNumber("32k", 1);   // 32000
absl::StatusOr<uint64_t> ParseNumber(std::string_view text, uint64_t least);

}  // namespace corpusmill

#endif  // CORPUSMILL_CLI_BASE_NUMBER_H_
