#ifndef CORPUSMILL_TOKENIZER_FORMATS_CONVERTED_MODEL_H_
#define CORPUSMILL_TOKENIZER_FORMATS_CONVERTED_MODEL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corpusmill {

/// Something that the target format represents differently or not at all.
struct ConversionNote {
  std::string what;  ///< "pieces that hold the byte 0x00 are never found in text"
  uint64_t count = 0;
  std::vector<std::string> examples;  ///< A few examples, for people to read.
};

/// A model in another format, with notes on everything that the format cannot represent.
struct ConvertedModel {
  std::string bytes;
  /// The number of ids, as the format's library counts them.
  uint64_t ids = 0;
  /// Contents of the files that belong beside the model, in the order of CompanionPaths.
  std::vector<std::string> companions;
  /// Of sentencepiece-lite: the source's id of each id, nullopt where there is none. Else empty:
  /// ids stay.
  std::vector<std::optional<uint32_t>> source_ids;
  std::vector<ConversionNote> notes;

  /// Increments the note with this text, adding it if needed.
  void Note(std::string_view what, std::string example) {
    constexpr size_t kMaxExamples = 3;
    for (ConversionNote& note : notes) {
      if (note.what != what) continue;
      ++note.count;
      if (note.examples.size() < kMaxExamples) note.examples.push_back(std::move(example));
      return;
    }
    notes.push_back({.what = std::string(what), .count = 1, .examples = {std::move(example)}});
  }
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_FORMATS_CONVERTED_MODEL_H_
