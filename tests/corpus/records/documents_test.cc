#include "corpus/records/documents.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "corpus/base/hash.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/codecs/read_file.h"
#include "tests/corpus/containers/archives.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

/// All documents and reports of a reader.
struct Result {
  absl::Status status;
  std::vector<std::string> texts, ids, sources, members;
  std::vector<std::pair<uint64_t, uint64_t>> identities;
  DocumentCounts counts;
  std::vector<InputReport> inputs;
  std::vector<std::string> log;
};

Result Read(const std::vector<std::string>& paths, const DocumentOptions& options = {},
            uint64_t memory_limit_bytes = 256u << 20) {
  Result result;
  RecordingReporter reporter;
  Context context({.memory_limit_bytes = memory_limit_bytes, .threads = 2, .reporter = &reporter});
  const auto inputs = ResolveInputs(paths);
  if (!inputs.ok()) {
    result.status = inputs.status();
    return result;
  }
  {
    DocumentReader reader(*inputs, options, context);
    Document document;
    while (true) {
      const absl::StatusOr<bool> more = reader.Next(&document);
      result.status = more.status();
      if (!more.ok() || !*more) break;
      result.texts.emplace_back(document.text);
      result.ids.emplace_back(document.id);
      result.sources.emplace_back(document.source);
      for (const std::string_view member : document.members) result.members.emplace_back(member);
      result.identities.emplace_back(document.input, document.record);
    }
    if (result.status.ok()) result.status = reader.Close();
    result.counts = reader.counts();
    result.inputs = reader.inputs();
  }
  EXPECT_EQ(context.memory().used_bytes(), 0);
  const DocumentCounts& counts = result.counts;
  if (result.status.ok()) {
    EXPECT_EQ(counts.records, counts.documents + counts.bad_records + counts.blank_records);
    uint64_t records = 0;
    for (const InputReport& input : result.inputs) records += input.records;
    EXPECT_EQ(counts.records, records);
  }
  EXPECT_EQ(counts.documents, result.texts.size());
  result.log = reporter.lines;
  return result;
}

DocumentOptions Options(std::string_view record, std::string_view on_bad_record = "fail",
                        InvalidUtf8 invalid_utf8 = InvalidUtf8::kKeep) {
  return {.record = *ParseRecordOptions(record),
          .on_bad_record = *ParseBadRecordPolicy(on_bad_record),
          .invalid_utf8 = invalid_utf8};
}

TEST(DocumentReader, TakesTextIdAndSourceOfJsonl) {
  const TestFolder folder;
  const Result result = Read({folder.Write("a.jsonl",
                                           "{\"text\":\"one\",\"id\":\"x1\",\"source\":\"web\"}\n"
                                           "{\"id\":17,\"text\":\"t\\u4e8c\\n\"}\r\n"
                                           "\n \t\r\n"
                                           "{\"id\":null,\"source\":3,\"text\":\"\"}")});
  CM_ASSERT_OK(result.status);
  EXPECT_THAT(result.texts, ElementsAre("one", "t\u4e8c\n", ""));
  EXPECT_THAT(result.ids, ElementsAre("x1", "17", ""));
  EXPECT_THAT(result.sources, ElementsAre("web", "", "3"));
  EXPECT_EQ(result.counts.records, 5);
  EXPECT_EQ(result.counts.blank_records, 2);
  EXPECT_EQ(result.counts.text_bytes, 3 + 5 + 0);
  using Identity = std::pair<uint64_t, uint64_t>;
  EXPECT_THAT(result.identities, ElementsAre(Identity(0, 0), Identity(0, 1), Identity(0, 4)))
      << "blank lines count";
}

/// The texts and the status with --field paths.
Result ReadFields(const std::string& jsonl, std::vector<std::string> paths,
                  const std::string& separator = "\n\n") {
  const TestFolder folder;
  DocumentOptions options;
  options.field = paths.front();
  options.joined_fields.assign(paths.begin() + 1, paths.end());
  options.separator = separator;
  return Read({folder.Write("a.jsonl", jsonl)}, options);
}

