#ifndef CORPUSMILL_TOKENIZER_PRUNE_REQUIRED_PIECES_H_
#define CORPUSMILL_TOKENIZER_PRUNE_REQUIRED_PIECES_H_

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corpusmill {

/// The pieces that pruning always keeps: the 256 single bytes, and the pieces given.
///
///   const RequiredPieces required({"é", "磨"});
///   required.Has("x");   // true, and so are "é" and "磨"
///
/// Immutable, hence thread-safe.
class RequiredPieces {
 public:
  explicit RequiredPieces(std::vector<std::string> required = {}) {
    for (int byte = 0; byte < 256; ++byte) all_.emplace_back(1, static_cast<char>(byte));
    has_others_ = !required.empty();
    all_.insert(all_.end(), std::make_move_iterator(required.begin()),
                std::make_move_iterator(required.end()));
    std::sort(all_.begin(), all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
  }

  bool Has(std::string_view bytes) const {
    if (bytes.size() == 1) return true;
    return has_others_ && std::binary_search(all_.begin(), all_.end(), bytes, std::less<>());
  }

  /// In ascending order.
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
  bool has_others_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_PRUNE_REQUIRED_PIECES_H_
