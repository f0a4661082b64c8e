#ifndef CORPUSMILL_CORPUS_CONTAINERS_JSON_VALUES_H_
#define CORPUSMILL_CORPUS_CONTAINERS_JSON_VALUES_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "corpus/containers/peek_source.h"
#include "corpus/io/byte_stream.h"

namespace corpusmill {

/// How JSON text is laid out.
enum class JsonLayout {
  kNone,    ///< Not recognized as JSON of one of the other layouts; perhaps JSONL.
  kArray,   ///< An array of objects.
  kValues,  ///< Objects that extend over several lines, one after the other.
};

/// Recognizes the layout by the beginning of the text. Reads ahead only while that may be
/// kArray or kValues, at most 64 KiB. Consumes nothing.
absl::StatusOr<JsonLayout> FindJsonLayout(PeekSource& text);

/// Whether the first 64 KiB of `text` hold a member `name` of an object. Consumes nothing.
absl::StatusOr<bool> MentionsMember(PeekSource& text, std::string_view name);

/// Writes the elements of the arrays and all other values of JSON text as JSONL, one line each:
/// line breaks between tokens become spaces, and nothing else changes. Values are not checked; the
/// reader of the lines does that. kDataLoss naming the offset if the text ends within a value, if a
/// bracket has no partner, or if a string holds a line break.
std::unique_ptr<ByteSource> JsonValueLines(std::unique_ptr<ByteSource> text);

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_CONTAINERS_JSON_VALUES_H_
