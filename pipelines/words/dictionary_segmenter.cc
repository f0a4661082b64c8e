#include "pipelines/words/dictionary_segmenter.h"

#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include <mutex>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

class DictionarySegmenter final : public HanSegmenter {
 public:
  explicit DictionarySegmenter(std::unique_ptr<icu::BreakIterator> iterator) {
    iterators_.push_back(std::move(iterator));
  }

  bool TakesAscii() const override { return false; }

  void Cut(std::span<const uint32_t> run, Buffers* buffers,
           std::vector<uint32_t>* ends) const override {
    std::u16string& text = buffers->utf16;
    text.clear();
    for (const uint32_t code : run) {
      if (code < 0x10000) {
        text.push_back(static_cast<char16_t>(code));
      } else {
        text.push_back(static_cast<char16_t>(U16_LEAD(code)));
        text.push_back(static_cast<char16_t>(U16_TRAIL(code)));
      }
    }
    ends->clear();
    std::unique_ptr<icu::BreakIterator> iterator = Take();
    // An alias: the iterator copies no text.
    const icu::UnicodeString alias(false, text.data(), static_cast<int32_t>(text.size()));
    iterator->setText(alias);
    uint32_t characters = 0;
    int32_t unit = 0;
    while (true) {
      const int32_t end = iterator->next();
      if (end == icu::BreakIterator::DONE) break;
      for (; unit < end; ++unit) characters += U16_IS_TRAIL(text[unit]) ? 0 : 1;
      ends->push_back(characters);
    }
    Return(std::move(iterator));
  }

  size_t SafeEnd(std::span<const uint32_t> run) const override { return run.size(); }

 private:
  /// An iterator serves one thread at a time.
  std::unique_ptr<icu::BreakIterator> Take() const {
    std::lock_guard lock(mutex_);
    // The last one stays, to be copied.
    if (iterators_.size() == 1) {
      return std::unique_ptr<icu::BreakIterator>(iterators_.front()->clone());
    }
    std::unique_ptr<icu::BreakIterator> iterator = std::move(iterators_.back());
    iterators_.pop_back();
    return iterator;
  }
  void Return(std::unique_ptr<icu::BreakIterator> iterator) const {
    std::lock_guard lock(mutex_);
    iterators_.push_back(std::move(iterator));
  }

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<icu::BreakIterator>> iterators_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HanSegmenter>> MakeDictionarySegmenter() {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> iterator(
      icu::BreakIterator::createWordInstance(icu::Locale::getChinese(), error));
  if (U_FAILURE(error) || iterator == nullptr) {
    return absl::UnavailableError(absl::StrFormat(
        "ICU has no dictionary of Chinese words: %s; try a word list", u_errorName(error)));
  }
  return std::make_unique<DictionarySegmenter>(std::move(iterator));
}

}  // namespace corpusmill
