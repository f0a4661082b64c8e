#ifndef CORPUSMILL_PIPELINES_STAGES_PII_SCANNER_H_
#define CORPUSMILL_PIPELINES_STAGES_PII_SCANNER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pipelines/stages/pii_match.h"

namespace corpusmill {

/// Finds personal data in text: one pass over the bytes stops at '@', digits and ':', and rules for
/// each kind look around there. The time is linear for any bytes. Immutable and thread-safe.
///
///   PiiScanner scanner({.kinds = 1u << static_cast<int>(PiiKind::kEmail)});
///   std::vector<PiiMatch> matches;
///   scanner.Find("write to ada@example.com", &matches);  // {9, 24, kEmail, "ada@example.com"}
class PiiScanner {
 public:
  struct Options {
    uint32_t kinds = ~0u;  ///< A bit for each PiiKind.
    /// Whether to find IP addresses in private and reserved blocks too.
    bool reserved_ip = false;
  };

  explicit PiiScanner(const Options& options) : options_(options) {}

  /// Replaces `*matches` by all matches in order; they do not overlap. Where several kinds fit, an
  /// e-mail address wins, then IBAN, IP, identity number, card and phone.
  void Find(std::string_view text, std::vector<PiiMatch>* matches) const;

 private:
  class Pass;
  const Options options_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_PII_SCANNER_H_
