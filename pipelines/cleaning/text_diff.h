#ifndef CORPUSMILL_PIPELINES_CLEANING_TEXT_DIFF_H_
#define CORPUSMILL_PIPELINES_CLEANING_TEXT_DIFF_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corpusmill {

/// A part of two texts that are compared.
struct TextPiece {
  enum class Kind {
    kSame,     ///< In both texts.
    kRemoved,  ///< In the first text only.
    kAdded,    ///< In the second text only.
    kMore,     ///< The texts differ in further places, which are not listed.
  };
  Kind kind = Kind::kSame;
  std::string text;
  uint64_t left_out_bytes = 0;  ///< Bytes of the same kind that follow `text` and are not listed.

  bool operator==(const TextPiece&) const = default;
};

struct TextDiffOptions {
  size_t context_bytes = 80;  ///< Equal text listed on each side of a change.
  size_t change_bytes = 600;  ///< Text listed of one change, removed and added each.
  size_t total_bytes = 4000;  ///< Removed and added text after which the list ends.
};

/// The parts around the changes that make `after` from `before`, in order; empty if both are equal.
///
///   DiffTexts("one two", "one 2");  // {kSame "one "}, {kRemoved "two"}, {kAdded "2"}
///
/// Compares lines, and the words of lines that differ. Pieces are cut between characters. The
/// differences are the fewest where they are near each other, not always in long texts that differ
/// in many places. Time and memory are linear in the texts.
std::vector<TextPiece> DiffTexts(std::string_view before, std::string_view after,
                                 const TextDiffOptions& options = {});

/// The first `bytes` bytes of a text as a piece of `kind`.
TextPiece TextStart(TextPiece::Kind kind, std::string_view text, size_t bytes);

/// The offset, or up to three bytes before it, where a character begins.
size_t CharacterStart(std::string_view text, size_t at);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_TEXT_DIFF_H_
