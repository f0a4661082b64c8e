#include "tokenizer/ngrams/word_splitter.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/base/context.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/counts/ngram_counts.h"

namespace corpusmill {
namespace {

absl::StatusOr<NgramModel> ModelOf(const std::vector<std::string>& chunks, Context& context) {
  CM_ASSIGN_OR_RETURN(const auto counts, NgramCounts::Create(6, testing::TempDir(), context));
  NgramCounts::Writer writer(counts.get());
  for (const std::string& chunk : chunks) CM_RETURN_IF_ERROR(writer.Add(chunk, 1));
  CM_RETURN_IF_ERROR(writer.Flush());
  CM_RETURN_IF_ERROR(counts->Finish());
  return NgramModel::Build(6, counts->sections(), {.keep_inside_characters = true}, context);
}

std::vector<std::string_view> Split(const NgramModel& model, std::string_view word,
                                    bool ensure_unicode = true) {
  std::vector<std::string_view> parts;
  WordSplitter(&model, ensure_unicode).Split(word, &parts);
  size_t at = 0;
  for (const std::string_view part : parts) {
    EXPECT_EQ(part.data(), word.data() + at);
    EXPECT_LE(part.size(), WordSplitter::kMaxBytes);
    at += part.size();
  }
  EXPECT_EQ(at, word.size());
  return parts;
}

TEST(WordSplitterTest, CutsWhereTheNextByteIsOpen) {
  std::mt19937 random(1);
  const std::vector<std::string> words = {"authentication ", "database-backup ", "network-timeout ",
                                          "queue-is-full "};
  std::vector<std::string> lines(300);
  for (std::string& line : lines) {
    for (int i = 0; i < 5; ++i) line += words[random() % words.size()];
  }
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model, ModelOf(lines, context));
  const std::string line = "queue-is-full authentication network-timeout database-backup ";
  EXPECT_THAT(Split(model, line), testing::ElementsAre("queue-is-full ", "authentication ",
                                                       "network-timeout database-backup "));
  // Short words stay.
  EXPECT_THAT(Split(model, line.substr(0, 36)), testing::ElementsAre(line.substr(0, 36)));
}

TEST(WordSplitterTest, MakesPartsThatOccurAgain) {
  std::mt19937 random(2);
  std::vector<std::string> texts;
  for (int i = 0; i < 50; ++i) texts.push_back(RandomText(random, 1000, "ACGT"));
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model, ModelOf(texts, context));
  const std::vector<std::string_view> parts = Split(model, texts[0]);
  // 50,000 bytes hold random strings of 8 symbols once or twice.
  for (const std::string_view part : parts) EXPECT_LE(part.size(), 10);
  EXPECT_LE(parts.size(), 500);
}

TEST(WordSplitterTest, KeepsCharactersWhole) {
  Context context({.threads = 1});
  const std::vector<std::string> texts(10, "磨坊é😀磨坊é😀磨坊é😀磨坊é😀磨坊é😀磨坊é😀磨坊é😀");
  CM_ASSERT_OK_AND_ASSIGN(const NgramModel model, ModelOf(texts, context));
  for (const std::string_view part : Split(model, texts[0])) {
    EXPECT_NE(static_cast<uint8_t>(part[0]) & 0xC0, 0x80);
  }
  // Bytes that the model has never seen, and no byte where a part may begin.
  Split(model, std::string(1000, '\x80'));
  Split(model, std::string(1000, '\x80'), /*ensure_unicode=*/false);
  Split(model, std::string(1000, 'z'));
}

}  // namespace
}  // namespace corpusmill
