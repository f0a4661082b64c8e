#include "pipelines/vocabulary/re_estimation.h"

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "corpus/io/byte_stream.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

Model Make(const std::map<std::string, uint64_t>& more) {
  return *Model::FromPieces(BytesAnd(more));
}

class ReEstimationTest : public testing::Test {
 protected:
  absl::StatusOr<ReEstimationResult> Run(const Model& model,
                                         const std::vector<std::string>& documents,
                                         const ReEstimationOptions& options = {},
                                         const ContextOptions& context_options = {.threads = 1}) {
    std::vector<std::string> paths;
    for (const std::string& document : documents) {
      paths.push_back(folder_.Write("docs" + std::to_string(paths.size()), document));
    }
    CM_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs, ResolveInputs(paths));
    Context context(context_options);
    absl::StatusOr<ReEstimationResult> result = ReEstimate(model, inputs, options, context);
    EXPECT_EQ(context.memory().used_bytes(), 0u);
    return result;
  }

  TestFolder folder_;
};

/// Lines of words that every model below can segment in several ways.
std::string Text(uint32_t seed, size_t lines) {
  std::mt19937 random(seed);
  std::string text;
  for (size_t i = 0; i < lines; ++i) text += RandomText(random, random() % 60, "aabbcd ") + "\n";
  return text;
}

const std::map<std::string, uint64_t> kWords = {
    {"a", 50},  {"b", 50},  {" ", 40},  {"ab", 40},  {"abc", 5},  {"bcd", 30}, {"aab", 9},
    {"ca", 12}, {" a", 22}, {"b ", 18}, {"da b", 2}, {"zzz", 70}, {"dd", 1},   {"cdab", 3}};

TEST_F(ReEstimationTest, CountsWhatEncodingUses) {
  const Model model = Make({{"ab", 100}, {"cd", 100}, {"zz", 100}});
  CM_ASSERT_OK_AND_ASSIGN(
      const ReEstimationResult result,
      Run(model, {"{\"text\":\"ababé\",\"id\":7}\n{\"text\":\"\"}\n", "xab\ncd\n"}));
  EXPECT_EQ(result.model.Serialize(),
            Make({{"ab", 3}, {"cd", 1}, {"zz", 1}, {"x", 1}}).Serialize());
  ASSERT_EQ(result.passes.size(), 2u);
  EXPECT_EQ(result.passes[0].tokens, 7u);
  EXPECT_EQ(result.passes[0].pieces, 259u);
  EXPECT_EQ(result.passes[0].used_pieces, 5u);
  EXPECT_EQ(result.passes[1].pieces, 259u);
  EXPECT_EQ(result.documents.documents, 4u);
  EXPECT_EQ(result.documents.text_bytes, 6u + 3 + 2);
  EXPECT_EQ(result.inputs.size(), 2u);
}

TEST_F(ReEstimationTest, MeasuresTheResultItself) {
  const std::string text = Text(4, 300);
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult first, Run(Make(kWords), {text}));
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult second, Run(first.model, {text}));
  EXPECT_NE(first.passes[0].tokens, first.passes[1].tokens);
  EXPECT_EQ(first.passes[1].tokens, second.passes[0].tokens);
  EXPECT_EQ(first.passes[1].used_pieces, second.passes[0].used_pieces);
}

TEST_F(ReEstimationTest, DropsUncountedPiecesButNoBytes) {
  const Model model = Make({{"ab", 100}, {"cd", 100}, {"zz", 100}});
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult result,
                          Run(model, {"abab\n"}, {.unused = UncountedPieces::kDrop}));
  EXPECT_EQ(result.model.Serialize(), Make({{"ab", 2}}).Serialize());
  EXPECT_EQ(result.passes[0].pieces, 259u);
  EXPECT_EQ(result.passes[1].pieces, 257u);
  EXPECT_EQ(result.passes[1].used_pieces, 1u);
}

TEST_F(ReEstimationTest, NormalizesAsEncodingDoes) {
  const Model model = Make({{"\u00e9", 100}, {"e\u0301", 100}});
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult nfc, Run(model, {"e\u0301e\u0301"}));
  EXPECT_EQ(nfc.model.Serialize(), Make({{"\u00e9", 2}, {"e\u0301", 1}}).Serialize());
  CM_ASSERT_OK_AND_ASSIGN(
      const ReEstimationResult none,
      Run(model, {"e\u0301e\u0301"}, {.tokenizer = {.normalization = Normalization::kNone}}));
  EXPECT_EQ(none.model.Serialize(), Make({{"\u00e9", 1}, {"e\u0301", 2}}).Serialize());
}

