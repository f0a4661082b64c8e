#include "corpus/base/hash.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

std::string Digits() {
  std::string digits;
  for (int i = 0; i < 1000; ++i) digits += "0123456789";
  return digits;
}

/// Printed by `xxhsum -H2` 0.8.1.
std::vector<std::pair<std::string, std::string>> KnownHashes() {
  return {
      {"", "99aa06d3014798d86001c324468d497f"},
      {"a", "a96faf705af16834e6c632b61e964e1f"},
      {"abc", "06b05ab6733a618578af5f94892f3950"},
      {"corpusmill", "90658d909c35412d18b7d744d575c7c7"},
      {AllBytes(), "f1f8a93f50849ac39408a4433b952d71"},
      {std::string(100'000, 'x'), "0fe996a84987456bd8b99a30e426ac41"},
      {Digits(), "26b9e8677f17f17f2da683cfe7106d98"},
  };
}

TEST(HashBytes, PrintsWhatXxhsumPrints) {
  for (const auto& [bytes, hex] : KnownHashes()) EXPECT_EQ(HashBytes(bytes).ToHex(), hex);
}

TEST(HashBytes, HexKeepsLeadingZeros) {
  EXPECT_EQ((Hash128{0, 1}).ToHex(), std::string(31, '0') + "1");
  EXPECT_EQ((Hash128{~uint64_t{0}, ~uint64_t{0}}).ToHex(), std::string(32, 'f'));
}

TEST(StreamHasher, AnySlicingGivesTheHashOfTheWhole) {
  for (const auto& [bytes, hex] : KnownHashes()) {
    for (const size_t slice : {1, 7, 240, 241, 1024}) {
      StreamHasher hasher;
      for (size_t at = 0; at < bytes.size(); at += slice) {
        hasher.Update(std::string_view(bytes).substr(at, slice));
      }
      hasher.Update("");
      EXPECT_EQ(hasher.Digest().ToHex(), hex);
      EXPECT_EQ(hasher.Digest().ToHex(), hex) << "a digest changes nothing";
    }
  }
}

TEST(StreamHasher, MoreMayFollowADigestAndAMove) {
  StreamHasher hasher;
  hasher.Update("ab");
  (void)hasher.Digest();
  StreamHasher moved = std::move(hasher);
  moved.Update("c");
  EXPECT_EQ(moved.Digest(), HashBytes("abc"));
}

TEST(MultisetHash, IsTheSumOfTheRecordHashes) {
  const Hash128 a = HashBytes("a"), b = HashBytes("b");
  MultisetHash hash;
  hash.Add("a");
  EXPECT_EQ(hash.sum(), a);
  hash.Add("b");
  const unsigned __int128 sum = (static_cast<unsigned __int128>(a.high) << 64 | a.low) +
                                (static_cast<unsigned __int128>(b.high) << 64 | b.low);
  EXPECT_EQ(hash.sum(), (Hash128{static_cast<uint64_t>(sum >> 64), static_cast<uint64_t>(sum)}));
  EXPECT_EQ(hash.count(), 2);
}

TEST(MultisetHash, CarriesIntoTheHighWordAndWrapsAround) {
  constexpr uint64_t kMax = ~uint64_t{0};
  MultisetHash hash;
  hash.AddHash({0, kMax});
  hash.AddHash({0, 1});
  EXPECT_EQ(hash.sum(), (Hash128{1, 0}));
  hash.AddHash({kMax - 1, kMax});
  EXPECT_EQ(hash.sum(), (Hash128{kMax, kMax}));
  hash.AddHash({kMax, kMax});
  EXPECT_EQ(hash.sum(), (Hash128{kMax, kMax - 1}));
}

TEST(MultisetHash, DoesNotDependOnOrderOrParts) {
  std::vector<std::string> records;
  for (int i = 0; i < 1000; ++i) records.push_back("record " + std::to_string(i % 700));
  MultisetHash forward, parts[3], merged;
  for (size_t i = 0; i < records.size(); ++i) {
    forward.Add(records[i]);
    parts[i % 3].Add(records[i]);
  }
  MultisetHash backward;
  std::reverse(records.begin(), records.end());
  for (const std::string& record : records) backward.Add(record);
  for (const MultisetHash& part : parts) merged.Merge(part);
  merged.Merge(MultisetHash());
  EXPECT_EQ(forward, backward);
  EXPECT_EQ(forward, merged);
  EXPECT_EQ(merged.count(), 1000);
}

TEST(MultisetHash, SeesAVanishedPairAndAnExchangedRecord) {
  MultisetHash with, without, exchanged, glued;
  for (const char* record : {"a", "b", "b"}) with.Add(record);
  without.Add("a");
  for (const char* record : {"a", "a", "b"}) exchanged.Add(record);
  for (const char* record : {"ab", "b", ""}) glued.Add(record);
  EXPECT_NE(with, without);
  EXPECT_NE(with.sum(), without.sum()) << "XOR would not see it";
  EXPECT_NE(with, exchanged);
  EXPECT_NE(with, glued);
}

}  // namespace
}  // namespace corpusmill
