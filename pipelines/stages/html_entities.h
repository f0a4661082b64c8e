#ifndef CORPUSMILL_PIPELINES_STAGES_HTML_ENTITIES_H_
#define CORPUSMILL_PIPELINES_STAGES_HTML_ENTITIES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipelines/stages/text_edit.h"

namespace corpusmill {

/// Decodes the entity at text[0], which is `&`: a name of HTML 4 or `apos`, `&#1234;`, `&#x4e2d;`,
/// each with its semicolon. Numbers 128 to 159 mean Windows-1252, as in HTML. Returns its length
/// and sets *code; 0 if no entity is there, or if it means a control character other than tab and
/// line end, a surrogate, or nothing in Unicode.
size_t DecodeHtmlEntity(std::string_view text, int32_t* code);

/// Decodes all entities, each once: `&amp;lt;` becomes `&lt;`. Returns their number.
uint64_t DecodeHtmlEntities(std::string_view text, TextEdit* edit);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_HTML_ENTITIES_H_
