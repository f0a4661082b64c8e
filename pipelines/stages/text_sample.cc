#include "pipelines/stages/text_sample.h"

#include <cstdint>

namespace corpusmill {
namespace {

constexpr size_t kParts = 8;
/// A character of UTF-8 has at most three continuation bytes.
constexpr size_t kMostContinuationBytes = 3;

/// The first border of characters from `at` on.
size_t CharacterBorder(std::string_view text, size_t at) {
  for (size_t i = 0; i < kMostContinuationBytes && at < text.size(); ++i, ++at) {
    if ((static_cast<uint8_t>(text[at]) & 0xC0) != 0x80) break;
  }
  return at;
}

}  // namespace

std::string_view SampleText(std::string_view text, size_t bytes, std::string* storage) {
  if (bytes == 0 || text.size() <= bytes) return text;
  // A border can be up to three bytes later, and a line break follows.
  const size_t part = bytes / kParts - kMostContinuationBytes - 1;
  storage->clear();
  for (size_t i = 0; i < kParts; ++i) {
    const size_t begin = CharacterBorder(text, (text.size() - part) / (kParts - 1) * i);
    const size_t last = i + 1 == kParts ? text.size() : CharacterBorder(text, begin + part);
    if (i > 0) *storage += '\n';
    storage->append(text.substr(begin, last - begin));
  }
  return *storage;
}

}  // namespace corpusmill
