#include "pipelines/vocabulary/token_usage.h"

#include <map>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Tokenizer Make(const std::map<std::string, uint64_t>& more) {
  return *Tokenizer::Create(*Model::FromPieces(BytesAnd(more)));
}

class TokenUsageTest : public testing::Test {
 protected:
  absl::StatusOr<TokenUsageReport> Run(const std::vector<std::string>& documents,
                                       const Tokenizer& tokenizer,
                                       const ContextOptions& context_options = {.threads = 1}) {
    std::vector<std::string> paths;
    for (const std::string& document : documents) {
      paths.push_back(folder_.Write("docs" + std::to_string(paths.size()), document));
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(paths));
    Context context(context_options);
    return CountTokenUsage(inputs, options_, tokenizer, context);
  }

  TestFolder folder_;
  TokenUsageOptions options_;
};

TEST_F(TokenUsageTest, CountsIdsAndSingleBytesBySource) {
  const Tokenizer tokenizer = Make({{"ab", 100}, {"cd", 100}});
  CM_ASSERT_OK_AND_ASSIGN(const TokenUsageReport report,
                          Run({"{\"text\":\"ababé\",\"source\":\"web\"}\n", "xab\n"}, tokenizer));
  EXPECT_EQ(report.counts[259], 3u);
  EXPECT_EQ(report.counts[260], 0u);
  EXPECT_EQ(report.counts[3 + 'x'], 1u);
  EXPECT_EQ(report.all.tokens, 6u);
  EXPECT_EQ(report.all.single_byte_tokens, 3u);
  EXPECT_EQ(report.all.partial_tokens, 2u);
  ASSERT_EQ(report.sources.size(), 2u);
  EXPECT_EQ(report.sources[0].first, "web");
  EXPECT_EQ(report.sources[0].second.tokens, 4u);
  EXPECT_EQ(report.sources[1].first, folder_ / "docs1");
  EXPECT_EQ(report.sources[1].second.single_byte_tokens, 1u);
}

TEST_F(TokenUsageTest, FindsTheWorstDocuments) {
  options_.worst_documents = 3;
  options_.worst_min_bytes = 4;
  const Tokenizer tokenizer = Make({{"ab", 100}, {"abab", 100}});
  CM_ASSERT_OK_AND_ASSIGN(const TokenUsageReport report,
                          Run({"xxx\nabxx\nabab\nxxxx\n", "é\nyyyyy\nabxxabxx\n"}, tokenizer));
  ASSERT_EQ(report.worst.size(), 3u);
  EXPECT_EQ(report.worst[0].where, folder_ / "docs0:4");
  EXPECT_EQ(report.worst[0].tokens, 4u);
  EXPECT_EQ(report.worst[1].where, folder_ / "docs1:2") << "of equals the earlier first";
  EXPECT_EQ(report.worst[1].beginning, "yyyyy");
  EXPECT_EQ(report.worst[2].where, folder_ / "docs0:2") << "6/8 = 3/4";
}

TEST_F(TokenUsageTest, DoesNotDependOnThreadsOrMemory) {
  const Tokenizer tokenizer = Make({{"ab", 40}, {"abc", 20}, {" c", 30}});
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 3000; ++i) text += RandomText(random, random() % 900, "abc xyz") + "\n";
  std::string large;
  for (int i = 0; i < 3000; ++i) large += RandomText(random, 100, "abc") + "\\n";
  const std::vector<std::string> documents = {text, "{\"text\":\"" + large + "\"}\n"};
  CM_ASSERT_OK_AND_ASSIGN(const TokenUsageReport one, Run(documents, tokenizer));
  CM_ASSERT_OK_AND_ASSIGN(
      const TokenUsageReport two,
      Run(documents, tokenizer, {.memory_limit_bytes = 16 << 20, .threads = 2}));
  EXPECT_EQ(one.counts, two.counts);
  EXPECT_EQ(one.all.documents, two.all.documents);
  ASSERT_EQ(one.worst.size(), 10u);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(one.worst[i].where, two.worst[i].where);
    EXPECT_EQ(one.worst[i].tokens, two.worst[i].tokens);
  }
  EXPECT_EQ(one.sources[1].second.documents, 1u) << "its parts are one document";
}

TEST(SummarizeTokenUsage, OrdersAndAddsUp) {
  const Tokenizer tokenizer = Make({{"ab", 1}, {"cd", 1}, {"efg", 1}});
  std::vector<uint64_t> counts(tokenizer.vocab_size());
  counts[3] = 1;
  counts[4] = 9;
  counts[5] = 90;
  counts[6] = 1;
  counts[259] = 899;
  const TokenUsageSummary summary = SummarizeTokenUsage(tokenizer.vocabulary(), counts, 2);
  EXPECT_EQ(summary.pieces, 259u);
  EXPECT_EQ(summary.unused, 254u);
  EXPECT_EQ(summary.used_once, 2u);
  EXPECT_EQ(summary.used_below_10, 3u);
  EXPECT_EQ(summary.used_below_100, 4u);
  EXPECT_THAT(summary.rarest, ElementsAre(3, 6));
  EXPECT_THAT(summary.most_frequent, ElementsAre(259, 5));
  EXPECT_THAT(summary.pieces_for_percent, ElementsAre(Pair(50, 1), Pair(90, 2), Pair(99, 3)));
  EXPECT_EQ(summary.by_bytes.at(1).unused, 252u);
  EXPECT_THAT(summary.by_bytes.at(1).examples, ElementsAre(7, 8));
  EXPECT_THAT(summary.by_bytes.at(2).examples, ElementsAre(260));
  EXPECT_EQ(summary.by_bytes.at(3).unused, 1u);
}

TEST(CheckNeverUsed, NamesThePiece) {
  const Tokenizer tokenizer = Make({{"a\nb", 1}});
  Context context;
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<AuditFinding> findings,
                          AuditPieces(tokenizer, context));
  std::vector<uint64_t> counts(tokenizer.vocab_size());
  counts[3 + 0xFF] = 1;  // Not UTF-8, but not impossible.
  CM_EXPECT_OK(CheckNeverUsed(findings, tokenizer.vocabulary(), counts));
  counts[259] = 1;
  EXPECT_THAT(CheckNeverUsed(findings, tokenizer.vocabulary(), counts),
              Fails(absl::StatusCode::kInternal, HasSubstr("\"a\\nb\" (id 259)")));
}

}  // namespace
}  // namespace corpusmill