TEST(DocumentReader, FieldsArePathsThroughObjectsAndLists) {
  // A number beyond 64 bits makes the slower parser read the record.
  for (const std::string& other : {std::string("1"), std::string("18446744073709551616")}) {
    const std::string record =
        "{\"n\":" + other +
        ",\"data\":{\"text\":\"no\",\"text\":\"deep\",\"list\":[\"a\",null,\"b\"]},"
        "\"messages\":[{\"role\":\"x\",\"content\":\"hi\"},{\"role\":\"y\"},"
        "{\"content\":null},{\"content\":[\"p\",\"q\"]}],\"a.b\":\"dot\",\"e\":[],"
        "\"bad\":[\"x\",1],\"title\":null,\"end\":\"E\"}\n";
    EXPECT_THAT(ReadFields(record, {"data.text"}).texts, ElementsAre("deep")) << "the last counts";
    EXPECT_THAT(ReadFields(record, {"data.list"}, "|").texts, ElementsAre("a|b"));
    EXPECT_THAT(ReadFields(record, {"messages.content"}, "|").texts, ElementsAre("hi|p|q"));
    EXPECT_THAT(ReadFields(record, {"a\\.b"}).texts, ElementsAre("dot"));
    EXPECT_THAT(ReadFields(record, {"end", "missing", "title", "data.text"}, "+").texts,
                ElementsAre("E+deep"));
    for (const auto& [path, message] : std::vector<std::pair<std::string, std::string>>{
             {"e", "has no member \"e\""},
             {"bad", "\"bad\" is not a string"},
             {"data", "\"data\" is not a string"},
             {"data.none", "has no member \"data.none\", but \"n\", \"data\""},
             {"end.x", "\"end.x\" is not a string"},
             {"a.b", "write \\. for each dot"}}) {
      EXPECT_THAT(
          ReadFields(record, {path}).status,
          Fails(absl::StatusCode::kDataLoss, AllOf(HasSubstr("a.jsonl:1"), HasSubstr(message))))
          << path;
    }
  }
  EXPECT_THAT(ReadFields("{}\n", {"a..b"}).status,
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("'a..b' is not the path")));
}

TEST(DocumentReader, MembersOfArchivesAreCutByTheirOwnFormat) {
  const TestFolder folder;
  const std::string path = folder.Write(
      "a.zip", MakeArchive({{"x.txt", "one\ntwo"},
                            {"y.jsonl", "{\"text\":\"three\"}\n\n{\"text\":\"four\"}\n"},
                            {"z.json", "[{\"text\":\"five\"},\n{\"text\":\"six\"}]"}},
                           "zip"));
  const Result lines = Read({path, path});
  CM_ASSERT_OK(lines.status);
  EXPECT_THAT(lines.texts, ElementsAre("one", "two", "three", "four", "five", "six", "one", "two",
                                       "three", "four", "five", "six"));
  using Identity = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(lines.identities[1], Identity(0, 1));
  EXPECT_EQ(lines.identities[3], Identity(0, 4)) << "numbered through the archive";
  EXPECT_EQ(lines.identities[11], Identity(1, 6));
  ASSERT_THAT(lines.inputs, SizeIs(2));
  EXPECT_EQ(lines.inputs[0].records, 7);
  EXPECT_EQ(lines.inputs[0].stored_bytes, ReadFile(path).size());
  EXPECT_EQ(lines.inputs[0].stored_hash, HashBytes(ReadFile(path)));

  DocumentOptions whole;
  whole.record.auto_fallback = RecordFormat::kWhole;
  const Result files = Read({path}, whole);
  EXPECT_THAT(files.texts, ElementsAre("one\ntwo", "three", "four", "five", "six"));
  EXPECT_THAT(files.ids.front(), path + "/x.txt");

  const std::string bad =
      folder.Write("b.tar", MakeArchive({{"d/x.jsonl", "{\"text\":\"a\"}\n{}\n"}}, "ustar"));
  EXPECT_THAT(Read({bad}).status, Fails(absl::StatusCode::kDataLoss,
                                        HasSubstr("b.tar/d/x.jsonl:2: the object has no")));
}

TEST(DocumentReader, ExplicitLinesAreNotLookedInto) {
  const TestFolder folder;
  const std::string bytes = "\xEF\xBB\xBFx\n";
  const std::string path = folder.Write("a", bytes);
  EXPECT_THAT(Read({path}, Options("lines")).texts, ElementsAre("\xEF\xBB\xBFx"));
  EXPECT_THAT(Read({path}, Options("auto")).texts, ElementsAre("x"));
  const std::string zip = folder.Write("b", MakeArchive({{"x", "y"}}, "zip"));
  EXPECT_THAT(Read({zip}, Options("nul")).texts, testing::Each(testing::Not("y")));
}

