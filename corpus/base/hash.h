#ifndef CORPUSMILL_CORPUS_BASE_HASH_H_
#define CORPUSMILL_CORPUS_BASE_HASH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace corpusmill {

/// A 128-bit hash value, printed as xxhsum prints it: 32 hexadecimal digits.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const Hash128&) const = default;
  std::string ToHex() const;
};

/// XXH3-128 of `bytes` with seed 0: `xxhsum -H2` prints the same.
Hash128 HashBytes(std::string_view bytes);

/// XXH3-128 of a stream. Not thread-safe.
class StreamHasher {
 public:
  StreamHasher();
  ~StreamHasher();
  StreamHasher(StreamHasher&&) noexcept;
  StreamHasher& operator=(StreamHasher&&) noexcept;
  void Update(std::string_view bytes);
  /// The hash of all bytes so far; more may follow.
  Hash128 Digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Order-independent hash of a multiset of records: the sum of their hashes modulo 2^128. Unlike
/// XOR, it changes when a pair of equal records vanishes. Sums add up: each thread keeps its own
/// and merges it.
class MultisetHash {
 public:
  MultisetHash() = default;
  /// Restores a saved hash from its sum and count.
  MultisetHash(const Hash128& sum, uint64_t count) : sum_(sum), count_(count) {}

  void Add(std::string_view record) { AddHash(HashBytes(record)); }
  void AddHash(const Hash128& hash);
  void Merge(const MultisetHash& other);
  bool operator==(const MultisetHash&) const = default;
  uint64_t count() const { return count_; }
  const Hash128& sum() const { return sum_; }

 private:
  Hash128 sum_;
  uint64_t count_ = 0;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_CORPUS_BASE_HASH_H_
