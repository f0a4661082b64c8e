#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr char kIdentity[] = "cat";
/// Answers with what `sed` makes of the documents: \1 the id, \2 the text.
std::string Sed(const std::string& answer) {
  return "exec sed -u 's/.*\"id\":\"\\([^\"]*\\)\".*\"text\":\"\\([^\"]*\\)\".*/" + answer + "/'";
}

/// Documents of some texts, for ApplyAll.
class Batch {
 public:
  explicit Batch(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (size_t i = 0; i < texts_.size(); ++i) ids_.push_back("doc" + std::to_string(i));
    for (size_t i = 0; i < texts_.size(); ++i) {
      owned_.push_back(std::make_unique<StageDocument>(
          StageDocument::Identity{.record = i, .id = ids_[i], .source_name = "web"}, texts_[i]));
      documents_.push_back(owned_.back().get());
    }
  }
  absl::Status Apply(const TestStage& stage) {
    StageScratch scratch;
    return stage.stage().ApplyAll(documents_, scratch);
  }
  const StageDocument& operator[](size_t i) const { return *documents_[i]; }

 private:
  std::vector<std::string> texts_, ids_;
  std::vector<std::unique_ptr<StageDocument>> owned_;
  std::vector<StageDocument*> documents_;
};

TEST(CommandTest, TheSameTextIsNoChange) {
  const TestStage stage("command", {{"command", {kIdentity}}});
  const TestStage::Result result = stage.Apply("a \"quoted\"\n\\ text é 日本 \t\x01");
  EXPECT_EQ(result.text, "a \"quoted\"\n\\ text é 日本 \t\x01");
  EXPECT_TRUE(result.edits.empty());
  EXPECT_TRUE(result.balances);
}

TEST(CommandTest, ReplacesDropsAndAnnotates) {
  const TestStage stage("command", {{"command", {"python3", "-Suc", R"(
import json, sys
for line in sys.stdin:
  d = json.loads(line)
  if d["text"] == "bad": print(json.dumps({"drop": "is bad"}))
  else: print(json.dumps({"text": d["text"].upper() + d["source"], "n": 3, "s": d["id"], "x": []}))
)"}},
                                    {"annotate", {"n", "s"}}});
  CM_ASSERT_OK(stage.status());
  EXPECT_EQ(stage.Apply("bad").reason, "is bad");
  const TestStage::Result result = stage.Apply("abc");
  EXPECT_EQ(result.text, "ABCtest");
  EXPECT_EQ(result.annotations, (std::map<std::string, std::string>{{"n", "3"}, {"s", "doc"}}));
  EXPECT_EQ(result.edits.at("changed"), 1);
  EXPECT_TRUE(result.balances);
}

TEST(CommandTest, PassesMembersOn) {
  const TestStage stage(
      "command",
      {{"command", {"exec sed -u 's/.*\"url\":\\(\"[^\"]*\"\\),\"none\":\"\".*/{\"text\":\\1}/'"}},
       {"members", {"url", "none"}}});
  CM_ASSERT_OK(stage.status());
  EXPECT_EQ(stage.stage().members(), (std::vector<std::string>{"url", "none"}));
  EXPECT_EQ(stage.Apply("x", {{"url", "http://a/"}}).text, "http://a/");
}

TEST(CommandTest, KeepsTheOrderOfABatch) {
  const TestStage stage("command", {{"command", {Sed(R"({"text":"\1"})")}}});
  std::vector<std::string> texts;
  for (int i = 0; i < 2000; ++i) texts.push_back(std::string(static_cast<size_t>(i % 40), 'x'));
  Batch batch(std::move(texts));
  CM_ASSERT_OK(batch.Apply(stage));
  for (size_t i = 0; i < 2000; ++i) ASSERT_EQ(batch[i].text(), "doc" + std::to_string(i));
}

TEST(CommandTest, LargeDocumentsPassThroughSmallPipes) {
  const TestStage stage("command", {{"command", {kIdentity}}});
  Batch batch({std::string(5 << 20, 'a'), "", std::string(5 << 20, '\n')});
  CM_ASSERT_OK(batch.Apply(stage));
  EXPECT_EQ(batch[0].text().size(), 5u << 20);
  EXPECT_EQ(batch[2].text(), std::string(5 << 20, '\n'));
}

TEST(CommandTest, ThreadsHaveProcessesOfTheirOwn) {
  const TestStage stage("command", {{"command", {Sed(R"({"text":"\2\2"})")}}});
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        Batch batch({text, text + "x"});
        if (batch.Apply(stage).ok() && batch[0].text() == text + text) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 120);
}

/// The error of a batch of three documents.
absl::Status Failure(const std::string& command, const std::string& timeout = "60") {
  const TestStage stage("command", {{"command", {command}}, {"timeout-seconds", {timeout}}});
  EXPECT_THAT(stage.status(), IsOk());
  Batch batch({"one", "two", "three"});
  absl::Status status = batch.Apply(stage);
  EXPECT_THAT(Message(status), testing::Not(HasSubstr("\n\n")));
  return status;
}

