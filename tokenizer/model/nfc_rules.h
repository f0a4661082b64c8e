#ifndef CORPUSMILL_TOKENIZER_MODEL_NFC_RULES_H_
#define CORPUSMILL_TOKENIZER_MODEL_NFC_RULES_H_

#include <map>
#include <string>

namespace corpusmill {

/// Rules that act as NFC on text whose accents and vowel signs stack no deeper than writing systems
/// need. They cover each character that NFC changes by itself, every spelling of a composed
/// character, and two marks of one script in any order (three in Hebrew and Arabic). Computed from
/// the linked ICU.
std::map<std::string, std::string> NfcRules();

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_NFC_RULES_H_
