// Reads arbitrary bytes as a JSON object with JsonObjectParser and with JsonScanner, which takes
// over where simdjson refuses: both accept the same records and find the same members.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>

#include "corpus/text/json.h"
#include "corpus/text/json_scanner.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckRecord(std::string_view json, bool replace_invalid) {
  constexpr std::string_view kNames[] = {"text", "id", ""};
  JsonField parsed[3], scanned[3];
  for (int i = 0; i < 3; ++i) parsed[i].name = scanned[i].name = kNames[i];
  const std::string padded = std::string(json) + std::string(kJsonPadding, '}');
  json = std::string_view(padded).substr(0, json.size());
  JsonObjectParser parser;
  const bool good = parser.Parse(json, parsed, replace_invalid).ok();
  std::deque<std::string> storage;
  Check(JsonScanner(replace_invalid, &storage).Scan(json, scanned).ok() == good);
  if (!good) return;
  for (int i = 0; i < 3; ++i) {
    Check(parsed[i].kind == scanned[i].kind);
    Check(IsValidUtf8(parsed[i].value));
    // Numbers may be written in several ways.
    Check(parsed[i].value == scanned[i].value || parsed[i].kind == JsonField::Kind::kNumber);
  }
}

}  // namespace
}  // namespace corpusmill

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  if (json.starts_with("\xEF\xBB\xBF")) return 0;
  corpusmill::CheckRecord(json, false);
  corpusmill::CheckRecord(json, true);
  return 0;
}