TEST(DocumentReader, ReadsAnotherField) {
  const TestFolder folder;
  DocumentOptions options;
  options.field = "content \u4e2d";
  const Result result =
      Read({folder.Write("a", "{\"text\":\"no\",\"content \\u4e2d\":\"yes\"}\n")}, options);
  CM_ASSERT_OK(result.status);
  EXPECT_THAT(result.texts, ElementsAre("yes"));
}

TEST(DocumentReader, ShowsTheMembersAskedFor) {
  const TestFolder folder;
  DocumentOptions options;
  options.members = {"lang", "source", "year"};
  const Result result =
      Read({folder.Write("a.jsonl",
                         "{\"text\":\"1\",\"lang\":\"zh\",\"source\":\"web\",\"year\":2021}\n"
                         "{\"year\":[1],\"text\":\"2\"}\n"),
            folder.Write("b.txt", "no JSON\n")},
           options);
  CM_ASSERT_OK(result.status);
  EXPECT_THAT(result.members, ElementsAre("zh", "web", "2021", "", "", ""));
  EXPECT_THAT(result.sources, ElementsAre("web", "", ""));
}

TEST(RecordName, IsALineNumberForLineFormats) {
  EXPECT_EQ(RecordName("a", RecordFormat::kLines, 0), "a:1");
  EXPECT_EQ(RecordName("a", RecordFormat::kJsonl, 6), "a:7");
  EXPECT_EQ(RecordName("-", RecordFormat::kLines, 0), "<stdin>:1");
  EXPECT_EQ(RecordName("a", RecordFormat::kNul, 6), "a: record 7");
}

TEST(DocumentReader, OfDuplicateMembersTheLastCounts) {
  const TestFolder folder;
  const Result result =
      Read({folder.Write("a", "{\"text\":\"a\",\"text\":\"b\",\"id\":1,\"id\":\"2\"}\n")});
  EXPECT_THAT(result.texts, ElementsAre("b"));
  EXPECT_THAT(result.ids, ElementsAre("2"));
}

TEST(DocumentReader, ABadRecordIsReportedWithPathLineAndReason) {
  const TestFolder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"{\"body\":\"x\"}", "no member \"text\", but \"body\"; try --field"},
      {"{\"text\":7}", "member \"text\" is not a string"},
      {"{\"text\":null}", "member \"text\" is not a string"},
      {"[\"text\"]", "not a JSON object"},
      {"{\"text\":\"x\"", "invalid JSON"},
      {"{\"text\":\"x\"} {}", "invalid JSON"},
      {"plain text", "invalid JSON"},
      {"{\"text\":\"\\ud83d\"}", "surrogate"},
      {"{\"text\":\"\xff\"}", "not UTF-8"},
  };
  for (const auto& [line, reason] : cases) {
    const std::string path = folder.Write(
        "a.jsonl", std::string("{\"text\":\"a\"}\n\n") + line + "\n{\"text\":\"b\"}\n");
    const Result result = Read({path});
    EXPECT_THAT(result.status, Fails(absl::StatusCode::kDataLoss,
                                     AllOf(StartsWith(path + ":3: "), HasSubstr(reason),
                                           HasSubstr("--on-bad-record skip"))))
        << line;
    EXPECT_THAT(result.texts, ElementsAre("a"));
    EXPECT_EQ(result.counts.bad_records, 1);
  }
}

constexpr std::string_view kMixed =
    "{\"text\":\"a\"}\n"
    "{broken}\r\n"
    "\n"
    "{\"text\":\"b\"}\n"
    "{\"text\":\xff}\n"
    "{\"text\":\"c\"}\n"
    "{\"no\":1}";

