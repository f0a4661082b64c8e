#include "pipelines/stages/repeat_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "corpus/base/random.h"
#include "xxhash.h"

namespace corpusmill {
namespace {

/// Tables with more slots than this shrink when a much smaller document follows.
constexpr size_t kKeptSlots = size_t{1} << 20;

struct Seeds {
  uint64_t first, second;
};

const Seeds& ProcessSeeds() {
  static const Seeds kSeeds = [] {
    const std::string seed = RandomSeed();
    const XXH128_hash_t hash = XXH3_128bits(seed.data(), seed.size());
    return Seeds{hash.high64 | 1, hash.low64 | 1};
  }();
  return kSeeds;
}

uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename T>
uint64_t Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

}  // namespace

uint64_t RepeatHash(uint64_t a, uint64_t b) {
  const Seeds& seeds = ProcessSeeds();
  const uint64_t mixed = Mix(a ^ seeds.first, b ^ seeds.second);
  return Mix(mixed ^ seeds.second, 0x9E3779B97F4A7C15);
}

uint64_t RepeatHash(std::string_view bytes) {
  const char* const data = bytes.data();
  const size_t size = bytes.size();
  if (size > 16) return XXH3_64bits_withSeed(data, size, ProcessSeeds().first);
  if (size >= 8) {
    return RepeatHash(Load<uint64_t>(data) + size, Load<uint64_t>(data + size - 8));
  }
  if (size >= 4) {
    return RepeatHash(Load<uint32_t>(data) << 32 | Load<uint32_t>(data + size - 4), size);
  }
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<uint8_t>(data[i]);
  return RepeatHash(value, size);
}

void RepeatTable::Start(size_t keys) {
  const size_t wanted = std::bit_ceil(std::max<size_t>(16, keys + keys / 2));
  if (slots_.size() < wanted || (slots_.size() > kKeptSlots && slots_.size() / 8 > wanted)) {
    std::vector<Slot>().swap(slots_);
    slots_.resize(wanted);
    epoch_ = 0;
  }
  mask_ = wanted - 1;
  if (++epoch_ == uint64_t{1} << 32) {
    std::fill(slots_.begin(), slots_.end(), Slot());
    epoch_ = 1;
  }
}

}  // namespace corpusmill
