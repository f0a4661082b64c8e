#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_PIECE_ESCAPES_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_PIECE_ESCAPES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/model/vocabulary.h"

/// Pieces as text that a line, a column or a JSON string can hold: any bytes become UTF-8
/// without control characters or white space, and come back as they were.
///
///   \\   a backslash            \n \r \t   newline, carriage return, tab
///   \s   a space                \xHH       any other byte, two lower-case digits
///   \@   at the beginning only: the name of a symbol follows, such as \@<bos>
///
/// \xHH stands for bytes that are not UTF-8 and for those of control characters and white
/// space; everything else stands for itself.
namespace corpusmill {

enum class EscapeSpaces { kYes, kNo };

/// Appends `bytes` escaped. kNo leaves spaces as they are, for JSON strings.
void AppendEscaped(std::string_view bytes, EscapeSpaces spaces, std::string* out);

/// Appends what stands for an entry of a vocabulary: its bytes, or `\@` and the name of a
/// symbol that text never gives or that stands for the unknown.
void AppendEscapedPiece(const Vocabulary::Entry& entry, EscapeSpaces spaces, std::string* out);

/// Appends the bytes that an escaped piece without `\@` stands for; also \xHH in upper case.
/// kDataLoss naming an escape that does not exist.
absl::Status AppendUnescaped(std::string_view escaped, std::string* out);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_PIECE_ESCAPES_H_
