#include "pipelines/words/english_splitter.h"

#include <array>
#include <cstring>

#include "pipelines/words/ascii_runs.h"
#include "pipelines/words/blanks.h"
#include "pipelines/words/english_chunker.h"
#include "pipelines/words/english_merges.h"

namespace corpusmill {
namespace {

using Output = EnglishChunker::Output;

struct Rules {
  Rules() : Rules(MakeEnglishExceptions()) {}
  explicit Rules(const EnglishExceptions& exceptions)
      : chunker(exceptions), merges(chunker, exceptions) {}

  EnglishChunker chunker;
  EnglishMerges merges;
};

const Rules& SharedRules() {
  static const Rules rules;
  return rules;
}

/// Punctuation that is a suffix behind any letter or digit. The dot has conditions.
bool IsPlainSuffix(char c) {
  return c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == '"' || c == ')';
}

/// Divides a text: plain chunks of ASCII, which most are, by a few comparisons, others by the
/// chunker. Every shortcut gives what the chunker would.
class Pass {
 public:
  Pass(const EnglishChunker& chunker, Output* output)
      : chunker_(chunker),
        blanks_(chunker.classes()),
        output_(*output),
        text_(output->text.data()),
        end_(text_ + output->text.size()) {}

  void Run() {
    for (const char* at = blanks_.SkipBlanks(text_, end_); at < end_;) {
      const char* chunk_end = PlainChunk(at);
      if (chunk_end == nullptr) {
        chunk_end = blanks_.FindBlank(at, end_);
        chunker_.Split(at, chunk_end, &output_);
      }
      at = blanks_.SkipBlanks(chunk_end, end_);
    }
  }

 private:
  bool EndsAt(const char* at) const { return at == end_ || IsAsciiBlank(*at); }

  void AddAscii(const char* begin, const char* end, uint32_t flags) {
    output_.words->push_back({static_cast<uint32_t>(begin - text_),
                              static_cast<uint32_t>(end - text_),
                              static_cast<uint32_t>(end - begin), flags});
  }
  void AddMark(const char* at) { AddAscii(at, at + 1, Word::kPunctuation); }
  void AddLetters(const char* begin, const char* end) {
    if (!chunker_.AddException(begin, end, &output_)) AddAscii(begin, end, Word::kHasLetter);
  }

  /// Appends the words of the chunk at `at` and returns its end; appends nothing and returns null
  /// if it is not of a plain form.
  const char* PlainChunk(const char* at) {
    if (IsAsciiLetter(*at)) return Letters(at);
    if (IsAsciiDigit(*at)) return Digits(at);
    return nullptr;
  }

  const char* Letters(const char* begin) {
    const char* end = AsciiLettersEnd(begin, end_);
    if (EndsAt(end)) {
      AddLetters(begin, end);
      return end;
    }
    if (*end == '.') return EndsAt(end + 1) ? Sentence(begin, end) : nullptr;
    if (!IsPlainSuffix(*end) || !EndsAt(end + 1)) return nullptr;
    AddLetters(begin, end);
    AddMark(end);
    return end + 1;
  }

  /// Letters and a dot: an abbreviation, an initial, or the end of a sentence.
  const char* Sentence(const char* begin, const char* dot) {
    if (chunker_.AddException(begin, dot + 1, &output_)) return dot + 1;
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (is_upper(dot[-1]) && (dot - begin == 1 || !is_upper(dot[-2]))) {
      AddAscii(begin, dot + 1, Word::kHasLetter);
    } else {
      AddLetters(begin, dot);
      AddMark(dot);
    }
    return dot + 1;
  }

  const char* Digits(const char* begin) {
    const char* end = begin;
    while (end < end_ && IsAsciiDigit(*end)) ++end;
    const bool has_mark = end < end_ && (*end == ',' || *end == '.') && EndsAt(end + 1);
    if (!has_mark && !EndsAt(end)) return nullptr;
    AddAscii(begin, end, 0);
    if (has_mark) AddMark(end++);
    return end;
  }

  const EnglishChunker& chunker_;
  const Blanks blanks_;
  Output& output_;
  const char* const text_;
  const char* const end_;
};

class EnglishSplitter final : public WordSplitter {
 public:
  void Split(std::string_view text, std::vector<Word>* words) const override {
    words->clear();
    Output output{.text = text, .words = words};
    Pass(rules_.chunker, &output).Run();
    rules_.merges.Apply(&output);
  }

 private:
  const Rules& rules_ = SharedRules();
};

}  // namespace

std::unique_ptr<WordSplitter> MakeEnglishSplitter() { return std::make_unique<EnglishSplitter>(); }

}  // namespace corpusmill
