#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/status.h"
#include "pipelines/stages/bad_words.h"
#include "pipelines/stages/c4_lines.h"
#include "pipelines/stages/python_text.h"
#include "pipelines/stages/sentences.h"
#include "pipelines/stages/stage_table.h"
#include "pipelines/stages/text_shape.h"

namespace corpusmill {
namespace {

constexpr StageOption kOptions[] = {
    {.name = "line-rules",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Apply the rules of lines and sentences; false leaves only paragraph-rule and "
             "bad-words"},
    {.name = "split-paragraph",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Apply the rules to lines; false applies them to sentences"},
    {.name = "remove-citations",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Remove [1], [], [edit] and [citation needed]"},
    {.name = "terminal-punctuation",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Remove lines that end in ... or in none of . ? ! \" and '"},
    {.name = "min-num-sentences",
     .type = OptionType::kInteger,
     .default_value = "5",
     .help = "Least sentences in the lines that are kept",
     .minimum = 0,
     .can_be_off = true},
    {.name = "min-words-per-line",
     .type = OptionType::kInteger,
     .default_value = "3",
     .help = "Least words, between whitespace, of a line",
     .minimum = 0,
     .can_be_off = true},
    {.name = "max-word-length",
     .type = OptionType::kInteger,
     .default_value = "1000",
     .help = "Longest word, between whitespace, of a line, in code points",
     .minimum = 0,
     .can_be_off = true},
    {.name = "lorem-ipsum",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Drop documents with 'lorem ipsum'"},
    {.name = "javascript",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Remove lines with 'javascript'"},
    {.name = "curly-bracket",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Drop documents with '{'"},
    {.name = "policy",
     .type = OptionType::kBoolean,
     .default_value = "true",
     .help = "Remove lines about cookies, privacy policies and terms of use"},
    {.name = "paragraph-rule",
     .type = OptionType::kBoolean,
     .default_value = "false",
     .help = "Drop documents with too few long lines, before the other rules"},
    {.name = "min-paragraphs",
     .type = OptionType::kInteger,
     .default_value = "3",
     .help = "Least long lines of paragraph-rule",
     .minimum = 1},
    {.name = "min-paragraph-len",
     .type = OptionType::kInteger,
     .default_value = "200",
     .help = "Shortest long line of paragraph-rule, in code points",
     .minimum = 0},
    {.name = "bad-words",
     .type = OptionType::kPath,
     .help = "File with a bad word or phrase on each line; drop documents with one of them, after "
             "the other rules"},
    {.name = "bad-words-language",
     .type = OptionType::kString,
     .default_value = "en",
     .help = "Language of bad-words; ja, th and zh match inside of words too"},
    {.name = "bad-words-allowed",
     .type = OptionType::kStrings,
     .default_value = "sm, グロ, 女の子, 性",
     .help = "Lines of bad-words to ignore"},
    {.name = "keep-fraction",
     .default_value = "0",
     .help = "Share of documents with bad words to keep, drawn by the seed",
     .minimum = 0,
     .maximum = 1},
};

std::optional<uint64_t> Count(const StageOptions& options, std::string_view name) {
  if (!options.Has(name)) return std::nullopt;
  return static_cast<uint64_t>(options.Integer(name));
}

C4LineOptions LineOptions(const StageOptions& options) {
  return {.max_word_length = Count(options, "max-word-length"),
          .remove_citations = options.Boolean("remove-citations"),
          .terminal_punctuation = options.Boolean("terminal-punctuation"),
          .min_words = Count(options, "min-words-per-line"),
          .lorem_ipsum = options.Boolean("lorem-ipsum"),
          .javascript = options.Boolean("javascript"),
          .curly_bracket = options.Boolean("curly-bracket"),
          .policy = options.Boolean("policy")};
}

/// A stretch of the text that is kept.
struct Stretch {
  size_t begin, end;
  bool begins_line;
};

/// Buffers of a thread.
struct Buffers {
  std::vector<Word> words;
  std::vector<size_t> sentence_ends;
  std::vector<std::string_view> sentences;
  C4Line line;
  std::vector<Stretch> kept;
};

/// Lines of a document by verdict.
struct LineCounts {
  std::array<uint64_t, 8> of_verdict{};
  uint64_t citations = 0;
  uint64_t& operator[](C4Verdict verdict) { return of_verdict[static_cast<size_t>(verdict)]; }
};

/// Strips both ends of the text that the stretches make.
void StripEnds(std::string_view text, std::vector<Stretch>* kept) {
  size_t first = 0;
  for (; first < kept->size(); ++first) {
    Stretch& s = (*kept)[first];
    s.begin = s.end - StripLeft(text.substr(s.begin, s.end - s.begin)).size();
    if (s.begin < s.end) break;
  }
  kept->erase(kept->begin(), kept->begin() + static_cast<ptrdiff_t>(first));
  while (!kept->empty()) {
    Stretch& s = kept->back();
    s.end = s.begin + StripRight(text.substr(s.begin, s.end - s.begin)).size();
    if (s.begin < s.end) break;
    kept->pop_back();
  }
}

/// Reduces the text up to `end` to `separator`, which stays where the text has it.
void EditGap(std::string_view text, size_t end, std::string_view separator, TextEdit* edit) {
  const std::string_view gap = text.substr(edit->at(), end - edit->at());
  const size_t found = separator.empty() ? std::string_view::npos : gap.find(separator);
  if (found == std::string_view::npos) {
    edit->ReplaceTo(end, separator);
    return;
  }
  edit->RemoveTo(edit->at() + found);
  edit->KeepTo(edit->at() + separator.size());
  edit->RemoveTo(end);
}

class C4 final : public Stage {
 public:
  C4(const StageSetup& setup, std::unique_ptr<const BadWords> bad_words)
      : has_line_rules_(setup.options.Boolean("line-rules")),
        takes_lines_(setup.options.Boolean("split-paragraph")),
        min_sentences_(Count(setup.options, "min-num-sentences")),
        line_options_(LineOptions(setup.options)),
        has_paragraph_rule_(setup.options.Boolean("paragraph-rule")),
        min_paragraphs_(setup.options.Integer("min-paragraphs")),
        min_paragraph_length_(static_cast<uint64_t>(setup.options.Integer("min-paragraph-len"))),
        bad_words_(std::move(bad_words)),
        keep_fraction_(setup.options.Number("keep-fraction")),
        seed_(setup.seed),
        position_(setup.position),
        splitter_(setup.words) {}

  absl::Status Apply(StageDocument& document, StageScratch& scratch) const override {
    if (has_paragraph_rule_) CheckParagraphs(document, scratch);
    if (!document.is_dropped() && has_line_rules_) CheckLines(document, scratch);
    if (!document.is_dropped() && bad_words_ != nullptr) CheckBadWords(document);
    return absl::OkStatus();
  }

 private:
  void CheckParagraphs(StageDocument& document, StageScratch& scratch) const {
    const TextShape& shape = TextShape::Of(document, scratch);
    const std::string_view text = document.text();
    int64_t paragraphs = 0;
    for (size_t begin = 0; begin <= text.size() && paragraphs < min_paragraphs_;) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      paragraphs +=
          line.size() >= min_paragraph_length_ && shape.Characters(line) >= min_paragraph_length_
              ? 1
              : 0;
      begin = end + 1;
    }
    if (paragraphs < min_paragraphs_) {
      document.Drop("too-few-paragraphs", static_cast<double>(paragraphs),
                    static_cast<double>(min_paragraphs_));
    }
  }

  void CheckLines(StageDocument& document, StageScratch& scratch) const {
    static const char kKey = 0;
    Buffers& buffers = scratch.Get<Buffers>(&kKey);
    const std::string_view text = document.text();
    buffers.kept.clear();
    LineCounts counts;
    uint64_t sentences = 0;
    for (const std::string_view unstripped : Lines(document, scratch, buffers)) {
      const std::string_view line = Strip(unstripped);
      const C4Verdict verdict = LookAtC4Line(line, line_options_, &buffers.line);
      if (verdict == C4Verdict::kLoremIpsum) return document.Drop("lorem-ipsum");
      if (verdict == C4Verdict::kCurlyBracket) return document.Drop("curly-bracket");
      ++counts[verdict];
      if (verdict != C4Verdict::kKept) continue;
      counts.citations += buffers.line.citations;
      if (min_sentences_ && sentences < *min_sentences_) {
        sentences += takes_lines_ ? CountSentences(buffers) : 1;
      }
      Keep(static_cast<size_t>(line.data() - text.data()), buffers);
    }
    if (min_sentences_ && sentences < *min_sentences_) {
      document.Drop("too-few-sentences", static_cast<double>(sentences),
                    static_cast<double>(*min_sentences_));
      return;
    }
    CountEdits(counts, document);
    Rewrite(buffers, document);
  }

  const std::vector<std::string_view>& Lines(const StageDocument& document, StageScratch& scratch,
                                             Buffers& buffers) const {
    if (takes_lines_) return TextShape::Of(document, scratch).lines();
    const std::string_view text = document.text();
    FindSentences(text, scratch.Words(document, *splitter_), &buffers.sentence_ends);
    buffers.sentences.clear();
    size_t begin = 0;
    for (const size_t end : buffers.sentence_ends) {
      buffers.sentences.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    return buffers.sentences;
  }

  /// The sentences of the line. Only the first lines of a document are looked at: until the
  /// sentences are enough.
  uint64_t CountSentences(Buffers& buffers) const {
    splitter_->Split(buffers.line.text, &buffers.words);
    FindSentences(buffers.line.text, buffers.words, &buffers.sentence_ends);
    return buffers.sentence_ends.size();
  }

  static void Keep(size_t line_begin, Buffers& buffers) {
    bool begins_line = true;
    for (const C4Line::Part& part : buffers.line.parts) {
      buffers.kept.push_back({line_begin + part.begin, line_begin + part.end, begins_line});
      begins_line = false;
    }
  }

  static void CountEdits(LineCounts& counts, StageDocument& document) {
    document.CountEdits("too-long-word", counts[C4Verdict::kLongWord]);
    document.CountEdits("no-terminal-punc", counts[C4Verdict::kNoTerminalPunctuation]);
    document.CountEdits("too-few-words", counts[C4Verdict::kFewWords]);
    document.CountEdits("javascript", counts[C4Verdict::kJavascript]);
    document.CountEdits("policy", counts[C4Verdict::kPolicy]);
    document.CountEdits("citation", counts.citations);
  }

  void Rewrite(Buffers& buffers, StageDocument& document) const {
    const std::string_view text = document.text();
    const std::string_view separator = takes_lines_ ? "\n" : " ";
    StripEnds(text, &buffers.kept);
    TextEdit edit(text);
    bool is_first = true;
    for (const Stretch& stretch : buffers.kept) {
      EditGap(text, stretch.begin, stretch.begins_line && !is_first ? separator : "", &edit);
      edit.KeepTo(stretch.end);
      is_first = false;
    }
    edit.RemoveTo(text.size());
    document.Replace(&edit);
  }

  void CheckBadWords(StageDocument& document) const {
    if (!bad_words_->FoundIn(document.text())) return;
    const StageDocument::Identity& identity = document.identity();
    const Draw draw = seed_.At(DrawPurpose::kBadWords, identity.input, identity.record,
                               identity.copy | uint64_t{position_} << 48);
    const double uniform = static_cast<double>(draw.high >> 11) * 0x1p-53;
    if (uniform < keep_fraction_) return document.CountEdits("kept-with-badwords", 1);
    document.Drop("document-removed-with-badwords");
  }

  const bool has_line_rules_, takes_lines_;
  const std::optional<uint64_t> min_sentences_;
  const C4LineOptions line_options_;
  const bool has_paragraph_rule_;
  const int64_t min_paragraphs_;
  const uint64_t min_paragraph_length_;
  const std::unique_ptr<const BadWords> bad_words_;
  const double keep_fraction_;
  const RandomKey seed_;
  const size_t position_;
  const std::shared_ptr<const WordSplitter> splitter_;
};

absl::StatusOr<std::unique_ptr<Stage>> MakeC4(const StageSetup& setup) {
  const StageOptions& options = setup.options;
  std::unique_ptr<const BadWords> bad_words;
  if (options.Has("bad-words")) {
    const std::string& language = options.String("bad-words-language");
    CM_ASSIGN_OR_RETURN(
        bad_words,
        BadWords::Load({.path = options.String("bad-words"),
                        .anywhere = language == "ja" || language == "th" || language == "zh",
                        .allowed = options.Strings("bad-words-allowed")}));
  }
  return std::make_unique<C4>(setup, std::move(bad_words));
}

}  // namespace

constinit const StageInfo kC4Stage = {
    .name = "c4",
    .summary = "remove lines and drop documents by the rules of C4",
    .details =
        "Equals datatrove's C4QualityFilter, with C4ParagraphFilter (paragraph-rule) before it "
        "and\n"
        "C4BadWordsFilter (bad-words) after it. Each line is stripped. It is removed if a word is\n"
        "longer than max-word-length. Then its citations are removed, and it is removed unless it\n"
        "ends in terminal punctuation and had min-words-per-line words. A line that is left drops\n"
        "the document if it has 'lorem ipsum', is removed if it has 'javascript', drops the\n"
        "document if it has '{', and is removed if it has 'terms of use', 'privacy policy',\n"
        "'cookie policy', 'uses cookies', 'use of cookies' or 'use cookies', in any case. The\n"
        "document is dropped if the lines that are kept have fewer than min-num-sentences\n"
        "sentences, as spaCy's sentencizer finds them. Its text becomes these lines.",
    .options = kOptions,
    .make = MakeC4,
    .memory_per_text_byte = 6,
    .uses_words = true};

}  // namespace corpusmill
