#include "tokenizer/viterbi.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace corpusmill {

void Viterbi::Segment(const PieceTrie& trie, std::string_view text, std::vector<uint32_t>* values) {
  constexpr double kUnreached = -std::numeric_limits<double>::infinity();
  const size_t max_length = trie.max_piece_length_bytes();
  const size_t ring_size = std::bit_ceil(max_length + 1);
  const size_t mask = ring_size - 1;
  scores_.assign(ring_size, kUnreached);
  double* const scores = scores_.data();
  scores[0] = 0;

  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t size = text.size();
  size_t written = 0;  // The path up to here is in *values.
  size_t reach = 0;    // No piece that starts earlier goes beyond.
  for (size_t start = 0; start < size; ++start) {
    if (start == reach && start - written >= kFlushBytes) {
      AppendPath(trie, start - written, values);
      written = start;
    }
    if (last_.size() <= start - written + max_length) {
      last_.resize(2 * (kFlushBytes + start - written + max_length));
    }
    uint32_t* const last = last_.data();
    const double score = scores[start & mask];
    scores[start & mask] = kUnreached;  // From now on of the position one ring further.
    uint32_t node = trie.FirstStep(bytes[start]);
    size_t end = start;
    do {
      ++end;
      // -infinity where no piece ends.
      const double candidate = score + trie.score(node);
      if (candidate > scores[end & mask]) {
        scores[end & mask] = candidate;
        last[end - written] = node;
      }
    } while (end < size && trie.Step(bytes[end], &node));
    reach = std::max(reach, end);
  }
  AppendPath(trie, size - written, values);
}

void Viterbi::AppendPath(const PieceTrie& trie, size_t length, std::vector<uint32_t>* values) {
  const size_t first = values->size();
  for (size_t end = length; end > 0;) {
    values->push_back(trie.value(last_[end]));
    end -= trie.length(last_[end]);
  }
  std::reverse(values->begin() + first, values->end());
}

}  // namespace corpusmill
