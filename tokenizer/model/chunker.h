#ifndef CORPUSMILL_TOKENIZER_MODEL_CHUNKER_H_
#define CORPUSMILL_TOKENIZER_MODEL_CHUNKER_H_

#include <cstddef>
#include <string_view>

/// Cut text into the chunks that are segmented independently. The concatenated chunks are the text.
///
///   LineChunker lines("a\n\nb");
///   for (std::string_view chunk; lines.Next(&chunk);) Use(chunk);  // "a\n\n", "b"
///
/// Both return what Python's re.findall returns for the expressions below, in linear time. Only LF
/// ends a line: CR, U+0085 and U+2028 do not. Each byte of an invalid UTF-8 sequence counts as one
/// character that is not a digit. The text must outlive the chunker and its chunks.
namespace corpusmill {

/// Chunks for encoding: a line and all newlines after it. `.*\n+|.+`
class LineChunker {
 public:
  explicit LineChunker(std::string_view text) : rest_(text) {}

  /// False at the end of the text.
  bool Next(std::string_view* chunk);

 private:
  std::string_view rest_;
};

/// Chunks for training: at most kMaxCharacters of a line, and up to kMaxNewlines newlines after it.
/// `.{,10000}\n{1,100}|.{1,10000}`
///
/// With isolate_digits every decimal digit (Unicode Nd) is a separate chunk:
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
