#include "pipelines/stages/repeat_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "corpus/base/random.h"
#include "xxhash.h"

namespace corpusmill {
namespace {

/// Tables with more slots than this shrink when a much smaller document follows.
constexpr size_t kKeptSlots = size_t{1} << 20;

XXH128_hash_t ProcessSeed() {
  static const XXH128_hash_t kSeed = [] {
    const std::string seed = RandomSeed();
    return XXH3_128bits(seed.data(), seed.size());
  }();
  return kSeed;
}

template <typename T>
uint64_t Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// Empties the slots, and resizes them if they are too few or far too many. Sets *mask.
template <typename Slot, typename Epoch>
void StartTable(size_t keys, std::vector<Slot>* slots, size_t* mask, Epoch* epoch) {
  const size_t wanted = std::bit_ceil(std::max<size_t>(16, keys + keys / 2));
  if (slots->size() < wanted || (slots->size() > kKeptSlots && slots->size() / 8 > wanted)) {
    std::vector<Slot>().swap(*slots);
    slots->resize(wanted);
    *epoch = 0;
  }
  *mask = wanted - 1;
  if (*epoch == std::numeric_limits<uint32_t>::max()) {
    std::fill(slots->begin(), slots->end(), Slot());
    *epoch = 0;
  }
  ++*epoch;
}

}  // namespace

RepeatHasher::RepeatHasher() : first_(ProcessSeed().high64 | 1), second_(ProcessSeed().low64 | 1) {}

uint64_t RepeatHasher::operator()(std::string_view bytes) const {
  const char* const data = bytes.data();
  const size_t size = bytes.size();
  if (size > 16) return XXH3_64bits_withSeed(data, size, first_);
  uint64_t a = 0;
  uint64_t b = 0;
  if (size >= 8) {
    a = Load<uint64_t>(data);
    b = Load<uint64_t>(data + size - 8);
  } else if (size >= 4) {
    a = Load<uint32_t>(data);
    b = Load<uint32_t>(data + size - 4);
  } else {
    for (const char c : bytes) a = a << 8 | static_cast<uint8_t>(c);
  }
  return (*this)((*this)(a, b) + size);
}

void RepeatTable::Start(size_t keys) { StartTable(keys, &slots_, &mask_, &epoch_); }

void RepeatedNumberTable::Start(size_t keys) { StartTable(keys, &slots_, &mask_, &epoch_); }

}  // namespace corpusmill
