#include "tokenizer/model/chunker.h"

#include <random>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/chunker_cases.h"

namespace corpusmill {
namespace {

template <typename Chunker>
std::vector<std::string> Chunks(Chunker chunker) {
  std::vector<std::string> chunks;
  for (std::string_view chunk; chunker.Next(&chunk);) chunks.emplace_back(chunk);
  return chunks;
}

Runs<size_t> Lengths(const std::vector<std::string>& chunks) {
  Runs<size_t> lengths;
  for (const std::string& chunk : chunks) {
    if (lengths.empty() || lengths.back().first != chunk.size()) {
      lengths.push_back({chunk.size(), 0});
    }
    ++lengths.back().second;
  }
  return lengths;
}

std::string Join(const std::vector<std::string>& chunks) {
  std::string text;
  for (const std::string& chunk : chunks) text += chunk;
  return text;
}

TEST(ChunkerTest, CutsAsPythonsExpressionsDo) {
  for (const ChunkerCase& test : ChunkerCases()) {
    SCOPED_TRACE(test.name);
    std::string text;
    for (const auto& [part, times] : test.text) {
      for (size_t i = 0; i < times; ++i) text += part;
    }
    EXPECT_EQ(Lengths(Chunks(LineChunker(text))), test.lines);
    EXPECT_EQ(Lengths(Chunks(TrainingChunker(text, false))), test.training);
    EXPECT_EQ(Lengths(Chunks(TrainingChunker(text, true))), test.isolated_digits);
  }
}

TEST(ChunkerTest, LosesNoByteOfAnyText) {
  std::mt19937 random(1);
  const std::string alphabet = "\n\n19a\xE4\xB8\xAD\xD9\xA3\xF0\x9F\xFF";
  for (int round = 0; round < 300; ++round) {
    std::string text(random() % 200, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    EXPECT_EQ(Join(Chunks(LineChunker(text))), text);
    EXPECT_EQ(Join(Chunks(TrainingChunker(text, false))), text);
    EXPECT_EQ(Join(Chunks(TrainingChunker(text, true))), text);
  }
}

TEST(ChunkerTest, CountsEveryInvalidByteAsOneCharacter) {
  // A truncated sequence of two bytes is two characters.
  std::string text;
  for (int i = 0; i < 6000; ++i) text += "\xE4\xB8";
  EXPECT_EQ(Lengths(Chunks(TrainingChunker(text, false))), (Runs<size_t>{{10000, 1}, {2000, 1}}));
  EXPECT_EQ(Lengths(Chunks(TrainingChunker(text, true))), (Runs<size_t>{{10000, 1}, {2000, 1}}));
}

TEST(ChunkerTest, TakesNoPartOfAnInvalidSequenceForADigit) {
  // The Arabic digit three, cut; a lone continuation byte; an overlong '1'.
  for (const std::string text : {"a\xD9", "a\xA3", "a\xC0\xB1"}) {
    EXPECT_EQ(Chunks(TrainingChunker(text, true)), std::vector<std::string>{text});
  }
}

TEST(ChunkerTest, KeepsChunksBelowTheirLargestSize) {
  std::string text;
  for (size_t i = 0; i < TrainingChunker::kMaxCharacters; ++i) text += "\U0001F600";
  text += std::string(TrainingChunker::kMaxNewlines, '\n');
  EXPECT_EQ(text.size(), TrainingChunker::kMaxChunkBytes);
  EXPECT_EQ(Chunks(TrainingChunker(text, false)), std::vector<std::string>{text});
}

}  // namespace
}  // namespace corpusmill
