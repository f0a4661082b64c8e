#include "pipelines/words/chinese_splitter.h"

#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "pipelines/words/ascii_runs.h"
#include "pipelines/words/character_classes.h"
#include "pipelines/words/dictionary_segmenter.h"
#include "pipelines/words/list_segmenter.h"

namespace corpusmill {
namespace {

using Classes = CharacterClasses;

bool IsAsciiWordCharacter(char c) { return IsAsciiLetter(c) || IsAsciiDigit(c); }

/// Divides a text: runs of Chinese characters by the segmenter; runs of other letters, digits and
/// marks are words; each other character that is no white space is one.
class Pass {
 public:
  Pass(const HanSegmenter& segmenter, std::string_view text, std::vector<Word>* words)
      : classes_(Classes::Get()),
        segmenter_(segmenter),
        text_(text.data()),
        end_(text_ + text.size()),
        words_(*words) {}

  void Run() {
    for (const char* at = text_; at < end_;) at = Next(at);
  }

 private:
  /// Appends the words that begin at `at`, of one run or character, and returns their end.
  const char* Next(const char* at) {
    const auto character = classes_.At(at, end_);
    if (character.classes & Classes::kSpace) return at + character.bytes;
    if (character.classes & Classes::kHan) return HanRun(at, at);
    if (character.classes & Classes::kContinues) return OtherRun(at);
    AddWord(at, at + character.bytes);
    return at + character.bytes;
  }

  void AddWord(const char* begin, const char* end) {
    words_.push_back(classes_.MakeWord(text_, begin, end));
  }

  const char* AsciiEnd(const char* at) const {
    while (at < end_ && IsAsciiWordCharacter(*at)) ++at;
    return at;
  }
  bool HasClass(const char* at, uint32_t classes) const {
    return at < end_ && (classes_.At(at, end_).classes & classes) != 0;
  }

  const char* OtherRun(const char* begin) {
    const char* end = AsciiEnd(begin);
    if (end > begin && segmenter_.TakesAscii() && HasClass(end, Classes::kHan)) {
      return HanRun(begin, end);
    }
    while (end < end_) {
      const auto character = classes_.At(end, end_);
      if ((character.classes & Classes::kContinues) == 0) break;
      end += character.bytes;
    }
    AddWord(begin, end);
    return end;
  }

  /// Adds a character to the run, and cuts the beginning of a run that is full.
  void Append(const char* at, uint32_t code) {
    if (run_.size() == HanSegmenter::kMaxRun) CutFront(at);
    run_.push_back(code);
    offsets_.push_back(at);
  }

  /// Cuts the run of Chinese characters at `at`, with the ASCII characters before it from `begin`
  /// on and those within and behind it if the segmenter takes them. Returns its end.
  const char* HanRun(const char* begin, const char* at) {
    run_.clear();
    offsets_.clear();
    all_letters_ = true;
    AppendAscii(begin, at);
    while (at < end_) {
      const auto character = classes_.At(at, end_);
      if (character.classes & Classes::kHan) {
        all_letters_ &= (character.classes & Classes::kLetter) != 0;
        Append(at, character.code);
        at += character.bytes;
      } else if (segmenter_.TakesAscii() && IsAsciiWordCharacter(*at)) {
        const char* ascii_end = AsciiEnd(at);
        if (HasClass(ascii_end, Classes::kContinues)) break;  // The beginning of another run.
        AppendAscii(at, ascii_end);
        at = ascii_end;
      } else {
        break;
      }
    }
    if (!run_.empty()) Cut(run_.size(), at);
    return at;
  }

  void AppendAscii(const char* begin, const char* end) {
    for (; begin < end; ++begin) {
      all_letters_ &= IsAsciiLetter(*begin);
      Append(begin, static_cast<uint8_t>(*begin));
    }
  }

  /// Appends the words of the beginning of the run, which ends at `run_end` so far, and keeps the
  /// rest.
  void CutFront(const char* run_end) {
    const size_t safe = segmenter_.SafeEnd(run_);
    Cut(safe, run_end);
    run_.erase(run_.begin(), run_.begin() + static_cast<ptrdiff_t>(safe));
    offsets_.erase(offsets_.begin(), offsets_.begin() + static_cast<ptrdiff_t>(safe));
  }

  /// Appends the words of the first `size` characters of the run, which ends at `run_end`.
  void Cut(size_t size, const char* run_end) {
    segmenter_.Cut(std::span<const uint32_t>(run_).first(size), &buffers_, &ends_);
    uint32_t begin = 0;
    for (const uint32_t end : ends_) {
      const char* from = offsets_[begin];
      const char* to = end < offsets_.size() ? offsets_[end] : run_end;
      if (all_letters_) {
        words_.push_back({static_cast<uint32_t>(from - text_), static_cast<uint32_t>(to - text_),
                          end - begin, Word::kHasLetter});
      } else {
        AddWord(from, to);
      }
      begin = end;
    }
  }

  const Classes& classes_;
  const HanSegmenter& segmenter_;
  const char* const text_;
  const char* const end_;
  std::vector<Word>& words_;
  // The run: code points and where they begin; then the ends of its words.
  std::vector<uint32_t> run_;
  std::vector<const char*> offsets_;
  bool all_letters_ = true;
  std::vector<uint32_t> ends_;
  HanSegmenter::Buffers buffers_;
};

class ChineseSplitter final : public WordSplitter {
 public:
  explicit ChineseSplitter(std::unique_ptr<HanSegmenter> segmenter)
      : segmenter_(std::move(segmenter)) {}

  void Split(std::string_view text, std::vector<Word>* words) const override {
    words->clear();
    Pass(*segmenter_, text, words).Run();
  }

 private:
  const std::unique_ptr<HanSegmenter> segmenter_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WordSplitter>> MakeChineseSplitter(
    const std::string& word_list_path) {
  if (word_list_path.empty()) {
    CM_ASSIGN_OR_RETURN(auto dictionary, MakeDictionarySegmenter());
    return std::make_unique<ChineseSplitter>(std::move(dictionary));
  }
  CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(word_list_path));
  CM_ASSIGN_OR_RETURN(const auto words, ParseWordList(word_list_path, content));
  CM_ASSIGN_OR_RETURN(auto segmenter, ListSegmenter::Create(word_list_path, words));
  return std::make_unique<ChineseSplitter>(std::move(segmenter));
}

}  // namespace corpusmill
