#ifndef CORPUSMILL_TOKENIZER_MODEL_NFC_RULES_H_
#define CORPUSMILL_TOKENIZER_MODEL_NFC_RULES_H_

#include <map>
#include <string>

namespace corpusmill {

/// Rules for BuildCharsmap (tokenizer/model/charsmap.h) that have the effect of NFC on real text:
/// each character that NFC changes by itself, every spelling of a composed character, and marks of
/// one script in any order, up to two of them (three in Hebrew and Arabic). Uses ICU's data.
std::map<std::string, std::string> NfcRules();

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_NFC_RULES_H_
