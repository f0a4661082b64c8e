#include "corpus/text/composition.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "unicode/normalizer2.h"
#include "unicode/unistr.h"
#include "unicode/utf8.h"

namespace corpusmill {
namespace {

void AppendCode(UChar32 code, std::string* out) {
  char bytes[U8_MAX_LENGTH];
  size_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, code);
  out->append(bytes, size);
}

/// Calls use(code, begin, end) for each character.
template <typename Use>
void ForEachCode(std::string_view text, const Use& use) {
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    UChar32 code;
    U8_NEXT_UNSAFE(text.data(), i, code);
    use(code, begin, i);
  }
}

class Composer {
 public:
  Composer(const icu::Normalizer2& normalizer, std::string* out)
      : normalizer_(normalizer), out_(out) {}

  void Add(UChar32 code) {
    if (!normalizer_.getDecomposition(code, decomposition_)) return AddDecomposed(code);
    for (int32_t i = 0; i < decomposition_.length(); i = decomposition_.moveIndex32(i, 1)) {
      AddDecomposed(decomposition_.char32At(i));
    }
  }

  void Finish() {
    ComposeMarks();
    Flush();
  }

 private:
  static constexpr UChar32 kNone = -1;

  void AddDecomposed(UChar32 code) {
    if (normalizer_.getCombiningClass(code) != 0) {
      AppendCode(code, &marks_);
      return;
    }
    ComposeMarks();
    // Composes with the starter before it if nothing stands between them.
    const UChar32 composite =
        starter_ != kNone && marks_.empty() ? normalizer_.composePair(starter_, code) : kNone;
    if (composite < 0) Flush();
    starter_ = composite < 0 ? code : composite;
  }

  /// Brings the marks into canonical order: a stable counting sort by combining class.
  void SortMarks() {
    std::array<size_t, 256> ends{};
    uint8_t last = 0;
    bool sorted = true;
    ForEachCode(marks_, [&](UChar32 code, size_t begin, size_t end) {
      const uint8_t combining_class = normalizer_.getCombiningClass(code);
      ends[combining_class] += end - begin;
      sorted = sorted && last <= combining_class;
      last = combining_class;
    });
    if (sorted) return;
    size_t begin = 0;  // Of each class.
    for (size_t& count : ends) begin += std::exchange(count, begin);
    sorted_.resize(marks_.size());
    ForEachCode(marks_, [&](UChar32 code, size_t from, size_t end) {
      size_t& to = ends[normalizer_.getCombiningClass(code)];
      for (; from < end; ++from) sorted_[to++] = marks_[from];
    });
    marks_.swap(sorted_);
  }

  /// Sorts the marks and composes those that are not blocked with the starter.
  void ComposeMarks() {
    if (marks_.empty()) return;
    SortMarks();
    if (starter_ == kNone) return;
    size_t kept = 0;  // The end of the marks that stay, moved to the front.
    uint8_t last = 0;
    ForEachCode(marks_, [&](UChar32 code, size_t begin, size_t end) {
      const uint8_t combining_class = normalizer_.getCombiningClass(code);
      if (last < combining_class) {
        const UChar32 composite = normalizer_.composePair(starter_, code);
        if (composite >= 0) {
          starter_ = composite;
          return;
        }
      }
      last = combining_class;
      for (; begin < end; ++begin) marks_[kept++] = marks_[begin];
    });
    marks_.resize(kept);
  }

  void Flush() {
    if (starter_ != kNone) AppendCode(starter_, out_);
    starter_ = kNone;
    out_->append(marks_);
    marks_.clear();
  }

  const icu::Normalizer2& normalizer_;
  std::string* const out_;
  icu::UnicodeString decomposition_;
  UChar32 starter_ = kNone;
  std::string marks_;   // The marks after it, decomposed.
  std::string sorted_;  // Reused.
};

}  // namespace

void AppendComposed(std::string_view text, bool compatibility, std::string* out) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer = compatibility
                                                 ? icu::Normalizer2::getNFKCInstance(error)
                                                 : icu::Normalizer2::getNFCInstance(error);
  Composer composer(*normalizer, out);
  ForEachCode(text, [&](UChar32 code, size_t, size_t) { composer.Add(code); });
  composer.Finish();
}

}  // namespace corpusmill
