// Looks for personal data in arbitrary bytes: no crash, matches in order and inside of the text,
// and nothing in them that depends on what follows far behind.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/stages/pii_pseudonym.h"
#include "pipelines/stages/pii_scanner.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckMatches(std::string_view text, const std::vector<PiiMatch>& matches) {
  size_t end = 0;
  for (const PiiMatch& match : matches) {
    Check(match.begin >= end && match.end > match.begin && match.end <= text.size());
    Check(!match.value.empty());
    end = match.end;
  }
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace corpusmill;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<PiiMatch> matches, again;
  const PiiPseudonyms pseudonyms("0123456789abcdef");
  for (uint32_t kinds = 1; kinds < 64; kinds = kinds == 32 ? 63 : kinds * 2) {
    const PiiScanner scanner({.kinds = kinds, .reserved_ip = size % 2 == 0});
    scanner.Find(text, &matches);
    CheckMatches(text, matches);
    for (const PiiMatch& match : matches) {
      Check((kinds >> static_cast<int>(match.kind) & 1) != 0);
      // A pseudonym by itself is no personal data.
      const std::string pseudonym = pseudonyms.Of(match);
      PiiScanner({}).Find(pseudonym, &again);
      Check(again.empty());
    }
    if (kinds == 63) break;
    // Text that is far behind changes nothing.
    std::string longer(text);
    longer.append(600, '\n').append("ada@example.com 415-555-0132");
    scanner.Find(longer, &again);
    Check(again.size() >= matches.size());
    for (size_t i = 0; i < matches.size(); ++i) Check(again[i].value == matches[i].value);
  }
  return 0;
}
