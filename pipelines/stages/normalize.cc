#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/text/byte_scan.h"
#include "corpus/text/unicode.h"
#include "pipelines/stages/html_entities.h"
#include "pipelines/stages/mojibake.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_cleaning.h"

namespace corpusmill {
namespace {

constexpr std::string_view kForms[] = {"none", "nfc", "nfkc"};
constexpr std::string_view kWhitespace[] = {"none", "trailing", "collapse"};

constexpr StageOption kOptions[] = {
    {.name = "form",
     .type = OptionType::kString,
     .default_value = "nfc",
     .help = "Unicode normalisation form",
     .choices = kForms},
    {.name = "repair-mojibake",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Repair UTF-8 that was read as Latin-1, Windows-1252 or GBK"},
    {.name = "remove-control-characters",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Remove control characters and invisible ones"},
    {.name = "html-entities",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Decode HTML entities such as &amp; and &#8217;"},
    {.name = "whitespace",
     .type = OptionType::kString,
     .default_value = "trailing",
     .help = "Which blanks to remove: none, those at ends of lines, or also collapse runs",
     .choices = kWhitespace},
    {.name = "max-blank-lines",
     .type = OptionType::kInteger,
     .help = "Most blank lines in a row; needs whitespace: trailing or collapse",
     .minimum = 0,
     .can_be_off = true},
};

// What a text may need, found by one look at all of it.
constexpr uint8_t kUnstable = 1;       // A character that the form may change or move.
constexpr uint8_t kControl = 2;        // A control character.
constexpr uint8_t kWhite = 4;          // Line ends other than \n; Unicode blanks.
constexpr uint8_t kLatinMojibake = 8;  // A character that may begin mojibake.
constexpr uint8_t kGbkMojibake = 16;   // A pair of characters that may begin mojibake.
constexpr uint8_t kEntity = 32;        // `&`
constexpr uint8_t kNotAscii = 64;
constexpr uint8_t kGbkSecond = 64;     // Of characters: may be the second of such a pair.
constexpr uint8_t kAsciiBlanks = 128;  // Surplus blanks or blank lines.

// A pair of adjacent bytes is surplus if a bit is set in both.
constexpr uint8_t kBeforeLineEnd = 1;
constexpr uint8_t kTwoBlanks = 2;
constexpr uint8_t kTwoLineEnds = 4;
constexpr uint8_t kLineBegin = 8;

/// Of a byte: bits of the text that it is in, of pairs that it ends, and of pairs that it begins.
/// One table, since this look is all that most texts need.
constexpr uint32_t ByteClass(uint8_t text, uint8_t second, uint8_t first) {
  return text | static_cast<uint32_t>(second) << 8 | static_cast<uint32_t>(first) << 16;
}

class NormalizeText final : public Stage {
 public:
  explicit NormalizeText(const StageSetup& setup)
      : repairs_(setup.options.Boolean("repair-mojibake")),
        removes_controls_(setup.options.Boolean("remove-control-characters")),
        decodes_entities_(setup.options.Boolean("html-entities")),
        cleans_whitespace_(setup.options.String("whitespace") != "none"),
        form_(*ParseNormalization(setup.options.String("form"))) {
    whitespace_.collapse = setup.options.String("whitespace") == "collapse";
    if (const auto limit = setup.options.Limit("max-blank-lines")) {
      whitespace_.max_blank_lines = static_cast<uint64_t>(*limit);
    }
    FillClasses();
    FillByteClasses();
  }

  absl::Status Apply(StageDocument& document, StageScratch&) const override {
    uint8_t needs = Look(document.text());
    if (decodes_entities_ && (needs & kEntity) != 0) {
      TextEdit edit(document.text());
      document.CountEdits("html-entity", DecodeHtmlEntities(document.text(), &edit));
      needs = Replace(document, &edit, needs);
    }
    for (int pass = 0; repairs_ && pass < 2 && (needs & kLatinMojibake) != 0; ++pass) {
      TextEdit edit(document.text());
      document.CountEdits("mojibake", RepairLatinMojibake(document.text(), &edit));
      if (!edit.changed()) break;
      needs = Replace(document, &edit, needs);
    }
    if (repairs_ && (needs & kGbkMojibake) != 0) {
      TextEdit edit(document.text());
      document.CountEdits("gbk-mojibake", RepairGbkMojibake(document.text(), &edit));
      needs = Replace(document, &edit, needs);
    }
    if (removes_controls_ && (needs & kControl) != 0) {
      RemoveControls(document);
      needs = Look(document.text());
    }
    if ((needs & kUnstable) != 0) {
      CM_RETURN_IF_ERROR(Compose(document));
      needs = Look(document.text());
    }
    if (cleans_whitespace_ && (needs & (kWhite | kAsciiBlanks)) != 0) CleanBlanks(document);
    return absl::OkStatus();
  }

 private:
  void FillClasses() {
    for (int32_t code = 0; code < 0x10000; ++code) {
      uint8_t& flags = classes_[static_cast<size_t>(code)];
      if (code == '&') flags |= kEntity;
      if (IsRemovableControl(code)) flags |= kControl;
      if (IsOddLineEnd(code) || (code >= 0x80 && IsBlank(code))) flags |= kWhite;
      if (MayBeginLatinMojibake(code)) flags |= kLatinMojibake;
      if (MayBeginGbkMojibake(code)) flags |= kGbkMojibake;
      if (MayFollowInGbkMojibake(code)) flags |= kGbkSecond;
    }
    if (form_ == Normalization::kNone) return;
    ForEachUnstableRange(form_, [this](uint32_t first, uint32_t last, uint8_t) {
      for (uint32_t code = first; code <= last; ++code) classes_[code] |= kUnstable;
    });
  }

  void FillByteClasses() {
    for (size_t byte = 0; byte < 256; ++byte) {
      byte_classes_[byte] = ByteClass(byte < 0x80 ? classes_[byte] : kNotAscii, 0, 0);
    }
    const bool collapse = whitespace_.collapse;
    for (const uint8_t blank : {' ', '\t'}) {
      byte_classes_[blank] |=
          ByteClass(0, kTwoBlanks | kLineBegin, kBeforeLineEnd | (collapse ? kTwoBlanks : 0));
    }
    if (collapse) byte_classes_['\t'] |= kAsciiBlanks;
    byte_classes_['\n'] |=
        ByteClass(0, kBeforeLineEnd | kTwoLineEnds, kTwoLineEnds | (collapse ? kLineBegin : 0));
    skips_printable_ = true;
    for (size_t byte = 0x20; byte < 0x7F; ++byte) {
      if (byte == '&') continue;
      const uint32_t of_byte = byte_classes_[byte];
      // Only blanks are in pairs, so that blanks and other characters form none.
      const bool is_in_pair = ((of_byte >> 8 & of_byte) >> 8) != 0 || (byte != ' ' && of_byte != 0);
      if (static_cast<uint8_t>(of_byte) != 0 || is_in_pair) skips_printable_ = false;
    }
  }

  /// What the text may need: the bits above.
  uint8_t Look(std::string_view text) const {
    uint8_t flags = LookAtBytes(text);
    return (flags & kNotAscii) != 0 ? flags | LookAtCharacters(text) : flags;
  }

  uint8_t LookAtBytes(std::string_view text) const {
    uint32_t classes = 0, pairs = 0, triples = 0, pair = 0;
    uint32_t before = byte_classes_['\n'];
    for (size_t i = 0; i < text.size();) {
      const uint32_t now = byte_classes_[static_cast<uint8_t>(text[i])];
      classes |= now;
      const uint32_t next_pair = (before >> 8) & now;
      triples |= next_pair & pair;
      pairs |= pair = next_pair;
      before = now;
      ++i;
      if (now != 0 || !skips_printable_) continue;
      const size_t next = FindUnprintable<'&'>(text, i);
      if (next == i) continue;
      i = next;
      before = byte_classes_[static_cast<uint8_t>(text[i - 1])];
      pair = 0;
    }
    uint8_t flags = static_cast<uint8_t>(classes), surplus = static_cast<uint8_t>(pairs >> 8);
    if (!text.empty() && (text.back() == ' ' || text.back() == '\t')) surplus |= kBeforeLineEnd;
    const uint32_t line_ends =
        whitespace_.max_blank_lines.value_or(1) == 0 ? pairs >> 8 : triples >> 8;
    if (!whitespace_.max_blank_lines.has_value() || (line_ends & kTwoLineEnds) == 0) {
      surplus &= static_cast<uint8_t>(~kTwoLineEnds);
    }
    return surplus != 0 ? flags | kAsciiBlanks : flags;
  }

  uint8_t LookAtCharacters(std::string_view text) const {
    uint32_t flags = 0, pairs = 0, before = 0;
    const uint8_t* const bytes = reinterpret_cast<const uint8_t*>(text.data());
    const size_t size = text.size();
    for (size_t i = 0; i < size;) {
      const uint8_t byte = bytes[i];
      // Whether the bytes that follow are UTF-8 does not matter here: the work is done elsewhere.
      if (byte < 0x80) {
        i = FindNonAscii(text, i + 1);
      } else if (byte >= 0xE0 && byte < 0xF0 && i + 2 < size) {
        const uint8_t second = bytes[i + 1], third = bytes[i + 2];
        const uint32_t now =
            classes_[(byte & 0x0Fu) << 12 | (second & 0x3Fu) << 6 | (third & 0x3Fu)];
        flags |= now;
        pairs |= before & now >> 2;  // kGbkSecond is kGbkMojibake << 2.
        before = now;
        i += (((second ^ 0x80) | (third ^ 0x80)) & 0xC0) == 0 ? 3 : 1;
      } else if (byte >= 0xC0 && byte < 0xE0 && i + 1 < size) {
        flags |= classes_[(byte & 0x1Fu) << 6 | (bytes[i + 1] & 0x3Fu)];
        i += (bytes[i + 1] & 0xC0) != 0x80 ? 1 : 2;
      } else {
        int32_t code = 0;
        i += DecodeUtf8(text.substr(i), &code);
        if (code >= 0) flags |= classes_[static_cast<size_t>(code)];
      }
    }
    constexpr uint32_t kPairs = kGbkMojibake | kGbkSecond;
    return static_cast<uint8_t>((flags & ~kPairs) | (pairs & kGbkMojibake));
  }

  /// Replaces the text; what the new text may need.
  uint8_t Replace(StageDocument& document, TextEdit* edit, uint8_t needs) const {
    if (!edit->changed()) return needs;
    document.Replace(edit);
    return Look(document.text());
  }

  static void RemoveControls(StageDocument& document) {
    TextEdit edit(document.text());
    const ControlCounts counts = RemoveControlCharacters(document.text(), &edit);
    document.CountEdits("control-character", counts.controls);
    document.CountEdits("terminal-sequence", counts.escapes);
    document.CountEdits("invisible-character", counts.invisible);
    document.CountEdits("text-direction", counts.directions);
    document.Replace(&edit);
  }

  absl::Status Compose(StageDocument& document) const {
    std::string normalized;
    std::vector<NormalizedStretch> stretches;
    const std::string_view text = document.text();
    CM_RETURN_IF_ERROR(NormalizeWithOffsets(text, form_, &normalized, &stretches));
    TextEdit edit(text);
    uint64_t count = 0;
    size_t begin = 0;
    for (const NormalizedStretch& stretch : stretches) {
      if (stretch.changed) {
        edit.ReplaceTo(stretch.original_end,
                       std::string_view(normalized).substr(begin, stretch.normalized_end - begin));
        ++count;
      } else {
        edit.KeepTo(stretch.original_end);
      }
      begin = stretch.normalized_end;
    }
    document.CountEdits("unicode-form", count);
    document.Replace(&edit);
    return absl::OkStatus();
  }

  void CleanBlanks(StageDocument& document) const {
    TextEdit edit(document.text());
    const WhitespaceCounts counts = CleanWhitespace(document.text(), whitespace_, &edit);
    document.CountEdits("line-end", counts.line_ends);
    document.CountEdits("trailing-blanks", counts.trailing_blanks);
    document.CountEdits("blank-run", counts.blank_runs);
    document.CountEdits("blank-line", counts.blank_lines);
    document.Replace(&edit);
  }

  const bool repairs_, removes_controls_, decodes_entities_, cleans_whitespace_;
  const Normalization form_;
  WhitespaceOptions whitespace_;
  std::array<uint32_t, 256> byte_classes_;
  /// Neither a printable ASCII character but `&`, nor a pair of them, tells what a text may need.
  bool skips_printable_ = false;
  std::vector<uint8_t> classes_ = std::vector<uint8_t>(0x110000);  // Of each code point.
};

}  // namespace

constinit const StageInfo kNormalizeStage = {
    .name = "normalize",
    .summary = "normalise Unicode, blanks and line ends, and repair what encodings broke",
    .details =
        "In this order; each step is counted under the kinds in brackets.\n"
        "\n"
        "html-entities: the 252 names of HTML 4, &apos; and numbers, each with its semicolon,\n"
        "once: &amp;lt; becomes &lt;. Off by default, since it changes text about HTML.\n"
        "[html-entity]\n"
        "\n"
        "repair-mojibake: UTF-8 that was read as Latin-1 or Windows-1252 once or twice (CafÃ©,\n"
        "â€™) [mojibake], and runs of UTF-8 that were read as GBK (鎴戜滑) [gbk-mojibake]. What\n"
        "may be meant stays: NÃO” is left alone. Not repaired: text that lost bytes, such as a\n"
        "space in place of U+00A0, or a run of GBK with an odd number of bytes.\n"
        "\n"
        "remove-control-characters: U+0000 to U+001F except tab, \\n and \\r, U+007F to U+009F\n"
        "except U+0085 [control-character]; \\v and \\f become \\n; colour sequences of terminals\n"
        "[terminal-sequence]; U+200B, U+2060, U+FEFF, and the joiners U+200C and U+200D behind\n"
        "ASCII and at the beginning, where they join nothing [invisible-character]; elsewhere\n"
        "joiners stay, as Persian, Indic scripts and emoji need them; U+061C, U+200E, U+200F,\n"
        "U+202A to U+202E, U+2066 to U+2069 [text-direction].\n"
        "\n"
        "form: NFC or NFKC of the Unicode version in use [unicode-form].\n"
        "\n"
        "whitespace: trailing makes all line ends \\n (\\r\\n, \\r, U+0085, U+2028, U+2029)\n"
        "[line-end] and removes blanks before them and at the end [trailing-blanks]. Blanks are\n"
        "tab, space, and Unicode spaces such as U+00A0 and U+3000. collapse also makes one space\n"
        "of each run of blanks and removes those at the beginning of lines [blank-run]: for\n"
        "prose, not for code. max-blank-lines removes further blank lines [blank-line].\n"
        "\n"
        "Bytes that are not UTF-8 stay as they are.",
    .options = kOptions,
    .main_option = "form",
    .make = [](const StageSetup& setup) -> absl::StatusOr<std::unique_ptr<Stage>> {
      if (setup.options.Has("max-blank-lines") && setup.options.String("whitespace") == "none") {
        return UsageError(
            "max-blank-lines: has no effect with whitespace: none; try whitespace: trailing");
      }
      return std::make_unique<NormalizeText>(setup);
    },
    .memory_per_text_byte = 6};

}  // namespace corpusmill
