#include "pipelines/cleaning/preview.h"

#include <filesystem>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using Kind = TextPiece::Kind;

struct Result {
  absl::Status status;
  PreviewReport report;
  std::vector<DocumentPreview> documents;
};

Result Preview(const TestFolder& folder, std::string_view text, uint64_t count) {
  Result result;
  Context context;
  const auto run = [&]() -> absl::Status {
    CM_ASSIGN_OR_RETURN(const Recipe recipe, ParseRecipe(text, folder / "recipe.yaml"));
    CM_ASSIGN_OR_RETURN(const auto sources, ResolveSources(recipe, context));
    CM_ASSIGN_OR_RETURN(result.report, PreviewDocuments(recipe, sources, {}, count, context,
                                                        [&](const DocumentPreview& document) {
                                                          result.documents.push_back(document);
                                                        }));
    return absl::OkStatus();
  };
  result.status = run();
  return result;
}

TEST(PreviewTest, ShowsWhatEachStageDoes) {
  const TestFolder folder;
  folder.Write("a.jsonl",
               "{\"id\":\"a\",\"text\":\"one two\"}\n{\"id\":\"b\",\"text\":\"x\"}\n"
               "{\"text\":\"never read\"}\nnot JSON\n");
  const Result result =
      Preview(folder,
              "sources: [{path: a.jsonl, name: web}]\n"
              "stages: [{replace: {patterns: two, with: '2'}}, exact-dedup, {length: {min-bytes: "
              "2}}, {replace: {patterns: one, with: '1'}}]",
              2);
  CM_ASSERT_OK(result.status);
  EXPECT_EQ(result.report.documents, 2u);
  EXPECT_EQ(result.report.kept_documents, 1u);
  EXPECT_THAT(result.report.not_applied, ElementsAre("exact-dedup"));
  ASSERT_THAT(result.documents, SizeIs(2));
  const DocumentPreview& kept = result.documents[0];
  EXPECT_EQ(kept.number, 1u);
  EXPECT_EQ(kept.source, "web");
  EXPECT_EQ(kept.id, "a");
  EXPECT_EQ(kept.bytes_in, 7u);
  EXPECT_EQ(kept.bytes_out, 3u);
  EXPECT_FALSE(kept.is_dropped());
  ASSERT_THAT(kept.steps, SizeIs(2));
  EXPECT_EQ(kept.steps[0].stage, "replace");
  EXPECT_THAT(kept.steps[0].pieces,
              ElementsAre(TextPiece{Kind::kSame, "one "}, TextPiece{Kind::kRemoved, "two"},
                          TextPiece{Kind::kAdded, "2"}));
  EXPECT_EQ(kept.steps[1].stage, "replace-2");
  const DocumentPreview& dropped = result.documents[1];
  ASSERT_TRUE(dropped.is_dropped());
  ASSERT_THAT(dropped.steps, SizeIs(1));
  EXPECT_EQ(dropped.steps[0].stage, "length");
  EXPECT_EQ(dropped.steps[0].rejection->reason, "too-few-bytes");
  EXPECT_EQ(dropped.steps[0].rejection->value, 1);
  EXPECT_EQ(dropped.steps[0].rejection->threshold, 2);
  EXPECT_THAT(dropped.steps[0].pieces, ElementsAre(TextPiece{Kind::kRemoved, "x"}));
}

TEST(PreviewTest, HidesWhatPiiRemoves) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"write to jane.doe@mail.com now\"}\n");
  const Result result = Preview(folder, "sources: [a.jsonl]\nstages: [pii]", 1);
  CM_ASSERT_OK(result.status);
  ASSERT_THAT(result.documents, SizeIs(1));
  ASSERT_THAT(result.documents[0].steps, SizeIs(1));
  const PreviewStep& step = result.documents[0].steps[0];
  EXPECT_TRUE(step.hides_input);
  bool has_added = false;
  for (const TextPiece& piece : step.pieces) {
    EXPECT_NE(piece.kind, Kind::kRemoved);
    EXPECT_THAT(piece.text, Not(HasSubstr("jane")));
    has_added |= piece.kind == Kind::kAdded;
  }
  EXPECT_TRUE(has_added);
}

TEST(PreviewTest, StagesOfASourceSeeItsDocumentsOnly) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"a\"}\n");
  folder.Write("b.txt", "b");
  const Result result = Preview(
      folder,
      "sources: [a.jsonl, {path: b.txt, stages: [{replace: {patterns: '[ab]', with: c}}]}]\n"
      "stages: []",
      10);
  CM_ASSERT_OK(result.status);
  ASSERT_THAT(result.documents, SizeIs(2));
  EXPECT_THAT(result.documents[0].steps, IsEmpty());
  EXPECT_EQ(result.documents[0].id, folder / "a.jsonl#0");
  EXPECT_THAT(result.documents[1].steps, SizeIs(1));
}

TEST(PreviewTest, StagesThatTakeBatchesAndAnnotationsAreShown) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"привет\"}\n{\"text\":\"two\"}\n");
  const Result result =
      Preview(folder, "sources: [a.jsonl]\nstages: [script, {command: [sed, -u, s/two/2/]}]", 2);
  CM_ASSERT_OK(result.status);
  ASSERT_THAT(result.documents, SizeIs(2));
  ASSERT_THAT(result.documents[0].steps, SizeIs(1));
  EXPECT_THAT(result.documents[0].steps[0].annotations,
              ElementsAre(Pair("script", HasSubstr("yr")), Pair("script-share", "1")));
  ASSERT_THAT(result.documents[1].steps, SizeIs(2));
  EXPECT_EQ(result.documents[1].steps[1].stage, "command");
}

TEST(PreviewTest, WritesNothing) {
  const TestFolder folder;
  folder.Write("a.jsonl", "{\"text\":\"a\"}\nbad\n{\"text\":\"b\"}\n");
  const Recipe recipe =
      *ParseRecipe("sources: [a.jsonl]\nstages: [shuffle]", folder / "recipe.yaml");
  Context context;
  CleanOptions options;
  options.documents.on_bad_record = {BadRecordAction::kQuarantine, folder / "bad.jsonl"};
  const auto report = PreviewDocuments(recipe, *ResolveSources(recipe, context), options, 9,
                                       context, [](const DocumentPreview&) {});
  CM_ASSERT_OK(report.status());
  EXPECT_EQ(report->documents, 2u);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
    EXPECT_EQ(entry.path().filename(), "a.jsonl");
    ++files;
  }
  EXPECT_EQ(files, 1u);
}

}  // namespace
}  // namespace corpusmill
