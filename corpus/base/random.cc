#include "corpus/base/random.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstdio>

#include "Random123/philox.h"

namespace corpusmill {

RandomKey::RandomKey(std::string_view seed) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(seed.data()), seed.size(), digest);
  for (int word = 0; word < 2; ++word) {
    key_[word] = 0;
    for (int byte = 7; byte >= 0; --byte) key_[word] = key_[word] << 8 | digest[8 * word + byte];
  }
}

Draw RandomKey::At(DrawPurpose purpose, uint64_t input, uint64_t record, uint64_t copy) const {
  const std::array<uint64_t, 4> block = Block(purpose, input, record, copy);
  return {block[0], block[1]};
}

std::array<uint64_t, 4> RandomKey::Block(DrawPurpose purpose, uint64_t input, uint64_t record,
                                         uint64_t copy) const {
  const philox4x64_ctr_t counter = {{record, input, copy, static_cast<uint64_t>(purpose)}};
  const philox4x64_key_t key = {{key_[0], key_[1]}};
  const philox4x64_ctr_t block = philox4x64(counter, key);
  return {block.v[0], block.v[1], block.v[2], block.v[3]};
}

std::string RandomSeed() {
  unsigned char bytes[8] = {};
  RAND_bytes(bytes, sizeof(bytes));
  std::string seed;
  char digits[3];
  for (const unsigned char byte : bytes) {
    std::snprintf(digits, sizeof(digits), "%02x", byte);
    seed += digits;
  }
  return seed;
}

}  // namespace corpusmill