TEST(DocumentReader, SkippedRecordsAreCountedAndTheFirstIsLogged) {
  const TestFolder folder;
  const std::string path = folder.Write("a.jsonl", kMixed);
  const Result result = Read({path}, Options("auto", "skip"));
  CM_ASSERT_OK(result.status);
  EXPECT_THAT(result.texts, ElementsAre("a", "b", "c"));
  EXPECT_EQ(result.counts.records, 7);
  EXPECT_EQ(result.counts.bad_records, 3);
  EXPECT_EQ(result.counts.blank_records, 1);
  EXPECT_EQ(result.counts.bad_record_bytes, 9 + 10 + 8);
  EXPECT_THAT(result.log, ElementsAre(StartsWith(path + ":2: invalid JSON")));
}

TEST(DocumentReader, QuarantineHoldsTheRecordsUntouched) {
  const TestFolder folder;
  const std::string path = folder.Write("a.jsonl", kMixed);
  const std::string bad = folder / "bad.jsonl";
  CM_ASSERT_OK(Read({path, path}, Options("auto", "quarantine=" + bad)).status);
  const std::string expected = "{broken}\r\n{\"text\":\xff}\n{\"no\":1}\n";
  EXPECT_EQ(ReadFile(bad), expected + expected);

  const std::string packed = folder / "bad.zst";
  CM_ASSERT_OK(Read({path}, Options("auto", "quarantine=" + packed)).status);
  CM_ASSERT_OK_AND_ASSIGN(const std::string unpacked, ReadFileToString(packed));
  EXPECT_EQ(unpacked, expected);

  EXPECT_THAT(Read({path}, Options("auto", "quarantine=" + bad)).status,
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("--force")));
  DocumentOptions options = Options("auto", "quarantine=" + bad);
  options.overwrite = true;
  CM_ASSERT_OK(Read({path}, options).status);
  EXPECT_EQ(ReadFile(bad), expected);
}

TEST(DocumentReader, AFailedRunLeavesNoQuarantineFile) {
  const TestFolder folder;
  const std::string good = folder.Write("a.jsonl", kMixed);
  const std::string cut = folder.Write("b.gz", std::string("\x1f\x8b\x08\0\0", 5));
  EXPECT_THAT(Read({good, cut}, Options("jsonl", "quarantine=" + (folder / "bad"))).status,
              Fails(absl::StatusCode::kDataLoss, HasSubstr(cut)));
  EXPECT_THAT(folder.List(), ElementsAre("a.jsonl", "b.gz"));
}

TEST(DocumentReader, InvalidUtf8InRawText) {
  const TestFolder folder;
  const std::string path = folder.Write("a", "ok\nb\xff\xc3(\n\xe4\xb8\nlast");
  const Result keep = Read({path}, Options("lines"));
  EXPECT_THAT(keep.texts, ElementsAre("ok", "b\xff\xc3(", "\xe4\xb8", "last"));
  const Result replace = Read({path}, Options("lines", "fail", InvalidUtf8::kReplace));
  EXPECT_THAT(replace.texts, ElementsAre("ok", "b\ufffd\ufffd(", "\ufffd", "last"));
  EXPECT_EQ(replace.counts.text_bytes, 2 + 8 + 3 + 4);
  const Result fail = Read({path}, Options("lines", "fail", InvalidUtf8::kFail));
  EXPECT_THAT(fail.status, Fails(absl::StatusCode::kDataLoss,
                                 AllOf(StartsWith(path + ":2: "), HasSubstr("byte 1 is not"))));
  const Result skip = Read({path}, Options("lines", "skip", InvalidUtf8::kFail));
  EXPECT_THAT(skip.texts, ElementsAre("ok", "last"));
  EXPECT_EQ(skip.counts.bad_records, 2);
}

TEST(DocumentReader, InvalidUtf8InJsonl) {
  const TestFolder folder;
  const std::string path = folder.Write(
      "a",
      "{\"text\":\"ok\"}\n{\"text\":\"b\xff\",\"id\":\"\xc3\"}\n{\"\xff\":1,\"text\":\"c\"}\n");
  for (const InvalidUtf8 policy : {InvalidUtf8::kKeep, InvalidUtf8::kFail}) {
    const Result fail = Read({path}, Options("auto", "fail", policy));
    EXPECT_THAT(fail.status, Fails(absl::StatusCode::kDataLoss,
                                   AllOf(StartsWith(path + ":2: "), HasSubstr("not UTF-8"))));
    EXPECT_THAT(Read({path}, Options("auto", "skip", policy)).texts, ElementsAre("ok", "c"));
  }
  const Result replace = Read({path}, Options("auto", "fail", InvalidUtf8::kReplace));
  CM_ASSERT_OK(replace.status);
  EXPECT_THAT(replace.texts, ElementsAre("ok", "b\ufffd", "c"));
  EXPECT_THAT(replace.ids, ElementsAre("", "\ufffd", ""));
}

