#include "tests/shuffle/reference.h"

#include <algorithm>
#include <utility>

#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {

bool Placed::operator<(const Placed& other) const {
  return std::pair(draw, id) < std::pair(other.draw, other.id);
}

std::vector<std::string> RecordsOf(std::string_view text, char delimiter) {
  std::vector<std::string> records;
  while (!text.empty()) {
    const size_t size = std::min(text.find(delimiter), text.size());
    records.emplace_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return records;
}

std::vector<Placed> ReferenceOrder(const std::vector<ReferenceInput>& inputs,
                                   std::string_view seed) {
  const RandomKey key(seed);
  std::vector<Placed> placed;
  for (uint64_t input = 0; input < inputs.size(); ++input) {
    uint64_t record = 0;
    for (const std::string& bytes : RecordsOf(inputs[input].text)) {
      for (uint64_t copy = 0; copy < inputs[input].copies; ++copy) {
        placed.push_back({key.At(DrawPurpose::kOrder, input, record, copy),
                          {.input = input, .record = record, .copy = copy},
                          bytes});
      }
      ++record;
    }
  }
  std::sort(placed.begin(), placed.end());
  return placed;
}

std::vector<Placed> ReferenceOrder(const std::string& text, std::string_view seed) {
  return ReferenceOrder({{.text = text}}, seed);
}

std::string Joined(const std::vector<Placed>& records) {
  std::string text;
  for (const Placed& record : records) text.append(record.bytes).append("\n");
  return text;
}

std::string Joined(const std::vector<std::string>& records) {
  std::string text;
  for (const std::string& record : records) text.append(record).append("\n");
  return text;
}

std::string ShuffledTo(const std::vector<std::string>& arguments, const ShuffleOptions& options,
                       const ContextOptions& context_options, ShuffleReport* report) {
  Context context(context_options);
  std::string out;
  const auto sink = StringSink(&out, "out");
  const auto inputs = ResolveInputs(arguments, {.allow_weights = true});
  CM_EXPECT_OK(inputs);
  if (!inputs.ok()) return "";
  const auto result = Shuffle(*inputs, options, *SinkTarget(*sink), context);
  CM_EXPECT_OK(result);
  if (!result.ok()) return "";
  if (report != nullptr) *report = *result;
  return out;
}

std::string RandomLines(size_t bytes, size_t mean_bytes, uint64_t seed) {
  TestRandom random(seed);
  std::string text;
  text.reserve(bytes + 2 * mean_bytes);
  while (text.size() < bytes) {
    size_t length = 1 + random.Below(2 * mean_bytes);
    for (; length >= 8; length -= 8) {
      uint64_t word = random.Next();
      for (int i = 0; i < 8; ++i, word >>= 8) text += static_cast<char>('a' + (word & 15));
    }
    for (; length > 0; --length) text += static_cast<char>('a' + random.Below(26));
    text += '\n';
  }
  return text;
}

}  // namespace corpusmill
