#include "corpus/engine/document_batches.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr uint64_t kSmallest = 16 << 20;

class DocumentBatchesTest : public testing::Test {
 protected:
  void Open(std::string_view text, RecordFormat format, const ContextOptions& options,
            const BatchOptions& batch_options = {}) {
    batches_.reset();
    reader_.reset();
    context_ = std::make_unique<Context>(options);
    CM_ASSERT_OK_AND_ASSIGN(inputs_, ResolveInputs({folder_.Write("in", text)}));
    documents_.record.format = format;
    reader_ = std::make_unique<DocumentReader>(inputs_, documents_, *context_);
    batches_ = std::make_unique<DocumentBatches>(*reader_, batch_options, *context_);
  }

  TestFolder folder_;
  DocumentOptions documents_;
  std::vector<InputFile> inputs_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<DocumentReader> reader_;
  std::unique_ptr<DocumentBatches> batches_;
};

TEST_F(DocumentBatchesTest, GathersSmallDocuments) {
  Open("a\n\nbc\n", RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<DocumentBatch> batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->size(), 2u);
  EXPECT_EQ(batch->text(0), "a");
  EXPECT_EQ(batch->text(1), "bc");
  EXPECT_EQ(batch->part(1).record, 2u);
  EXPECT_TRUE(batch->part(1).first && batch->part(1).last);
  CM_ASSERT_OK_AND_ASSIGN(batch, batches_->Next());
  EXPECT_EQ(batch, nullptr);
  EXPECT_TRUE(batches_->done());
  EXPECT_EQ(batches_->empty_documents(), 1u);
  EXPECT_EQ(batches_->text_bytes(), 3u);
}

TEST_F(DocumentBatchesTest, FirstPartHasTheMembers) {
  std::string lines;
  while (lines.size() < 100'000) lines += "a line\\n";
  documents_.members = {"lang", "missing"};
  Open("{\"id\": \"x\", \"source\": \"web\", \"lang\": \"de\", \"text\": \"" + lines +
           "\"}\n{\"text\": \"\"}\n{\"id\": 7, \"text\": \"b\"}\n",
       RecordFormat::kJsonl, {.memory_limit_bytes = kSmallest, .threads = 1},
       {.keep_empty = true, .keep_members = true});
  std::string found;
  uint64_t text_bytes = 0;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    for (size_t i = 0; i < batch->size(); ++i) {
      const DocumentPart& part = batch->part(i);
      found += absl::StrFormat("%d%s%s %s,%s,%s,%s;", part.record, part.first ? "^" : "",
                               part.last ? "$" : "", batch->id(i), batch->source(i),
                               batch->member(i, 0), batch->member(i, 1));
      EXPECT_EQ(part.document_begin, part.record == 0 ? text_bytes : 0);
      text_bytes += batch->text(i).size();
    }
  }
  EXPECT_EQ(found, "0^ x,web,de,;0$ ,,,;1^$ ,,,;2^$ 7,,,;");
}

TEST_F(DocumentBatchesTest, KeepsSeveralTextsTogether) {
  documents_.more_fields = {"b"};
  documents_.members = {"n"};
  std::string lines;
  while (lines.size() < 100'000) lines += "a line\\n";
  Open(
      "{\"text\":\"one\",\"b\":\"two\",\"n\":1}\n{\"text\":\"\",\"b\":\"alone\"}\n{\"b\":\"\","
      "\"text\":\"" +
          lines + "\"}\n",
      RecordFormat::kJsonl, {.memory_limit_bytes = kSmallest, .threads = 1},
      {.keep_members = true});
  std::string found;
  size_t longest = 0;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    for (size_t i = 0; i < batch->size(); ++i) {
      EXPECT_TRUE(batch->part(i).first && batch->part(i).last);
      longest = std::max(longest, batch->text(i).size());
      found += absl::StrFormat("%s+%s+%s;", batch->text(i).substr(0, 6), batch->more_text(i, 0),
                               batch->member(i, 0));
    }
  }
  EXPECT_EQ(found, "one+two+1;+alone+;a line++;");
  EXPECT_GE(longest, 87'000u);  // Not cut, though a batch is 64 KiB.
  EXPECT_EQ(batches_->text_bytes(), reader_->counts().text_bytes);
}

TEST_F(DocumentBatchesTest, OnePartIsABatchIfRequested) {
  Open("a\n\nbc\n", RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 1},
       {.keep_empty = true, .one_part = true});
  for (const char* text : {"a", "", "bc"}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    ASSERT_NE(batch, nullptr);
    ASSERT_EQ(batch->size(), 1u);
    EXPECT_EQ(batch->text(0), text);
  }
  CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> end, batches_->Next());
  EXPECT_EQ(end, nullptr);
}

