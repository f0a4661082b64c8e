#ifndef CORPUSMILL_PIPELINES_STAGES_MOJIBAKE_H_
#define CORPUSMILL_PIPELINES_STAGES_MOJIBAKE_H_

#include <cstdint>
#include <string_view>

#include "pipelines/stages/text_edit.h"

/// Repair of UTF-8 that was read in another encoding: "CafÃ©", "â€™", "鎴戜滑". Conservative: what
/// may be meant stays. All functions are thread-safe.
namespace corpusmill {

/// The character of a byte in Windows-1252; the five bytes without one are control characters.
int32_t Windows1252Character(uint8_t byte);

/// Whether `code` can begin a repairable sequence of UTF-8 read as Latin-1 or Windows-1252.
inline bool MayBeginLatinMojibake(int32_t code) { return code >= 0xC2 && code <= 0xF4; }

/// Repairs UTF-8 that was read as Latin-1 or Windows-1252 once. Returns the number of repaired
/// characters. A sequence is repaired if its characters are those of the bytes of one character
/// in UTF-8, and nobody writes them so: see mojibake.cc.
uint64_t RepairLatinMojibake(std::string_view text, TextEdit* edit);

/// Whether `code` can begin a run of UTF-8 that was read as GBK.
bool MayBeginGbkMojibake(int32_t code);
/// Whether `code` can be the second character of such a run.
bool MayFollowInGbkMojibake(int32_t code);

/// Repairs runs of UTF-8 that were read as GBK. A run of characters of GBK is repaired if its bytes
/// are UTF-8 as a whole: at least two characters, all of them common Chinese characters (GB 2312,
/// level 1), Chinese punctuation or ASCII, while at least half of the characters in the run are not
/// common. Returns the number of repaired characters.
uint64_t RepairGbkMojibake(std::string_view text, TextEdit* edit);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_MOJIBAKE_H_
