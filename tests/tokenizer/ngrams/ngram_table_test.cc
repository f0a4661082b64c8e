#include "tokenizer/ngrams/ngram_table.h"

#include <map>
#include <random>

#include "tests/testing.h"

namespace corpusmill {
namespace {

template <int kBits>
class Checker {
 public:
  /// Fills a table with `size` keys distributed like n-grams, or uniformly, and looks up all of
  /// them and as many others.
  static void Check(size_t size, size_t slots, int code_bits, bool close, std::mt19937_64& random) {
    constexpr uint64_t kMask = ~uint64_t{0} >> (64 - kBits);
    std::map<uint64_t, uint32_t> expected;
    for (size_t i = 0; i < size; ++i) {
      const uint64_t key = (close ? 0x6162636465666768 + random() % (4 * size) : random()) & kMask;
      expected[key] = 1 + static_cast<uint32_t>(random() % ((uint64_t{1} << code_bits) - 1));
    }
    MemoryBudget budget(uint64_t{1} << 32);
    MemoryLease lease = budget.EmptyLease();
    NgramTable table;
    EXPECT_TRUE(table.empty());
    bool fits = false;
    for (; !fits; slots += slots / 16 + 1) {
      CM_ASSERT_OK(table.Reserve<kBits>(slots, code_bits, &lease));
      fits = true;
      for (const auto& [key, code] : expected) fits = fits && table.Add<kBits>(key, code);
    }
    EXPECT_FALSE(table.empty());
    for (const auto& [key, code] : expected) {
      ASSERT_EQ(table.Read(table.Locate<kBits>(key)), code) << key;
    }
    for (size_t i = 0; i < 4 * size + 1000; ++i) {
      const uint64_t key =
          (i % 2 == 0 ? 0x6162636465666768 + random() % (8 * size + 9) : random()) & kMask;
      const auto found = expected.find(key);
      ASSERT_EQ(table.Read(table.Locate<kBits>(key)), found == expected.end() ? 0 : found->second);
    }
  }
};

template <int kBits>
void CheckSizes() {
  std::mt19937_64 random(kBits);
  for (const size_t size : {1, 100, 3000, 20000}) {
    // Short keys may exhaust their range.
    if (kBits < 24 && size > 3000) continue;
    for (const int code_bits : {1, 8, 16, 24}) {
      for (const bool close : {false, true}) {
        Checker<kBits>::Check(size, size + size / 4, code_bits, close, random);
        Checker<kBits>::Check(size, 2 * size, code_bits, close, random);
      }
    }
  }
}

TEST(NgramTableTest, HasTheKeysThatWereAddedAndNoOthers) {
  CheckSizes<8>();
  CheckSizes<16>();
  CheckSizes<24>();
  CheckSizes<32>();
  CheckSizes<40>();
  CheckSizes<48>();
  CheckSizes<56>();
  CheckSizes<64>();
}

TEST(NgramTableTest, SaysWhenItIsTooFull) {
  MemoryBudget budget(1 << 20);
  MemoryLease lease = budget.EmptyLease();
  NgramTable table;
  CM_ASSERT_OK(table.Reserve<16>(1, 8, &lease));  // 128 slots, and 64 behind.
  bool fits = true;
  for (uint64_t key = 0; key < 1000 && fits; ++key) fits = table.Add<16>(key, 1);
  EXPECT_FALSE(fits);
}

}  // namespace
}  // namespace corpusmill
