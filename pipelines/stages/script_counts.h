#ifndef CORPUSMILL_PIPELINES_STAGES_SCRIPT_COUNTS_H_
#define CORPUSMILL_PIPELINES_STAGES_SCRIPT_COUNTS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace corpusmill {

/// Letters of a text by Unicode script. Scripts are numbers of ICU (UScriptCode); letters are
/// characters of the general category L. Letters that several scripts share, marks, digits and
/// bytes that are not UTF-8 are not counted. Linear.
struct ScriptCounts {
  static constexpr size_t kScripts = 256;
  std::array<uint64_t, kScripts> letters{};
  uint64_t all = 0;

  /// The script with most letters; of equal ones the lowest. REQUIRES: all > 0.
  uint8_t Main() const;
};

ScriptCounts CountScripts(std::string_view text);

/// The script of a name such as "Latin" or "latn", without regard to case.
std::optional<uint8_t> ScriptOfName(std::string_view name);
/// "Latin".
std::string_view NameOfScript(uint8_t script);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_SCRIPT_COUNTS_H_
