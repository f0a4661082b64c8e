#include "pipelines/vocabulary/counted_words.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "corpus/base/status.h"
#include "pipelines/token_files/piece_escapes.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
using Words = std::vector<std::pair<std::string, uint64_t>>;

class CountedWordsTest : public testing::Test {
 protected:
  absl::StatusOr<Words> Read(const std::vector<std::string>& lists,
                             const CountedWordsOptions& options = {}) {
    std::vector<std::string> paths;
    for (const std::string& list : lists) {
      paths.push_back(folder_.Write("list" + std::to_string(paths.size()), list));
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(paths));
    Context context({.memory_limit_bytes = 16 << 20, .threads = 1});
    Words words;
    {
      CM_ASSIGN_OR_RETURN(const CountedWords list, ReadCountedWords(inputs, options, context));
      for (const Piece& word : list.words) words.emplace_back(word.bytes, word.count);
      lines_ = list.lines;
      lease_bytes_ = list.lease.bytes();
      EXPECT_EQ(context.memory().used_bytes(), lease_bytes_);
    }
    EXPECT_EQ(context.memory().used_bytes(), 0u);
    return words;
  }

  absl::Status StatusOfLine(const std::string& line, const CountedWordsOptions& options = {}) {
    return Read({"good\t1\n" + line + "\nnever seen\n"}, options).status();
  }

  TestFolder folder_;
  uint64_t lines_ = 0;
  uint64_t lease_bytes_ = 0;
};

TEST_F(CountedWordsTest, ReadsTabsAndSpaces) {
  CM_ASSERT_OK_AND_ASSIGN(
      const Words words,
      Read({"tab\t12\nspace 3\nstate of the art 35\naligned    4\nspace kept \t5\nboth\t  6\n"
            "in\tside 7\n\t\t8\n9 9"}));
  EXPECT_THAT(words, ElementsAre(Pair("\t", 8), Pair("9", 9), Pair("aligned", 4), Pair("both", 6),
                                 Pair("in\tside", 7), Pair("space", 3), Pair("space kept ", 5),
                                 Pair("state of the art", 35), Pair("tab", 12)));
}

TEST_F(CountedWordsTest, SkipsLineEndsBlankLinesAndByteOrderMarks) {
  CM_ASSERT_OK_AND_ASSIGN(const Words words, Read({"\xEF\xBB\xBFone\t1\r\n\r\n  \ntwo 2 \t\r\n",
                                                   "\xEF\xBB\xBFthree 3\n\xEF\xBB\xBF"
                                                   "four 4"}));
  EXPECT_THAT(words, ElementsAre(Pair("one", 1), Pair("three", 3), Pair("two", 2),
                                 Pair("\xEF\xBB\xBF"
                                      "four",
                                      4)));
  EXPECT_EQ(lines_, 4u);
}

TEST_F(CountedWordsTest, AddsUpEqualWords) {
  std::mt19937 random(1);
  std::map<std::string, uint64_t> expected;
  std::vector<std::string> lists(2);
  for (int i = 0; i < 5000; ++i) {
    const std::string word = RandomText(random, 1 + random() % 40 % (1 + i % 40), "ab ") + "x";
    const uint64_t count = 1 + random() % 1000;
    expected[word] += count;
    lists[i % 2] += word + "\t" + std::to_string(count) + "\n";
  }
  CM_ASSERT_OK_AND_ASSIGN(const Words words, Read(lists));
  EXPECT_EQ(words, Words(expected.begin(), expected.end()));
  EXPECT_LT(expected.size(), 5000u);
  EXPECT_EQ(lines_, 5000u);
  EXPECT_GT(lease_bytes_, 5000u * 320);
}

TEST_F(CountedWordsTest, KeepsBytesAndBackslashesUnlessEscaped) {
  CM_ASSERT_OK_AND_ASSIGN(const Words raw, Read({"\\n\t1\n\xE4\xFF\t2\n"}));
  EXPECT_THAT(raw, ElementsAre(Pair("\\n", 1), Pair("\xE4\xFF", 2)));
  const std::string bytes("a b\t\n\r\\\xE4\0", 9);
  std::string escaped;
  AppendEscaped(bytes, EscapeSpaces::kYes, &escaped);
  CM_ASSERT_OK_AND_ASSIGN(const Words words, Read({escaped + " 7\n"}, {.escaped = true}));
  EXPECT_THAT(words, ElementsAre(Pair(bytes, 7)));
}

TEST_F(CountedWordsTest, ErrorNamesTheLine) {
  EXPECT_THAT(StatusOfLine("word"), Fails(kDataLoss, HasSubstr("list0:2: no count; a line is")));
  EXPECT_THAT(StatusOfLine("  7 word"), Fails(kDataLoss, HasSubstr("list0:2: 'word' is no count")));
  for (const std::string count :
       {"0", "-1", "+1", "1.5", "1e3", "0x1", "9223372036854775809", "18446744073709551616"}) {
    EXPECT_THAT(StatusOfLine("word\t" + count),
                Fails(kDataLoss, HasSubstr("list0:2: '" + count + "' is no count")));
  }
  EXPECT_THAT(StatusOfLine("word\t\x1B[31m\xFF"), Fails(kDataLoss, HasSubstr("'\\x1B[31m\\xFF'")));
  EXPECT_THAT(StatusOfLine("\t5"), Fails(kDataLoss, HasSubstr("list0:2: the word is empty")));
  EXPECT_THAT(StatusOfLine("   5"), Fails(kDataLoss, HasSubstr("list0:2: the word is empty")));
  EXPECT_THAT(StatusOfLine(std::string(65537, 'x') + " 1"),
              Fails(kDataLoss, HasSubstr("list0:2: the word has 65537 bytes")));
  EXPECT_THAT(StatusOfLine("a\\q 1", {.escaped = true}),
              Fails(kDataLoss, HasSubstr("list0:2: the word has an escape")));
  EXPECT_THAT(StatusOfLine("ab 4611686018427387904"),
              Fails(kDataLoss, HasSubstr("list0:2: up to here the words stand for 2^63 bytes")));
  EXPECT_THAT(Read({"\n\n"}), Fails(kDataLoss, HasSubstr("there are no words")));
}

TEST_F(CountedWordsTest, ReportsInsufficientMemory) {
  std::string list;
  for (int i = 0; i < 60000; ++i) list += std::to_string(i) + "\t1\n";
  EXPECT_THAT(Read({list}), Fails(absl::StatusCode::kResourceExhausted,
                                  testing::AllOf(HasSubstr("list0:"), HasSubstr("--memory"))));
}

}  // namespace
}  // namespace corpusmill
