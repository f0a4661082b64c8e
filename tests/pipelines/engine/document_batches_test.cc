#include "pipelines/engine/document_batches.h"

#include <memory>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr uint64_t kSmallest = 16 << 20;

class DocumentBatchesTest : public testing::Test {
 protected:
  void Open(std::string_view text, RecordFormat format, const ContextOptions& options,
            const DocumentBatches::Options& batch_options = {}) {
    batches_.reset();
    reader_.reset();
    context_ = std::make_unique<Context>(options);
    CM_ASSERT_OK_AND_ASSIGN(inputs_, ResolveInputs({folder_.Write("in", text)}));
    DocumentOptions documents;
    documents.record.format = format;
    reader_ = std::make_unique<DocumentReader>(inputs_, documents, *context_);
    batches_ = std::make_unique<DocumentBatches>(*reader_, inputs_, *context_, batch_options);
  }

  TestFolder folder_;
  std::vector<InputFile> inputs_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<DocumentReader> reader_;
  std::unique_ptr<DocumentBatches> batches_;
};

TEST_F(DocumentBatchesTest, GathersSmallDocuments) {
  Open("a\n\nbc\n", RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(std::unique_ptr<DocumentBatch> batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->text, "abc");
  ASSERT_EQ(batch->pieces.size(), 2u);
  EXPECT_EQ(batch->pieces[0].text_end, 1u);
  EXPECT_EQ(batch->pieces[1].record, 2u);
  EXPECT_TRUE(batch->pieces[1].first && batch->pieces[1].last);
  CM_ASSERT_OK_AND_ASSIGN(batch, batches_->Next());
  EXPECT_EQ(batch, nullptr);
  EXPECT_TRUE(batches_->done());
  EXPECT_EQ(batches_->empty_documents(), 1u);
  EXPECT_EQ(batches_->text_bytes(), 3u);
}

TEST_F(DocumentBatchesTest, NamesAreThoseOfTheFirstPiece) {
  std::string lines;
  while (lines.size() < 100'000) lines += "a line\\n";
  Open("{\"id\": \"x\", \"source\": \"web\", \"text\": \"" + lines +
           "\"}\n{\"text\": \"\"}\n{\"id\": 7, \"text\": \"b\"}\n",
       RecordFormat::kJsonl, {.memory_limit_bytes = kSmallest, .threads = 1},
       {.keep_empty = true, .keep_names = true});
  std::string names;
  uint64_t text_bytes = 0;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    size_t begin = 0, text_begin = 0;
    for (const DocumentPiece& piece : batch->pieces) {
      names += std::to_string(piece.record) + (piece.first ? "^" : "") + (piece.last ? "$ " : " ");
      names += batch->names.substr(begin, piece.id_end - begin) + "," +
               batch->names.substr(piece.id_end, piece.source_end - piece.id_end) + ";";
      EXPECT_EQ(piece.document_begin, piece.record == 0 ? text_bytes : 0);
      text_bytes += piece.text_end - text_begin;
      begin = piece.source_end;
      text_begin = piece.text_end;
    }
  }
  EXPECT_EQ(names, "0^ x,web;0$ ,;1^$ ,;2^$ 7,;");
}

TEST_F(DocumentBatchesTest, OnePieceIsABatchIfThatIsWanted) {
  Open("a\n\nbc\n", RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 1},
       {.keep_empty = true, .one_piece = true});
  for (const char* text : {"a", "", "bc"}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->text, text);
    EXPECT_EQ(batch->pieces.size(), 1u);
  }
  CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> end, batches_->Next());
  EXPECT_EQ(end, nullptr);
}

TEST_F(DocumentBatchesTest, LabelsEachDocumentOnce) {
  const std::string line(1000, 'x');
  std::string large;
  for (int i = 0; i < 200; ++i) large += line + "\\n";
  Open("{\"text\":\"a\"}\n{\"text\":\"" + large + "\"}\n", RecordFormat::kJsonl,
       {.memory_limit_bytes = kSmallest, .threads = 1});
  uint64_t labelled = 0;
  batches_->LabelDocuments([&](const Document& document) {
    ++labelled;
    return 100 + document.record;
  });
  size_t pieces = 0;
  while (true) {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<DocumentBatch> batch, batches_->Next());
    if (batch == nullptr) break;
    for (const DocumentPiece& piece : batch->pieces) {
      ++pieces;
      EXPECT_EQ(piece.label, 100 + piece.record);
      EXPECT_EQ(piece.format, RecordFormat::kJsonl);
    }
  }
  EXPECT_GT(pieces, 3u);
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
    EXPECT_LE(batch->text.size(), 64u << 10);
    ASSERT_EQ(batch->pieces.size(), 1u);
    joined += batch->text;
    EXPECT_EQ(batch->pieces[0].first, count++ == 0);
    EXPECT_EQ(batch->pieces[0].last, joined.size() == text.size());
  }
  EXPECT_TRUE(joined == text);
  EXPECT_GT(count, 10u);
}

TEST_F(DocumentBatchesTest, ALongLineWaitsUntilTheOthersAreDone) {
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
  EXPECT_TRUE(batch->text == large);
  EXPECT_EQ(batch->pieces[0].record, 2000u);
  batch.reset();
  batches_->Drained();
  CM_ASSERT_OK_AND_ASSIGN(batch, batches_->Next());
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->text, small);
}

TEST_F(DocumentBatchesTest, ALineThatNeverFitsIsAnError) {
  Open(std::string(2 << 20, 'l'), RecordFormat::kLines,
       {.memory_limit_bytes = kSmallest, .threads = 2});
  EXPECT_THAT(batches_->Next(),
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("in: record 1")));
}

TEST_F(DocumentBatchesTest, BatchesInFlightTakeAThirdOfTheBudget) {
  Open("", RecordFormat::kLines, {.memory_limit_bytes = kSmallest, .threads = 64});
  EXPECT_GE(batches_->max_in_flight(), 4u);
  EXPECT_LE(batches_->max_in_flight() * (64 << 10) * DocumentBatches::kMemoryPerTextByte,
            kSmallest / 3);
  Open("", RecordFormat::kLines, {.memory_limit_bytes = 1 << 30, .threads = 2});
  EXPECT_EQ(batches_->max_in_flight(), 4u);
}

}  // namespace
}  // namespace corpusmill
