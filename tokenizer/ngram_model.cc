#include "tokenizer/ngram_model.h"

#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/status.h"

namespace corpusmill {
namespace {

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/// Whether `bytes`, two or more, may be a part of one UTF-8 character.
bool LiesInsideCharacter(const uint8_t* bytes, int length) {
  const uint8_t first = bytes[0];
  int longest = 0;  // Parts that begin with `first` have at most so many bytes.
  if (IsContinuation(first)) longest = 3;
  if (first >= 0xC2 && first <= 0xDF) longest = 2;
  if (first >= 0xE0 && first <= 0xEF) longest = 3;
  if (first >= 0xF0 && first <= 0xF4) longest = 4;
  if (length > longest) return false;
  for (int i = 1; i < length; ++i) {
    if (!IsContinuation(bytes[i])) return false;
  }
  return true;
}

double Log(uint64_t count) { return std::log(static_cast<double>(count)); }

}  // namespace

/// Reads n-grams in order, the path from the root to the current one being open.
/// An n-gram is closed when the last that begins with it has been read: then its
/// count is known, and those that continue it can be written behind each other.
class NgramModelBuilder {
 public:
  NgramModelBuilder(NgramCounts& counts, const NgramModelOptions& options, Context& context)
      : counts_(counts), options_(options), context_(context), order_(counts.order()) {}

  absl::StatusOr<NgramModel> Build() {
    model_.levels_.resize(order_);
    model_.found_.assign(order_, 0);
    model_.kept_.assign(order_, 0);
    CM_ASSIGN_OR_RETURN(model_.lease_, context_.memory().Take(0, "the n-gram model"));
    CM_RETURN_IF_ERROR(counts_.Sort(context_));
    for (int byte = 0; byte < 256; ++byte) {
      CM_RETURN_IF_ERROR(context_.CheckCancelled());
      CM_RETURN_IF_ERROR(ReadAllFrom(static_cast<uint8_t>(byte)));
    }
    uint64_t total = 0;
    for (const Ngram& ngram : open_[0].next) total += ngram.count;
    CM_RETURN_IF_ERROR(Write(1, total));
    for (int i = 0; i + 1 < order_; ++i) {
      model_.levels_[i].first_next.push_back(
          static_cast<uint32_t>(model_.levels_[i + 1].log_p.size()));
    }
    return std::move(model_);
  }

 private:
  struct Ngram {
    uint8_t last_byte;
    uint32_t first_next;
    uint64_t count;
  };
  /// The open n-gram of some length; [0] is the empty one.
  struct Open {
    uint64_t count = 0;
    std::vector<Ngram> next;  // Closed n-grams one byte longer that are kept.
  };

  absl::Status ReadAllFrom(uint8_t first) {
    path_[0] = first;
    depth_ = 1;
    uint64_t previous = 0;
    CM_RETURN_IF_ERROR(counts_.Drain(first, [&](uint64_t rest, int length, uint64_t count) {
      // The bytes in common with the n-gram before, which is a prefix at most.
      const uint64_t difference = rest ^ previous;
      const int same = difference == 0 ? 8 : __builtin_clzll(difference) / 8;
      while (depth_ > std::min(length, same + 1)) CM_RETURN_IF_ERROR(Close());
      for (; depth_ < length; ++depth_) {
        path_[depth_] = static_cast<uint8_t>(rest >> (64 - 8 * depth_));
      }
      open_[depth_].count += count;
      previous = rest;
      return absl::OkStatus();
    }));
    while (depth_ > 1) CM_RETURN_IF_ERROR(Close());
    if (open_[1].count == 0) {
      open_[1].count = 1;
    } else {
      ++model_.found_[0];
    }
    return Close();
  }

