#ifndef CORPUSMILL_PIPELINES_STAGES_PII_PSEUDONYM_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_PSEUDONYM_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "pipelines/stages/pii_match.h"

namespace corpusmill {

/// Makes pseudonyms: text in the form of the data that it replaces, the same for the same value,
/// and not traceable without the key. Immutable and thread-safe.
///
///   CM_ASSIGN_OR_RETURN(PiiPseudonyms pseudonyms, PiiPseudonyms::FromFile("secret", context));
///   pseudonyms.Of(match);   // user-9c1d…@example.invalid
///
/// HMAC-SHA-256 (RFC 2104) under the key, of the kind's name, a zero byte and PiiMatch::value.
class PiiPseudonyms {
 public:
  static constexpr size_t kLeastKeyBytes = 16;
  static constexpr size_t kMostKeyBytes = 1 << 20;

  /// Reads the key: all bytes of the file. kInvalidArgument, as `key-file: what; try …`, if it has
  /// too few or too many.
  static absl::StatusOr<PiiPseudonyms> FromFile(const std::string& path, Context& context);

  explicit PiiPseudonyms(std::string key) : key_(std::move(key)) {}
  PiiPseudonyms(PiiPseudonyms&& other) noexcept : key_(std::move(other.key_)) {}
  PiiPseudonyms& operator=(PiiPseudonyms&&) = delete;
  /// Overwrites the key in memory.
  ~PiiPseudonyms();

  /// None of the results is valid data: a domain, blocks and codes that nobody is given.
  std::string Of(const PiiMatch& match) const;

 private:
  std::string key_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_PSEUDONYM_H_