TEST(CommandTest, SaysWhyACommandCannotStart) {
  const TestStage stage("command", {{"command", {"/nonexistent/program", "x"}}});
  Batch batch({"x"});
  EXPECT_THAT(batch.Apply(stage),
              Fails(absl::StatusCode::kUnavailable,
                    "command /nonexistent/program x: cannot start /nonexistent/program: No such "
                    "file or directory"));
  EXPECT_THAT(Failure("/nonexistent/program 2>&-"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("ended with status 127")));
}

TEST(CommandTest, SaysHowACommandEnds) {
  EXPECT_THAT(
      Failure("exit 3"),
      Fails(absl::StatusCode::kUnavailable,
            HasSubstr("document doc0: the command ended with status 3 before it answered")));
  EXPECT_THAT(Failure("head -n 1"),
              Fails(absl::StatusCode::kUnavailable,
                    HasSubstr("document doc1: the command ended with status 0")));
  EXPECT_THAT(Failure("read -r l; echo '{\"text\":\"\"}'; kill -9 $$"),
              Fails(absl::StatusCode::kUnavailable,
                    HasSubstr("doc1: the command was killed by signal 9 (Killed)")));
  EXPECT_THAT(Failure("exec >&-; sleep 0.1"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("ended with status 0")));
  EXPECT_THAT(Failure("printf '{\"text\":'"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("doc0: the command gave half a line")));
}

TEST(CommandTest, KillsACommandThatHangs) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(Failure("sleep 100 & sleep 100", "0.2"),
              Fails(absl::StatusCode::kUnavailable,
                    HasSubstr("doc0: no answer for 0.2 seconds; try a larger timeout-seconds")));
  EXPECT_THAT(Failure("trap '' TERM; read -r l; echo \"$l\"; exec sleep 100", "0.2"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("doc1: no answer")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // No zombies.
}

TEST(CommandTest, RefusesWrongAnswers) {
  const auto wrong = [](const std::string& answer) {
    return Failure("while read -r l; do printf '%s\\n' '" + answer + "'; done");
  };
  EXPECT_THAT(wrong("{\"text\":"), Fails(absl::StatusCode::kDataLoss,
                                         HasSubstr("doc0: the answer is not a JSON object")));
  EXPECT_THAT(wrong(""), Fails(absl::StatusCode::kDataLoss, HasSubstr("not a JSON object")));
  EXPECT_THAT(wrong("[1]"), Fails(absl::StatusCode::kDataLoss, HasSubstr("not a JSON object")));
  for (const char* answer : {"{}", "{\"text\":1}", "{\"text\":\"a\",\"drop\":\"b\"}",
                             "{\"drop\":true}", "{\"text\":null}"}) {
    EXPECT_THAT(wrong(answer), Fails(absl::StatusCode::kDataLoss, HasSubstr("needs a string")));
  }
  EXPECT_THAT(
      Failure("while read -r l; do echo \"$l\"; echo \"$l\"; done"),
      // Which of the two is seen first depends on when the lines come.
      Fails(absl::StatusCode::kDataLoss,
            testing::AnyOf(HasSubstr("the answer has the id doc0: answers are out of order"),
                           HasSubstr("more lines than it gets"))));
  EXPECT_THAT(Failure("yes '{\"text\":\"\"}'"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("more lines than it gets")));
  EXPECT_THAT(Failure("head -c 20000000 /dev/zero"),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("the answer has more than")));
}

TEST(CommandTest, ReasonsAreLimited) {
  const TestStage stage("command", {{"command", {Sed(R"({"drop":"\1"})")}}});
  Batch batch(std::vector<std::string>(1001, "x"));
  EXPECT_THAT(batch.Apply(stage),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("more than 1000 different reasons")));
}

TEST(CommandTest, CancellationEndsTheWait) {
  std::atomic<bool> cancelled = false;
  Context context({.threads = 1, .cancelled = &cancelled});
  const StageInfo& info = **FindStage("command");
  StageOptions options(info.options);
  CM_ASSERT_OK(options.Set("command", {"sleep 100"}, false));
  CM_ASSERT_OK_AND_ASSIGN(
      const auto stage, info.make({.options = options, .seed = RandomKey(""), .context = context}));
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cancelled = true;
  });
  StageDocument document({.id = "d"}, "text");
  StageScratch scratch;
  EXPECT_EQ(stage->Apply(document, scratch).code(), absl::StatusCode::kCancelled);
  canceller.join();
}

TEST(CommandTest, RefusesBadOptions) {
  EXPECT_THAT(TestStage("command", {}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("command")));
  EXPECT_THAT(TestStage("command", {{"command", {"cat"}}, {"members", {"text"}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("members: ")));
  EXPECT_THAT(TestStage("command", {{"command", {""}}}).status(),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("command: ")));
}

}  // namespace
}  // namespace corpusmill
