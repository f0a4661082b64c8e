#ifndef CORPUSMILL_TESTS_SHUFFLE_REFERENCE_H_
#define CORPUSMILL_TESTS_SHUFFLE_REFERENCE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shuffle/shuffle.h"

/// The expected output of a shuffle, computed directly: cut, draw, sort.
namespace corpusmill {

/// An output record, its origin and its place.
struct Placed {
  Draw draw;
  RecordId id;
  std::string bytes;
  /// Orders by draw, then by identity.
  bool operator<(const Placed& other) const;
};

/// The records of a text; the last record may lack its delimiter.
std::vector<std::string> RecordsOf(std::string_view text, char delimiter = '\n');

struct ReferenceInput {
  std::string text;
  uint64_t copies = 1;
};

/// All records of the inputs, in input order.
std::vector<Placed> ReferenceOrder(const std::vector<ReferenceInput>& inputs,
                                   std::string_view seed);
std::vector<Placed> ReferenceOrder(const std::string& text, std::string_view seed);

/// The records, each followed by a newline.
std::string Joined(const std::vector<Placed>& records);
std::string Joined(const std::vector<std::string>& records);

/// Shuffles to memory; on an error, fails the test and returns an empty string.
std::string ShuffledTo(const std::vector<std::string>& arguments, const ShuffleOptions& options,
                       const ContextOptions& context_options = {}, ShuffleReport* report = nullptr);

/// Lines of 1 to 2 * mean_bytes letters.
std::string RandomLines(size_t bytes, size_t mean_bytes, uint64_t seed);

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_SHUFFLE_REFERENCE_H_