TEST_F(DocumentBatchesTest, LabelsEachDocumentOnce) {
  const std::string line(1000, 'x');
  std::string large;
  for (int i = 0; i < 200; ++i) large += line + "\\n";
  uint64_t labelled = 0;
  Open("{\"text\":\"a\"}\n{\"text\":\"" + large + "\"}\n", RecordFormat::kJsonl,
       {.memory_limit_bytes = kSmallest, .threads = 1}, {.label = [&](const Document& document) {
         ++labelled;
         return 100 + document.record;
       }});
  size_t parts = 0;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    for (size_t i = 0; i < batch->size(); ++i, ++parts) {
      EXPECT_EQ(batch->part(i).label, 100 + batch->part(i).record);
      EXPECT_EQ(batch->part(i).format, RecordFormat::kJsonl);
    }
  }
  EXPECT_GT(parts, 3u);
  EXPECT_EQ(labelled, 2u);
}

TEST_F(DocumentBatchesTest, CutsALargeDocument) {
  std::string text;
  while (text.size() < 1 << 20) text += "a line of text\n";
  Open(text, RecordFormat::kWhole, {.memory_limit_bytes = kSmallest, .threads = 1});
  std::string joined;
  size_t count = 0;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    EXPECT_LE(batch->text_bytes(), 64u << 10);
    ASSERT_EQ(batch->size(), 1u);
    joined += batch->text(0);
    EXPECT_EQ(batch->part(0).first, count++ == 0);
    EXPECT_EQ(batch->part(0).last, joined.size() == text.size());
  }
  EXPECT_TRUE(joined == text);
  EXPECT_GT(count, 10u);
}

TEST_F(DocumentBatchesTest, ALongLineWaitsForTheBatchesInFlight) {
  const std::string small(100, 's'), large(800 << 10, 'l');
  std::string text;
  for (int i = 0; i < 2000; ++i) text += small + "\n";
  Open(text + large + "\n" + small, RecordFormat::kLines,
       {.memory_limit_bytes = kSmallest, .threads = 2});
  std::vector<std::unique_ptr<DocumentBatch>> in_flight;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    in_flight.push_back(std::move(batch));
  }
  EXPECT_GT(in_flight.size(), 2u);
  EXPECT_FALSE(batches_->done());
  in_flight.clear();
  batches_->Drained();
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<DocumentBatch> batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  EXPECT_TRUE(batch->text(0) == large);
  EXPECT_EQ(batch->part(0).record, 2000u);
  batch.reset();
  batches_->Drained();
  CM_ASSERT_OK_AND_ASSIGN(batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->text(0), small);
}

TEST_F(DocumentBatchesTest, ALineThatNeverFitsIsAnError) {
  Open(std::string(2 << 20, 'l'), RecordFormat::kLines,
       {.memory_limit_bytes = kSmallest, .threads = 2});
  EXPECT_THAT(batches_->Next(), Fails(absl::StatusCode::kResourceExhausted, HasSubstr("in:1: ")));
}

TEST_F(DocumentBatchesTest, RunsEndAfterTheGivenText) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::string(100, 'a') + "\n";
  Open(text, RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 1},
       {.batch_bytes = 10'000});
  uint64_t documents = 0, runs = 0;
  while (!batches_->done()) {
    CM_ASSERT_OK(batches_->BeginRun(50'000));
    ++runs;
    while (true) {
      CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
      if (batch == nullptr) break;
      documents += batch->size();
    }
    EXPECT_TRUE(batches_->stopped());
    batches_->EndRun();
  }
  EXPECT_EQ(documents, 2000u);
  EXPECT_EQ(runs, 5u);  // 200,000 bytes; the last run finds the end.
}

TEST_F(DocumentBatchesTest, ReservedMemoryLeavesTheRestToTheWork) {
  constexpr uint64_t kReading = 8 << 20;  // For the record reader.
  const std::string small(100, 's'), large(3 << 20, 'l');
  Open(small + "\n" + small + "\n" + large + "\n", RecordFormat::kLines,
       {.memory_limit_bytes = 2 * kSmallest, .threads = 1},
       {.batch_bytes = 64 << 10, .memory_per_text_byte = 4, .reserve_memory = true});
  MemoryLease table = context_->memory().EmptyLease();
  int calls = 0;
  CM_ASSERT_OK(batches_->BeginRun(UINT64_MAX, [&] {
    ++calls;
    table.Release();
    return absl::OkStatus();
  }));
  CM_ASSERT_OK(table.Resize(context_->memory().available_bytes() - kReading, "a table"));
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<DocumentBatch> batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->size(), 2u);
  EXPECT_EQ(calls, 0);
  CM_ASSERT_OK_AND_ASSIGN(batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  EXPECT_TRUE(batch->text(0) == large);
  EXPECT_EQ(calls, 1);
}

TEST_F(DocumentBatchesTest, BatchesInFlightTakeAThirdOfTheBudget) {
  Open("", RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 64});
  EXPECT_GE(batches_->max_in_flight(), 4u);
  EXPECT_LE(batches_->max_in_flight() * (64 << 10) * BatchOptions::kEncodingMemory, kSmallest / 3);
  Open("", RecordFormat::kLines, {.memory_limit_bytes = 1 << 30, .threads = 2});
  EXPECT_EQ(batches_->max_in_flight(), 4u);
}

}  // namespace
}  // namespace corpusmill
