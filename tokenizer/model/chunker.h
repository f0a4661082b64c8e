#ifndef CORPUSMILL_TOKENIZER_MODEL_CHUNKER_H_
#define CORPUSMILL_TOKENIZER_MODEL_CHUNKER_H_

#include <cstddef>
#include <string_view>

/// Cutting text into the chunks that are segmented one by one. No byte is lost:
/// the chunks of a text, joined, are the text.
///
///   LineChunker lines("a\n\nb");
///   for (std::string_view chunk; lines.Next(&chunk);) Use(chunk);  // "a\n\n", "b"
///
/// Both give what Python's re.findall gives for the expressions named, in time
/// linear in the text. Only LF ends a line: CR, U+0085 and U+2028 do not. In
/// text that is not UTF-8 every byte of an invalid sequence is one character and
/// no digit. The text must outlive the chunker and its chunks.
namespace corpusmill {

/// Chunks for encoding: a line with all newlines that follow. `.*\n+|.+`
class LineChunker {
 public:
  explicit LineChunker(std::string_view text) : rest_(text) {}

  /// False at the end of the text.
  bool Next(std::string_view* chunk);

 private:
  std::string_view rest_;
};

/// Chunks for training: at most kMaxCharacters of a line, with up to kMaxNewlines
/// of the newlines that follow. `.{,10000}\n{1,100}|.{1,10000}`
///
/// With isolate_digits every decimal digit (Unicode Nd) is a chunk of its own:
/// `\d|[^\n\d]{,10000}\n{1,100}|[^\n\d]{1,10000}`
class TrainingChunker {
 public:
  static constexpr size_t kMaxCharacters = 10000;
  static constexpr size_t kMaxNewlines = 100;
  /// No chunk is longer than this many bytes.
  static constexpr size_t kMaxChunkBytes = 4 * kMaxCharacters + kMaxNewlines;

  TrainingChunker(std::string_view text, bool isolate_digits)
      : rest_(text), isolate_digits_(isolate_digits) {}

  /// False at the end of the text.
  bool Next(std::string_view* chunk);

 private:
  std::string_view rest_;
  bool isolate_digits_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_MODEL_CHUNKER_H_
