#ifndef CORPUSMILL_PIPELINES_STAGES_BAD_WORDS_H_
#define CORPUSMILL_PIPELINES_STAGES_BAD_WORDS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace corpusmill {

/// Finds the words of a list in text, regardless of case. Immutable and thread-safe.
class BadWords {
 public:
  struct Options {
    std::string path;  ///< A UTF-8 file with a word or phrase on each line.
    /// Matches inside of words too, as Japanese, Thai and Chinese need. Else a match lies between
    /// characters that do not match `\w`.
    bool anywhere = false;
    /// Lines of the file to ignore.
    std::vector<std::string> allowed;
  };

  /// kUnavailable if the file cannot be read; kDataLoss if it is not UTF-8 or has no words.
  static absl::StatusOr<std::unique_ptr<const BadWords>> Load(const Options& options);

  /// Whether the text has one of the words. Time: text times the longest word.
  bool FoundIn(std::string_view text) const;

 private:
  static constexpr uint32_t kNone = 0;  // The root follows no node.

  void Add(std::string_view word);
  bool MatchesAt(std::string_view text, size_t begin) const;
  /// The text must be in lower case.
  bool FoundInLower(std::string_view text) const;

  bool anywhere_ = false;
  // The words as a tree of bytes. Node 0 is the root.
  std::array<uint32_t, 256> first_{};             // Nodes after the root.
  absl::flat_hash_map<uint64_t, uint32_t> next_;  // Of node * 256 + byte.
  std::vector<bool> is_end_{false};               // Of each node: a word ends here.
};

/// `text` in lower case as Python's str.lower() gives it, apart from bytes that are not UTF-8.
std::string Lowercase(std::string_view text);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_STAGES_BAD_WORDS_H_
