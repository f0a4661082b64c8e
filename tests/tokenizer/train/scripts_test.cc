// Encoding and decoding gives NFC text back exactly, in scripts from all over.

#include <set>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tests/testing.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/train/trainer.h"
#include "unicode/uscript.h"

namespace corpusmill {
namespace {

const std::vector<std::string>& Samples() {
  static const auto* const samples = new std::vector<std::string>{
      "The quick brown fox – naïve, façade, Ångström.",  // Latin
      "Съешь же ещё этих мягких французских булок.",     // Cyrillic
      "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",              // Greek
      "从前有座山，山上有座庙。繁體字也一樣。",          // Han
      "いろはにほへと　ちりぬるを",                      // Hiragana
      "イロハニホヘト チリヌルヲ ﾊﾝｶｸ",                  // Katakana
      "다람쥐 헌 쳇바퀴에 타고파",                       // Hangul
      "ㄅㄆㄇㄈ ㄉㄊㄋㄌ",                               // Bopomofo
      "نص حكيم له سر قاطع وذو شأن عظيم",                 // Arabic
      "דג סקרן שט בים מאוכזב ולפתע מצא חברה",            // Hebrew
      "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा",             // Devanagari
      "আমি বাংলায় গান গাই",                              // Bengali
      "ਪੰਜਾਬੀ ਭਾਸ਼ਾ",                                      // Gurmukhi
      "ગુજરાતી ભાષા",                                     // Gujarati
      "தமிழ் மொழி",                                       // Tamil
      "తెలుగు భాష",                                        // Telugu
      "ಕನ್ನಡ ಭಾಷೆ",                                        // Kannada
      "മലയാളം ഭാഷ",                                      // Malayalam
      "සිංහල භාෂාව",                                      // Sinhala
      "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",                         // Thai
      "ພາສາລາວ",                                         // Lao
      "မြန်မာဘာသာ",                                       // Myanmar
      "ភាសាខ្មែរ",                                        // Khmer
      "བོད་སྐད་",                                          // Tibetan
      "ქართული ენა",                                     // Georgian
      "Հայոց լեզու",                                     // Armenian
      "አማርኛ ቋንቋ",                                        // Ethiopic
      "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",                                      // Cherokee
      "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ",                                     // Mongolian
      "ᐃᓄᒃᑎᑐᑦ",                                          // Canadian syllabics
      "ⵜⴰⵎⴰⵣⵉⵖⵜ",                                        // Tifinagh
      "🙂👩‍👩‍👧‍👦🇨🇳 𝔘𝔫𝔦𝔠𝔬𝔡𝔢\t∑∞≠\r\n\n  two  "
      "spaces ",  // Symbols, newlines, spaces
  };
  return *samples;
}

TEST(ScriptsTest, SamplesAreNfcAndOfAtLeastTwentyScripts) {
  std::set<int> scripts;
  for (const std::string& text : Samples()) {
    std::string normalized;
    CM_ASSERT_OK(Normalize(text, Normalization::kNfc, InvalidUtf8::kFail, &normalized));
    EXPECT_EQ(normalized, text);
    for (std::string_view rest = text; !rest.empty();) {
      int32_t code;
      rest.remove_prefix(DecodeUtf8(rest, &code));
      UErrorCode error = U_ZERO_ERROR;
      const UScriptCode script = uscript_getScript(code, &error);
      if (script != USCRIPT_COMMON && script != USCRIPT_INHERITED) scripts.insert(script);
    }
  }
  EXPECT_GE(scripts.size(), 30u);
}

void ExpectLossless(const Tokenizer& tokenizer) {
  for (const std::string& text : Samples()) {
    std::vector<uint32_t> ids;
    tokenizer.Encode(text, &ids);
    EXPECT_LE(ids.size(), text.size());
    CM_ASSERT_OK_AND_ASSIGN(const std::string bytes, tokenizer.DecodeBytes(ids));
    EXPECT_EQ(bytes, text);
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, tokenizer.DecodeText(ids));
    EXPECT_EQ(decoded, text);
  }
}

TEST(ScriptsTest, TrainedModelGivesEveryTextBack) {
  for (const bool ensure_unicode : {true, false}) {
    const OpenCorpus open = []() -> absl::StatusOr<NextText> {
      return [i = size_t{0}](TrainText* text) mutable -> absl::StatusOr<bool> {
        // Each twice, so that longer pieces are found.
        if (i == 2 * Samples().size()) return false;
        *text = {Samples()[i++ / 2]};
        return true;
      };
    };
    Context context;
    CM_ASSERT_OK_AND_ASSIGN(
        TrainResult result,
        Train(open, {.vocab_sizes = {600}, .ensure_unicode = ensure_unicode, .fast = true},
              context));
    EXPECT_GT(result.models[0].model.vocab_size(), 259u);
    CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer,
                            Tokenizer::Create(std::move(result.models[0].model)));
    ExpectLossless(tokenizer);
  }
}

TEST(ScriptsTest, ModelThatNeverSawThemGivesEveryTextBack) {
  std::vector<Piece> pieces;
  for (int byte = 0; byte < 256; ++byte)
    pieces.push_back({std::string(1, static_cast<char>(byte)), 1});
  pieces.push_back({"the", 50});
  CM_ASSERT_OK_AND_ASSIGN(Model model, Model::FromPieces(pieces));
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(std::move(model)));
  ExpectLossless(tokenizer);
}

}  // namespace
}  // namespace corpusmill
