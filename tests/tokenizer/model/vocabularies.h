#ifndef CORPUSMILL_TESTS_TOKENIZER_MODEL_VOCABULARIES_H_
#define CORPUSMILL_TESTS_TOKENIZER_MODEL_VOCABULARIES_H_

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tokenizer/model/model.h"

// Small vocabularies for tests.
namespace corpusmill {

/// All 256 bytes with count 1, replaced and followed by `more`.
inline std::vector<Piece> BytesAnd(const std::map<std::string, uint64_t>& more) {
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 256; ++i) counts[std::string(1, static_cast<char>(i))] = 1;
  for (const auto& [bytes, count] : more) counts[bytes] = count;
  std::vector<Piece> pieces;
  for (const auto& [bytes, count] : counts) pieces.push_back({bytes, count});
  return pieces;
}

inline std::string RandomText(std::mt19937& random, size_t size, const std::string& alphabet) {
  std::string text(size, '\0');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

/// Random pieces over an alphabet. Few different counts, so that many
/// segmentations have the same score.
inline std::vector<Piece> RandomVocabulary(std::mt19937& random, size_t size, size_t max_length,
                                           const std::string& alphabet) {
  std::map<std::string, uint64_t> more;
  for (const char c : alphabet) more[std::string(1, c)] = 1 + random() % 3;
  for (size_t i = 0; i < size; ++i) {
    more[RandomText(random, 1 + random() % max_length, alphabet)] = uint64_t{1} << random() % 4;
  }
  return BytesAnd(more);
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_TOKENIZER_MODEL_VOCABULARIES_H_