TEST_F(ReEstimationTest, SeveralRoundsEqualRepeatedSingleRounds) {
  for (const UncountedPieces unused : {UncountedPieces::kKeep, UncountedPieces::kDrop}) {
    const std::string text = Text(1, 300);
    CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult all,
                            Run(Make(kWords), {text}, {.rounds = 4, .unused = unused}));
    Model model = Make(kWords);
    std::vector<std::string> models;
    for (int round = 0; round < 4; ++round) {
      CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult one, Run(model, {text}, {.unused = unused}));
      EXPECT_EQ(all.passes[round].tokens, one.passes[0].tokens);
      EXPECT_EQ(all.passes[round].used_pieces, one.passes[0].used_pieces);
      model = one.model;
      models.push_back(model.Serialize());
    }
    EXPECT_EQ(all.model.Serialize(), models.back());
    EXPECT_NE(models[0], models[1]) << "the second round had something to do";
    EXPECT_EQ(all.passes.size(), 5u);
  }
}

TEST_F(ReEstimationTest, DoesNotDependOnThreadsMemoryOrOrder) {
  std::string escaped;
  for (const char c : Text(2, 4000)) escaped += c == '\n' ? "\\n" : std::string(1, c);
  // In 16 MiB, a long line does not fit beside other batches.
  std::mt19937 random(5);
  const std::string line = RandomText(random, 850000, "aabbcd ");
  const std::vector<std::string> documents = {Text(3, 40000) + line + "\n" + Text(6, 5000),
                                              "{\"text\":\"" + escaped + "\"}\n"};
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult one,
                          Run(Make(kWords), documents, {.rounds = 2}));
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult four,
                          Run(Make(kWords), {documents[1], documents[0]}, {.rounds = 2},
                              {.memory_limit_bytes = 16 << 20, .threads = 4}));
  EXPECT_EQ(one.model.Serialize(), four.model.Serialize());
  EXPECT_EQ(one.passes.back().tokens, four.passes.back().tokens);
}

TEST_F(ReEstimationTest, QuarantinesBadRecordsOnce) {
  ReEstimationOptions options = {.rounds = 2};
  options.documents.on_bad_record = {BadRecordAction::kQuarantine, folder_ / "bad"};
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult result,
                          Run(Make({}), {"{\"text\":\"a\"}\n{\"txt\":\"b\"}\n"}, options));
  EXPECT_EQ(result.documents.bad_records, 1u);
  EXPECT_EQ(ReadFile(folder_ / "bad"), "{\"txt\":\"b\"}\n");
}

TEST_F(ReEstimationTest, ReadsASourceAgainForEachPass) {
  Context context({.threads = 1});
  int opened = 0;
  const InputFile input = SourceInput("words", [&] {
    ++opened;
    return absl::StatusOr<std::unique_ptr<ByteSource>>(StringSource("ab ab\n", "words"));
  });
  CM_ASSERT_OK_AND_ASSIGN(const ReEstimationResult result,
                          ReEstimate(Make({{"ab", 9}}), {input}, {.rounds = 2}, context));
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(result.model.pieces()[256].count, 2u);
}

TEST_F(ReEstimationTest, RejectsInvalidOptions) {
  Context context({.threads = 1});
  EXPECT_THAT(ReEstimate(Make({}), {{.path = "-"}}, {}, context),
              Fails(kInvalidArgument, HasSubstr("<stdin>: the documents are read more than once")));
  EXPECT_THAT(Run(Make({}), {"a"}, {.rounds = 0}), Fails(kInvalidArgument, HasSubstr("rounds")));
  EXPECT_THAT(Run(Make({}), {"\n\n"}), Fails(absl::StatusCode::kDataLoss, HasSubstr("no text")));
  EXPECT_THAT(Run(Make({}), {"{\"text\":\"a\"}\n{\"txt\":\"b\"}\n"}),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("docs0:2: the object has no member")));
  EXPECT_THAT(Run(Make({}), {"a\n" + std::string(1500000, 'b')}, {},
                  {.memory_limit_bytes = 16 << 20, .threads = 1}),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("docs0:2: ")));
  std::atomic<bool> cancelled = true;
  EXPECT_THAT(Run(Make({}), {"a"}, {}, {.threads = 1, .cancelled = &cancelled}),
              Fails(absl::StatusCode::kCancelled, testing::_));
}

}  // namespace
}  // namespace corpusmill
