#ifndef CORPUSMILL_TOKENIZER_MODEL_BASE64_H_
#define CORPUSMILL_TOKENIZER_MODEL_BASE64_H_

#include <string>
#include <string_view>

namespace corpusmill {

/// Appends the base64 form (RFC 4648, padded) of `bytes`.
void AppendBase64(std::string_view bytes, std::string* out);

/// Sets *bytes to the decoded `text`. Returns false unless `text` is exactly what AppendBase64
/// writes: no other characters, padded, unused bits zero.
bool DecodeBase64(std::string_view text, std::string* bytes);

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_BASE64_H_
