#include "corpus/engine/document_engine.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

/// A typical result of a batch: its texts in capitals.
struct Upper {
  std::vector<std::string> texts;
};

absl::Status MakeUpper(const DocumentBatch& batch, Upper& upper) {
  for (size_t i = 0; i < batch.size(); ++i) {
    std::string text(batch.text(i));
    std::transform(text.begin(), text.end(), text.begin(), ::toupper);
    upper.texts.push_back(std::move(text));
  }
  return absl::OkStatus();
}

class DocumentEngineTest : public testing::Test {
 protected:
  void Write(int documents) {
    std::string lines;
    for (int i = 0; i < documents; ++i) {
      lines += absl::StrFormat("document %d %s\n", i, std::string(i * 37 % 500, 'x'));
    }
    CM_ASSERT_OK_AND_ASSIGN(inputs_, ResolveInputs({folder_.Write("in", lines)}));
  }

  TestFolder folder_;
  std::vector<InputFile> inputs_;
};

TEST_F(DocumentEngineTest, HandsResultsOnInOrderWhateverTheThreadsAndTheMemory) {
  Write(5000);
  std::string first;
  for (const auto& [threads, memory] : {std::pair(1, 16u << 20), {2, 16u << 20}, {2, 1u << 30}}) {
    Context context({.memory_limit_bytes = memory, .threads = threads});
    std::string all;
    CM_ASSERT_OK_AND_ASSIGN(const DocumentReport report,
                            RunDocuments<Upper>(inputs_, {.phase = "working"}, context, MakeUpper,
                                                [&](const DocumentBatch& batch, Upper& upper) {
                                                  EXPECT_EQ(batch.size(), upper.texts.size());
                                                  for (const std::string& text : upper.texts) {
                                                    all += text + "\n";
                                                  }
                                                  return absl::OkStatus();
                                                }));
    EXPECT_EQ(report.documents.documents, 5000u);
    ASSERT_EQ(report.inputs.size(), 1u);
    EXPECT_EQ(context.memory().used_bytes(), 0u);
    if (first.empty()) first = all;
    EXPECT_TRUE(all == first);
  }
  EXPECT_TRUE(first.starts_with("DOCUMENT 0 \nDOCUMENT 1 X"));
}

TEST_F(DocumentEngineTest, OnePartAtATimeGivesTheSame) {
  Write(100);
  Context context({.memory_limit_bytes = 16 << 20, .threads = 2});
  size_t batches = 0;
  CM_ASSERT_OK(RunDocuments<Upper>(
                   inputs_, {.phase = "working", .batches = {.one_part = true}}, context, MakeUpper,
                   [&](const DocumentBatch&, Upper& upper) {
                     EXPECT_TRUE(
                         upper.texts[0].starts_with(absl::StrFormat("DOCUMENT %d ", batches)));
                     ++batches;
                     return absl::OkStatus();
                   })
                   .status());
  EXPECT_EQ(batches, 100u);
}

TEST_F(DocumentEngineTest, ErrorsOfEitherFunctionEndTheRun) {
  Write(5000);
  Context context({.memory_limit_bytes = 16 << 20, .threads = 2});
  const auto nothing = [](const DocumentBatch&, Upper&) { return absl::OkStatus(); };
  const auto fails = [](const DocumentBatch&, Upper&) { return DataError("full"); };
  EXPECT_THAT(RunDocuments<Upper>(inputs_, {.phase = "working"}, context, fails, nothing),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("full")));
  EXPECT_THAT(RunDocuments<Upper>(inputs_, {.phase = "working"}, context, nothing, fails),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("full")));
  EXPECT_EQ(context.memory().used_bytes(), 0u);
}

TEST_F(DocumentEngineTest, StopsWhenItIsCancelled) {
  Write(5000);
  std::atomic<bool> cancelled = false;
  Context context({.memory_limit_bytes = 16 << 20, .threads = 1, .cancelled = &cancelled});
  size_t batches = 0;
  const auto stop = [&](const DocumentBatch&, Upper&) {
    ++batches;
    cancelled = true;
    return absl::OkStatus();
  };
  for (const bool one_part : {false, true}) {
    cancelled = false;
    batches = 0;
    EXPECT_THAT(
        RunDocuments<Upper>(inputs_, {.phase = "working", .batches = {.one_part = one_part}},
                            context, MakeUpper, stop),
        Fails(absl::StatusCode::kCancelled, HasSubstr("")));
    EXPECT_LE(batches, 3u);
  }
}

TEST_F(DocumentEngineTest, TextThatIsNotHandedOutIsAnError) {
  Write(10);
  Context context({.memory_limit_bytes = 16 << 20, .threads = 1});
  DocumentReader reader(inputs_, {}, context);
  Document document;
  CM_ASSERT_OK(reader.Next(&document).status());  // Lost: read, but not by the batches.
  DocumentBatches batches(reader, {}, context);
  CM_ASSERT_OK(batches.BeginRun());
  CM_ASSERT_OK(RunBatches<Upper>(
      batches, context, [] { return Upper(); }, MakeUpper,
      [](const DocumentBatch&, Upper&) { return absl::OkStatus(); }));
  EXPECT_THAT(CheckTextBalance(batches, reader.counts()),
              Fails(absl::StatusCode::kInternal, HasSubstr("bytes of text were processed")));
}

}  // namespace
}  // namespace corpusmill
