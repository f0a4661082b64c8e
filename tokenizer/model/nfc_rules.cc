#include "tokenizer/model/nfc_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "unicode/normalizer2.h"
#include "unicode/uchar.h"
#include "unicode/unistr.h"
#include "unicode/uscript.h"

namespace corpusmill {
namespace {

using Codes = std::vector<UChar32>;

class RuleMaker {
 public:
  RuleMaker() {
    UErrorCode error = U_ZERO_ERROR;
    nfc_ = icu::Normalizer2::getNFCInstance(error);
    nfd_ = icu::Normalizer2::getNFDInstance(error);
  }

  std::map<std::string, std::string> Make() {
    std::map<int32_t, Codes> marks;
    for (UChar32 code = 1; code < kEnd; ++code) {
      if (U_IS_SURROGATE(code)) continue;
      if (nfd_->getCombiningClass(code) != 0) marks[GroupOf(code)].push_back(code);
      icu::UnicodeString decomposition;
      if (nfd_->getDecomposition(code, decomposition)) AddSpellings(CodesOf(decomposition));
      if (!nfc_->isInert(code)) Add({code});
    }
    for (const auto& [group, codes] : marks) AddPairs(codes);
    AddTriples(0x05B0, 0x05C7);  // Hebrew points: dagesh and shin dot before the vowel.
    AddTriples(0x064B, 0x0655);  // Arabic vowel signs: shadda before the vowel.
    return std::move(rules_);
  }

 private:
  // NFC changes nothing in higher planes.
  static constexpr UChar32 kEnd = 0x30000;

  /// Groups marks that are written together: by script, or by block if several scripts share them.
  static int32_t GroupOf(UChar32 code) {
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(code, &error);
    return script == USCRIPT_INHERITED ? -1 - ublock_getCode(code) : script;
  }

  static Codes CodesOf(const icu::UnicodeString& text) {
    Codes codes(text.countChar32());
    for (int32_t i = 0, at = 0; i < static_cast<int32_t>(codes.size()); ++i) {
      codes[i] = text.char32At(at);
      at = text.moveIndex32(at, 1);
    }
    return codes;
  }

  icu::UnicodeString Nfc(const Codes& codes) const {
    UErrorCode error = U_ZERO_ERROR;
    return nfc_->normalize(icu::UnicodeString::fromUTF32(codes.data(), codes.size()), error);
  }

  /// Adds a rule for these characters if NFC changes them.
  void Add(const Codes& codes) {
    const icu::UnicodeString from = icu::UnicodeString::fromUTF32(codes.data(), codes.size());
    const icu::UnicodeString to = Nfc(codes);
    if (from == to) return;
    std::string key, value;
    from.toUTF8String(key);
    to.toUTF8String(value);
    rules_.emplace(std::move(key), std::move(value));
  }

  /// Adds all spellings of a composed character: every order of the marks after the first
  /// character, with each prefix decomposed or composed.
  void AddSpellings(Codes codes) {
    const icu::UnicodeString target = Nfc(codes);
    if (target.countChar32() != 1) return;
    std::sort(codes.begin() + 1, codes.end());
    do {
      if (Nfc(codes) != target) continue;
      Add(codes);
      for (size_t count = 2; count < codes.size(); ++count) {
        Codes mixed = CodesOf(Nfc(Codes(codes.begin(), codes.begin() + count)));
        mixed.insert(mixed.end(), codes.begin() + count, codes.end());
        if (Nfc(mixed) == target) Add(mixed);
      }
    } while (std::next_permutation(codes.begin() + 1, codes.end()));
  }

  void AddPairs(const Codes& marks) {
    for (const UChar32 a : marks) {
      for (const UChar32 b : marks) {
        if (nfc_->getCombiningClass(a) > nfc_->getCombiningClass(b)) Add({a, b});
      }
    }
  }

  void AddTriples(UChar32 first, UChar32 last) {
    for (UChar32 a = first; a <= last; ++a) {
      for (UChar32 b = first; b <= last; ++b) {
        for (UChar32 c = first; c <= last; ++c) {
          if (nfc_->getCombiningClass(a) && nfc_->getCombiningClass(b) &&
              nfc_->getCombiningClass(c)) {
            Add({a, b, c});
          }
        }
      }
    }
  }

  const icu::Normalizer2* nfc_;
  const icu::Normalizer2* nfd_;
  std::map<std::string, std::string> rules_;
};

}  // namespace

std::map<std::string, std::string> NfcRules() { return RuleMaker().Make(); }

}  // namespace corpusmill