  /// Closes the longest open n-gram.
  absl::Status Close() {
    const int length = depth_--;
    Open& open = open_[length];
    const uint64_t count = std::exchange(open.count, 0);
    if (length > 1) ++model_.found_[length - 1];
    const bool kept =
        length == 1 || count >= options_.min_count ||
        (options_.keep_inside_characters && LiesInsideCharacter(path_.data(), length));
    if (kept) {
      uint32_t first_next = 0;
      if (length < order_) {
        first_next = static_cast<uint32_t>(model_.levels_[length].log_p.size());
        CM_RETURN_IF_ERROR(Write(length + 1, count));
      }
      open_[length - 1].next.push_back({path_[length - 1], first_next, count});
    }
    // What continues a dropped n-gram was rarer still, and dropped before.
    if (length > 1) open_[length - 1].count += count;
    return absl::OkStatus();
  }

  /// Writes the n-grams of `length` bytes that continue one counted `count` times.
  absl::Status Write(int length, uint64_t count) {
    std::vector<Ngram>& ngrams = open_[length - 1].next;
    NgramModel::Level& level = model_.levels_[length - 1];
    CM_RETURN_IF_ERROR(Reserve(length, level.log_p.size() + ngrams.size()));
    const double log_count = Log(count);
    for (const Ngram& ngram : ngrams) {
      level.last_byte.push_back(ngram.last_byte);
      level.log_p.push_back(Log(ngram.count) - log_count);
      if (length < order_) level.first_next.push_back(ngram.first_next);
    }
    model_.kept_[length - 1] += ngrams.size();
    ngrams.clear();
    return absl::OkStatus();
  }

  absl::Status Reserve(int length, size_t size) {
    NgramModel::Level& level = model_.levels_[length - 1];
    if (size <= level.log_p.capacity()) return absl::OkStatus();
    if (size >= NgramModel::kNone) {
      return MemoryError(absl::StrFormat(
          "more than 2^32 distinct n-grams of %d bytes; try a larger min-count", length));
    }
    const size_t capacity = std::max(size, level.log_p.capacity() + level.log_p.capacity() / 2);
    constexpr size_t kNgramBytes = sizeof(uint8_t) + sizeof(double) + sizeof(uint32_t);
    const uint64_t without = model_.lease_.bytes() - level.log_p.capacity() * kNgramBytes;
    absl::Status status = model_.lease_.Resize(model_.lease_.bytes() + (capacity + 1) * kNgramBytes,
                                               "the n-gram model");
    if (!status.ok()) {
      return MemoryError(
          absl::StrFormat("%s, a larger min-count or a smaller order", Message(status)));
    }
    level.last_byte.reserve(capacity);
    level.log_p.reserve(capacity);
    if (length < order_) level.first_next.reserve(capacity + 1);
    return model_.lease_.Resize(without + level.log_p.capacity() * kNgramBytes, "the n-gram model");
  }

  NgramCounts& counts_;
  const NgramModelOptions& options_;
  Context& context_;
  const int order_;
  NgramModel model_;
  std::array<Open, NgramCounts::kMaxOrder + 1> open_;
  std::array<uint8_t, NgramCounts::kMaxOrder> path_;
  int depth_ = 0;  // Length of the longest open n-gram, which is path_[0, depth_).
};

absl::StatusOr<NgramModel> NgramModel::Build(NgramCounts& counts, const NgramModelOptions& options,
                                             Context& context) {
  return NgramModelBuilder(counts, options, context).Build();
}

uint32_t NgramModel::Continue(int length, uint32_t ngram, uint8_t byte) const {
  const Level& level = levels_[length - 1];
  const uint32_t begin = level.first_next[ngram];
  const uint32_t end = level.first_next[ngram + 1];
  if (begin == end) return kNone;
  const uint8_t* const bytes = levels_[length].last_byte.data();
  const void* found = std::memchr(bytes + begin, byte, end - begin);
  if (found == nullptr) return kNone;
  return static_cast<uint32_t>(static_cast<const uint8_t*>(found) - bytes);
}

}  // namespace corpusmill
