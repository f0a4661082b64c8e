#ifndef CORPUSMILL_PIPELINES_TOKEN_FILES_PIECE_ESCAPES_H_
#define CORPUSMILL_PIPELINES_TOKEN_FILES_PIECE_ESCAPES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tokenizer/model/vocabulary.h"

/// Escapes pieces for lines, columns and JSON strings: any bytes become UTF-8 without control
/// characters or white space. Unescaping restores the bytes.
///
///   \\   a backslash            \n \r \t   newline, carriage return, tab
///   \s   a space                \xHH       any other byte, two lower-case digits
///   \@   at the beginning only: a symbol's name follows, such as \@<bos>
///
/// \xHH is a byte of invalid UTF-8, of a control character or of white space. All other bytes are
/// unchanged.
namespace corpusmill {

enum class EscapeSpaces { kYes, kNo };

/// Appends the escaped `bytes`. kNo keeps spaces, for JSON strings.
void AppendEscaped(std::string_view bytes, EscapeSpaces spaces, std::string* out);

/// Appends a vocabulary entry: its escaped bytes, or `\@` and the name of a symbol that text never
/// encodes to, or of the unknown symbol.
void AppendEscapedPiece(const Vocabulary::Entry& entry, EscapeSpaces spaces, std::string* out);

/// Appends the bytes of an escaped piece without `\@`. Accepts \xHH in upper case. kDataLoss,
/// naming the escape, for an unknown escape.
absl::Status AppendUnescaped(std::string_view escaped, std::string* out);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_TOKEN_FILES_PIECE_ESCAPES_H_