TEST(DocumentReader, AMemberThatNobodyAskedForCostsNoDocument) {
  const TestFolder folder;
  const std::string path = folder.Write(
      "a",
      "{\"id\":18446744073709551616,\"text\":\"a\"}\n{\"x\":1e999,\"id\":\"\\ud800\",\"text\":"
      "\"b\"}\n"
      "{\"x\":[\"\\udc00\"],\"source\":\"\xff\",\"text\":\"c\"}\n{\"text\":\"\\ud800\"}\n");
  for (const InvalidUtf8 policy : {InvalidUtf8::kKeep, InvalidUtf8::kFail, InvalidUtf8::kReplace}) {
    const Result result = Read({path}, Options("auto", "skip", policy));
    const bool replaces = policy == InvalidUtf8::kReplace;
    EXPECT_EQ(result.counts.bad_records, replaces ? 0 : 1);
    ASSERT_EQ(result.texts.size(), replaces ? 4 : 3);
    EXPECT_EQ(result.texts[2], "c");
    EXPECT_EQ(result.ids[0], "18446744073709551616");
    EXPECT_EQ(result.ids[1], "\ufffd");
    if (replaces) EXPECT_EQ(result.texts[3], "\ufffd");
  }
}

TEST(DocumentReader, RawFormatsGiveRecordsAsTheyAre) {
  const TestFolder folder;
  const std::string bytes("a\r\n\0{\"text\":1}\xff", 15);
  const std::string path = folder.Write("a", bytes);
  EXPECT_THAT(Read({path}, Options("whole")).texts, ElementsAre(bytes));
  EXPECT_THAT(Read({path}, Options("lines")).texts, ElementsAre("a\r", bytes.substr(3)));
  EXPECT_THAT(Read({path}, Options("nul")).texts, ElementsAre("a\r\n", bytes.substr(4)));
  EXPECT_THAT(Read({path}, Options("bytes:5")).texts, SizeIs(3));
  EXPECT_THAT(Read({path}, Options("bytes:4")).status,
              Fails(absl::StatusCode::kDataLoss, HasSubstr("record 4 has 3 bytes instead of 4")));
  const Result bad = Read({path}, Options("nul", "fail", InvalidUtf8::kFail));
  EXPECT_THAT(bad.status,
              Fails(absl::StatusCode::kDataLoss, StartsWith(path + ": record 2: byte ")));
}

TEST(DocumentReader, EachInputHasItsOwnFormatCodecHashAndNumbers) {
  const TestFolder folder;
  Context context({.memory_limit_bytes = 256u << 20, .threads = 1});
  const std::string jsonl = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n";
  CM_ASSERT_OK_AND_ASSIGN(const std::string gz, Encode(jsonl, Codec::kGzip, context));
  CM_ASSERT_OK_AND_ASSIGN(const std::string zst, Encode("x\ny\nz", Codec::kZstd, context));
  const std::vector<std::string> stored = {gz, "", zst, jsonl};
  const Result result = Read({folder.Write("1.json.gz", gz), folder.Write("2", ""),
                              folder.Write("3", zst), folder.Write("4", jsonl)});
  CM_ASSERT_OK(result.status);
  EXPECT_THAT(result.texts, ElementsAre("a", "b", "x", "y", "z", "a", "b"));
  using Identity = std::pair<uint64_t, uint64_t>;
  EXPECT_THAT(result.identities,
              ElementsAre(Identity(0, 0), Identity(0, 1), Identity(2, 0), Identity(2, 1),
                          Identity(2, 2), Identity(3, 0), Identity(3, 1)));
  const struct {
    const char *codec, *format;
    uint64_t records;
  } expected[] = {
      {"gz", "jsonl", 2}, {"none", "lines", 0}, {"zst", "lines", 3}, {"none", "jsonl", 2}};
  ASSERT_THAT(result.inputs, SizeIs(4));
  for (size_t i = 0; i < 4; ++i) {
    const InputReport& input = result.inputs[i];
    EXPECT_THAT(input.path, StartsWith(folder / std::to_string(i + 1)));
    EXPECT_EQ(input.codec, expected[i].codec);
    EXPECT_EQ(input.record_format, expected[i].format);
    EXPECT_EQ(input.records, expected[i].records);
    EXPECT_EQ(input.stored_bytes, stored[i].size());
    EXPECT_EQ(input.stored_hash, HashBytes(stored[i]));
  }
}

