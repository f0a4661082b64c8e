#ifndef CORPUSMILL_SHUFFLE_ORDER_BUCKET_MAP_H_
#define CORPUSMILL_SHUFFLE_ORDER_BUCKET_MAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "shuffle/order/selector.h"

namespace corpusmill {

/// An interval of draws of one stream: draws with floor(high · resolution / 2^64) = index.
struct Interval {
  size_t stream = 0;
  uint64_t resolution = 1;
  uint64_t index = 0;

  /// Maps the draws of the interval evenly and in order to 64 bits.
  uint64_t Offset(const Draw& draw) const { return draw.high * resolution; }
  bool Contains(const Draw& draw) const { return Part(draw.high, resolution) == index; }
  /// floor(high · parts / 2^64): the index of the interval among `parts` equal ones.
  static uint64_t Part(uint64_t high, uint64_t parts) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(high) * parts) >> 64);
  }
};

/// Numbers the buckets: first the buckets of the first stream in the order of draws, then the
/// buckets of the second stream, and so on. Bucket numbers grow with the draw, so concatenating
/// sorted buckets sorts the whole, for any number of buckets.
class BucketMap {
 public:
  /// Divides about `buckets` buckets among the streams by their shares; at least one each.
  BucketMap(const Selector& selector, size_t buckets) {
    begin_.push_back(0);
    for (size_t stream = 0; stream < selector.streams(); ++stream) {
      const double share = selector.Share(stream) * static_cast<double>(buckets);
      begin_.push_back(begin_.back() + std::max<size_t>(1, static_cast<size_t>(share + 0.5)));
    }
  }

  size_t buckets() const { return begin_.back(); }
  size_t streams() const { return begin_.size() - 1; }
  /// The first bucket of a stream; begin(streams()) is the end.
  size_t begin(size_t stream) const { return begin_[stream]; }

  size_t BucketOf(size_t stream, const Draw& draw) const {
    return begin_[stream] + Interval::Part(draw.high, begin_[stream + 1] - begin_[stream]);
  }

  Interval IntervalOf(size_t bucket) const {
    const size_t stream = static_cast<size_t>(
        std::upper_bound(begin_.begin(), begin_.end(), bucket) - begin_.begin() - 1);
    return {stream, begin_[stream + 1] - begin_[stream], bucket - begin_[stream]};
  }

 private:
  std::vector<size_t> begin_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_SHUFFLE_ORDER_BUCKET_MAP_H_
