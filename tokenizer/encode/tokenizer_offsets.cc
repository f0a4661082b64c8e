#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "corpus/text/unicode.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/model/text_normalizer.h"

namespace corpusmill {
namespace {

/// Maps ascending positions of a normalised text to the original text.
class Origins {
 public:
  Origins(std::string_view text, const TextRules& rules, const TextNormalizer& normalizer)
      : offsets_(stretches_), segmented_(text) {
    if (normalizer.HasReplacements()) {
      normalizer.Normalize(text, &normalized_, &origins_);
      segmented_ = normalized_;
    } else if (rules.normalization != Normalization::kNone) {
      // With invalid bytes kept, only ICU's allocations can fail.
      if (!NormalizeWithOffsets(text, rules.normalization, &normalized_, &stretches_).ok()) {
        throw std::bad_alloc();
      }
      segmented_ = normalized_;
    }
  }
  /// The normalised text.
  std::string_view segmented() const { return segmented_; }
  size_t Of(size_t at) { return origins_.empty() ? offsets_.Of(at) : origins_[at]; }

 private:
  std::string normalized_;
  std::vector<NormalizedStretch> stretches_;
  OriginalOffsets offsets_;
  std::vector<size_t> origins_;
  std::string_view segmented_;
};

}  // namespace

void Tokenizer::EncodeWithOffsets(std::string_view text, std::vector<uint32_t>* ids,
                                  std::vector<TokenSpan>* spans, EncodeScratch* scratch) const {
  const size_t first = ids->size();
  Segment(text, ids, scratch);
  Origins origins(text, rules_, *normalizer_);
  const std::string_view segmented = origins.segmented();
  size_t at = 0;  // In the segmented text.
  uint64_t begin = 0;
  size_t kept = first;
  for (size_t i = first; i < ids->size(); ++i) {
    const uint32_t id = (*ids)[i];
    const Vocabulary::Entry& entry = vocabulary_[id];
    size_t length = entry.bytes.size();
    if (entry.type == Vocabulary::Type::kUnknown) {  // Stands for one character.
      int32_t code;
      length = at < segmented.size() ? DecodeUtf8(segmented.substr(at), &code) : 0;
    }
    at = std::min(at + length, segmented.size());
    const uint64_t end = i + 1 == ids->size() ? text.size() : origins.Of(at);
    if (JoinsUnknown() && kept > first && id == *vocabulary_.roles().unknown &&
        id == (*ids)[kept - 1]) {
      spans->back().end = end;
    } else {
      (*ids)[kept++] = id;
      spans->push_back({begin, end});
    }
    begin = end;
  }
  ids->resize(kept);
}

void Tokenizer::EncodeSymbolsWithOffsets(std::string_view text, std::vector<uint32_t>* ids,
                                         std::vector<TokenSpan>* spans,
                                         EncodeScratch* scratch) const {
  const auto begin_of = [text](std::string_view part) {
    return static_cast<uint64_t>(part.data() - text.data());
  };
  finder_->Split(
      text,
      [&](std::string_view run) {
        const size_t first = spans->size();
        EncodeWithOffsets(run, ids, spans, scratch);
        for (size_t i = first; i < spans->size(); ++i) {
          (*spans)[i].begin += begin_of(run);
          (*spans)[i].end += begin_of(run);
        }
      },
      [&](uint32_t id, std::string_view name) {
        ids->push_back(id);
        spans->push_back({begin_of(name), begin_of(name) + name.size()});
      });
}

}  // namespace corpusmill