TEST(DocumentReader, NoInputsAndEmptyInputsHoldNoDocuments) {
  Context context;
  DocumentReader reader({}, {}, context);
  Document document;
  CM_ASSERT_OK_AND_ASSIGN(const bool more, reader.Next(&document));
  EXPECT_FALSE(more);
  CM_EXPECT_OK(reader.Close());
  const TestFolder folder;
  EXPECT_THAT(Read({folder.Write("empty", "")}).texts, IsEmpty());
}

TEST(DocumentReader, ADocumentTooLargeForTheBudgetNamesFileAndLine) {
  const TestFolder folder;
  constexpr uint64_t kBudget = MemoryBudget::kMinimumBytes;
  const std::string first = "{\"text\":\"a\"}\n";
  const std::string reading =
      folder.Write("a", first + "{\"text\":\"" + std::string(20 << 20, 'x') + "\"}\n");
  EXPECT_THAT(Read({reading}, {}, kBudget).status,
              Fails(absl::StatusCode::kResourceExhausted,
                    AllOf(HasSubstr(reading + ": record 2"), HasSubstr("--memory"))));
  // Fits in the buffer, but not the memory for parsing it; skipping does not hide the error.
  std::string digits = "{\"text\":\"a\",\"x\":[1";
  while (digits.size() < 2 << 20) digits += ",1";
  const std::string parsing = folder.Write("b", first + digits + "]}\n");
  for (const char* policy : {"fail", "skip"}) {
    EXPECT_THAT(Read({parsing}, Options("auto", policy), kBudget).status,
                Fails(absl::StatusCode::kResourceExhausted,
                      AllOf(StartsWith(parsing + ":2: "), HasSubstr("--memory"))));
  }
  CM_EXPECT_OK(Read({parsing}).status);
  // Nor does the memory for replacing its invalid UTF-8.
  const std::string mending = folder.Write("c", "a\n" + std::string(5 << 20, '\xff') + "\n");
  EXPECT_THAT(Read({mending}, Options("lines", "fail", InvalidUtf8::kReplace), kBudget).status,
              Fails(absl::StatusCode::kResourceExhausted,
                    AllOf(StartsWith(mending + ":2: "), HasSubstr("--memory"))));
  const Result mended = Read({mending}, Options("lines", "fail", InvalidUtf8::kReplace));
  CM_ASSERT_OK(mended.status);
  EXPECT_EQ(mended.texts[1].size(), 3 * (5u << 20));
}

TEST(DocumentReader, CancellationStopsBetweenInputs) {
  const TestFolder folder;
  std::atomic<bool> cancelled{false};
  Context context({.threads = 1, .cancelled = &cancelled});
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs,
                          ResolveInputs({folder.Write("a", "x"), folder.Write("b", "y")}));
  DocumentReader reader(inputs, {}, context);
  Document document;
  CM_ASSERT_OK(reader.Next(&document));
  cancelled = true;
  EXPECT_EQ(reader.Next(&document).status().code(), absl::StatusCode::kCancelled);
}

TEST(BadRecordPolicy, IsFailSkipOrQuarantineWithAPath) {
  EXPECT_EQ(ParseBadRecordPolicy("fail")->action, BadRecordAction::kFail);
  EXPECT_EQ(ParseBadRecordPolicy("skip")->action, BadRecordAction::kSkip);
  EXPECT_EQ(ParseBadRecordPolicy("quarantine=a=b")->quarantine_path, "a=b");
  for (const char* bad : {"", "ignore", "quarantine", "quarantine=", "SKIP"}) {
    EXPECT_THAT(ParseBadRecordPolicy(bad),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("quarantine=PATH")));
  }
}

}  // namespace
}  // namespace corpusmill
