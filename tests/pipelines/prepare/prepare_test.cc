#include "pipelines/prepare/prepare.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipelines/shards/safetensors.h"
#include "pipelines/shards/shards.h"
#include "tests/pipelines/prepare/prepare_testing.h"
#include "tokenizer/encode/tokenizer.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kEos = Model::kEosId;
constexpr uint32_t kBos = Model::kBosId;

/// Reads all files of the output folder, by name.
std::map<std::string, std::string> FilesIn(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = ReadFile(entry.path().string());
  }
  return files;
}

/// Verifies the whole folder and reads all sequences.
std::vector<Sequence> Sequences(const std::string& path) {
  Context context({.threads = 1});
  absl::StatusOr<ShardFolder> folder = ShardFolder::Open(path, context);
  EXPECT_THAT(folder, IsOk());
  CM_EXPECT_OK(folder->Verify());
  absl::StatusOr<std::vector<Sequence>> sequences = folder->Head(1 << 20);
  EXPECT_THAT(sequences, IsOk());
  EXPECT_EQ(sequences->size(), folder->manifest().counts.rows);
  return *std::move(sequences);
}

/// Reassembles the documents from sequences: (input, record) → tokens.
std::map<std::pair<int, int64_t>, std::vector<uint32_t>> Documents(
    const std::vector<Sequence>& sequences) {
  std::map<std::pair<int, int64_t>, std::vector<uint32_t>> documents;
  for (const Sequence& sequence : sequences) {
    for (const SequenceSegment& segment : sequence.segments) {
      if (segment.input < 0) continue;
      auto& ids = documents[{segment.input, segment.record}];
      ids.insert(ids.end(), sequence.ids.begin() + segment.begin,
                 sequence.ids.begin() + segment.end);
    }
  }
  return documents;
}

std::string LinesOfText(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    text += "the record " + std::to_string(i * 7919) + " has 数据 and \u00e9e\u0301 in it";
    text += i % 3 == 0 ? "\n\n" : "\n";
  }
  return text;
}

TEST_F(PrepareTest, PacksDocumentsIntoSequences) {
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, RunText("abcd\n\nvwxyz\nq\n"));
  const std::vector<Sequence> rows = Sequences(options_.output_path);
  ASSERT_EQ(rows.size(), 2u);
  const uint32_t ab = 3 + 256;  // The first two-byte piece of the tiny model.
  EXPECT_THAT(rows[0].ids, ElementsAre(testing::Ge(ab), ByteId('c'), ByteId('d'), kEos, ByteId('v'),
                                       ByteId('w'), ByteId('x'), ByteId('y')));
  EXPECT_THAT(rows[1].ids, ElementsAre(ByteId('z'), kEos, ByteId('q'), kEos, 0, 0, 0, 0));
  EXPECT_EQ(rows[0].last_label, static_cast<int32_t>(ByteId('z')));
  EXPECT_EQ(rows[1].last_label, -100);
  EXPECT_EQ(rows[0].tokens, 8u);
  EXPECT_EQ(rows[1].tokens, 4u);
  ASSERT_EQ(rows[1].segments.size(), 3u);
  EXPECT_EQ(rows[0].segments[1].begin, 4u);
  EXPECT_EQ(rows[0].segments[1].record, 2);
  EXPECT_EQ(rows[1].segments[0].record, 2);
  EXPECT_EQ(rows[1].segments[1].record, 3);
  EXPECT_EQ(rows[1].segments[2].record, -1);
  EXPECT_EQ(rows[1].segments[2].end, 8u);

  const Manifest& manifest = report.manifest;
  EXPECT_EQ(manifest.counts.records, 4u);
  EXPECT_EQ(manifest.counts.documents, 4u);
  EXPECT_EQ(manifest.dropped[DropReason::kEmptyDocument].records, 1u);
  EXPECT_EQ(manifest.counts.text_bytes, 10u);
  EXPECT_EQ(manifest.counts.tokens, 12u);
  EXPECT_EQ(manifest.counts.special_tokens, 3u);
  EXPECT_EQ(manifest.counts.padding_tokens, 4u);
  EXPECT_EQ(manifest.counts.segments, 5u);
  EXPECT_EQ(manifest.tokenizer.file, "tiny.model");
  EXPECT_EQ(SerializeManifest(manifest), ReadFile(options_.output_path + "/manifest.json"));
}

/// A compiled model with the symbols of a chat after those of the tiny model.
std::string ChatModel() {
  CM_EXPECT_OK(Model::Parse(TinyModel(), "tiny"));
  Vocabulary vocabulary = *Vocabulary::FromModel(*Model::Parse(TinyModel(), "tiny"));
  CM_EXPECT_OK(vocabulary.AddSymbol(Vocabulary::Type::kControl, "<|im_end|>"));
  CM_EXPECT_OK(vocabulary.AddSymbol(Vocabulary::Type::kUserDefined, "<tool>"));
  return Tokenizer::Create(vocabulary)->Compile();
}

TEST_F(PrepareTest, MatchesSymbolsAndAccountsForTheirNames) {
  options_.model_path = folder_.Write("chat.cmtok", ChatModel());
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Open(options_.model_path));
  const uint32_t end = *tokenizer.vocabulary().SymbolId("<|im_end|>");
  const uint32_t tool = *tokenizer.vocabulary().SymbolId("<tool>");
  options_.match_symbols = true;
  options_.eos = "<|im_end|>";
  const std::string text = "the <|im_end|>e\u0301<tool><eos>\nx\n";
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, RunText(text));
  const auto documents = Documents(Sequences(options_.output_path));
  std::vector<uint32_t> expected;
  EncodeScratch scratch;
  tokenizer.EncodeWithSymbols("the <|im_end|>e\u0301<tool><eos>", &expected, &scratch);
  EXPECT_THAT(expected, ElementsAre(testing::_, end, testing::_, tool, kEos));
  expected.push_back(end);
  EXPECT_EQ(documents.at({0, 0}), expected);
  EXPECT_THAT(documents.at({0, 1}), ElementsAre(ByteId('x'), end));
  const Manifest& manifest = report.manifest;
  EXPECT_EQ(manifest.counts.text_bytes, text.size() - 2);
  EXPECT_EQ(manifest.counts.normalized_bytes, text.size() - 3);
  EXPECT_EQ(manifest.counts.symbol_bytes, 10u + 5u);
  EXPECT_EQ(manifest.counts.special_tokens, 2u);
  EXPECT_TRUE(manifest.options.match_symbols);
  EXPECT_TRUE(manifest.options.add_eos);
  EXPECT_EQ(manifest.options.eos, "<|im_end|>");
  EXPECT_EQ(manifest.options.bos, "");

  // A dropped tail with symbols balances too.
  options_.overwrite = true;
  options_.tail = TailAction::kDrop;
  options_.seq_len = 6;
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport dropped, RunText(text));
  EXPECT_EQ(dropped.manifest.dropped[DropReason::kTail].tokens, 2u);
  options_.eos = "<nothing>";
  EXPECT_THAT(RunText(text), Fails(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("--eos: the vocabulary has no symbol named")));
}

TEST_F(PrepareTest, WarnsOfNamesThatAreNotMatched) {
  options_.model_path = folder_.Write("chat.cmtok", ChatModel());
  class Warnings final : public Reporter {
   public:
    void Log(LogLevel, std::string_view message) override { all.emplace_back(message); }
    void StartPhase(std::string_view, uint64_t) override {}
    void Advance(uint64_t) override {}
    void EndPhase() override {}
    std::vector<std::string> all;
  } warnings;
  const std::string path = folder_.Write("text", "a<|im_end|>\n<tool> <tool>\nb\n");
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report,
                          Run({path}, {.threads = 2, .reporter = &warnings}));
  EXPECT_THAT(warnings.all,
              ElementsAre(testing::StartsWith("3 names of symbols in the text were encoded as "
                                              "ordinary text (<tool> 2 times, <|im_end|> once);")));
  EXPECT_EQ(report.manifest.counts.symbol_bytes, 0u);
  EXPECT_FALSE(report.manifest.options.match_symbols);
  EXPECT_EQ(report.manifest.options.eos, "<eos>");
}

TEST_F(PrepareTest, DocumentsCanBeReassembledFromShards) {
  options_.documents.record.format = RecordFormat::kWhole;
  options_.add_bos = true;
  options_.seq_len = 16;
  options_.shard_tokens = 100;  // Rounded down to 6 rows.
  const std::vector<std::string> texts = {LinesOfText(3), "x", LinesOfText(40), "", "数据数据"};
  std::vector<std::string> paths;
  for (size_t i = 0; i < texts.size(); ++i) {
    paths.push_back(folder_.Write("in" + std::to_string(i), texts[i]));
  }
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, Run(paths));
  EXPECT_GT(report.manifest.shards.size(), 3u);
  EXPECT_EQ(report.manifest.shards[0].rows, 6u);

  CM_ASSERT_OK_AND_ASSIGN(Model model, Model::Load(options_.model_path));
  CM_ASSERT_OK_AND_ASSIGN(const Tokenizer tokenizer, Tokenizer::Create(std::move(model)));
  auto documents = Documents(Sequences(options_.output_path));
  EXPECT_EQ(documents.size(), 4u);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    std::vector<uint32_t> expected = {kBos};
    tokenizer.Encode(texts[i], &expected);
    expected.push_back(kEos);
    EXPECT_EQ((documents[{static_cast<int>(i), 0}]), expected) << i;
  }
}

TEST_F(PrepareTest, BytesDoNotDependOnThreadsOrMemory) {
  // A document larger than several batches, a document of one long line, many small documents.
  const std::vector<std::string> paths = {
      folder_.Write("a", LinesOfText(1)),
      folder_.Write("b", LinesOfText(20000)),
      folder_.Write("c", std::string(300 << 10, 'x') + " one line"),
      folder_.Write("d", LinesOfText(3000)),
  };
  options_.documents.record.format = RecordFormat::kWhole;
  options_.seq_len = 128;
  options_.shard_tokens = 200000;
  std::map<std::string, std::string> first;
  for (const ContextOptions& context :
       {ContextOptions{.memory_limit_bytes = 16 << 20, .threads = 1},
        ContextOptions{.memory_limit_bytes = 16 << 20, .threads = 2},
        ContextOptions{.memory_limit_bytes = 1 << 30, .threads = 1},
        ContextOptions{.memory_limit_bytes = 1 << 30, .threads = 4}}) {
    CM_ASSERT_OK(Run(paths, context));
    if (first.empty()) {
      first = FilesIn(options_.output_path);
      EXPECT_GT(first.size(), 3u);
      Sequences(options_.output_path);
    } else {
      EXPECT_TRUE(FilesIn(options_.output_path) == first);
    }
    options_.overwrite = true;
  }
}

TEST_F(PrepareTest, ManyTinyDocumentsFitIntoTheSmallestBudget) {
  // The columns of one shard exceed the memory for columns.
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "q\n";
  options_.seq_len = 64;
  CM_ASSERT_OK(Run({folder_.Write("in", text)}, {.memory_limit_bytes = 16 << 20, .threads = 2}));
  EXPECT_EQ(Documents(Sequences(options_.output_path)).size(), 60000u);
}

TEST_F(PrepareTest, ALineThatCannotFitNamesTheDocument) {
  const std::string path = folder_.Write("in", "short\n" + std::string(3 << 20, 'x'));
  EXPECT_THAT(Run({path}, {.memory_limit_bytes = 16 << 20, .threads = 2}),
              Fails(absl::StatusCode::kResourceExhausted,
                    testing::AllOf(HasSubstr(path + ":2: "), HasSubstr("--memory"))));
  EXPECT_FALSE(fs::exists(options_.output_path));
  EXPECT_FALSE(fs::exists(options_.output_path + ".part"));
}

TEST_F(PrepareTest, SequencesOfExactlyOneDocument) {
  options_.add_eos = false;
  CM_ASSERT_OK(RunText("ijklmnop\nrstuvwxy\n"));
  std::vector<Sequence> rows = Sequences(options_.output_path);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].last_label, -100);
  EXPECT_EQ(rows[0].segments.size(), 1u);
  EXPECT_EQ(rows[1].tokens, 8u);

  options_.overwrite = true;
  CM_ASSERT_OK(RunText("ijklmnopq\n"));
  rows = Sequences(options_.output_path);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].last_label, static_cast<int32_t>(ByteId('q')));
  EXPECT_EQ(rows[1].tokens, 1u);
}

TEST_F(PrepareTest, DropsAndCountsTheTail) {
  options_.tail = TailAction::kDrop;
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, RunText("vwxyz\nijk数据\nq\n"));
  const std::vector<Sequence> rows = Sequences(options_.output_path);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].tokens, 8u);
  // The label is the next token, although its row was dropped.
  EXPECT_EQ(rows[0].last_label, static_cast<int32_t>(ByteId('k')));
  const Dropped& tail = report.manifest.dropped[DropReason::kTail];
  EXPECT_EQ(tail.tokens, 5u);  // k 数据 <eos> q <eos>
  EXPECT_EQ(tail.bytes, 8u);
  EXPECT_EQ(tail.records, 1u);  // Only the last document has no token in a shard.
  EXPECT_EQ(report.manifest.counts.padding_tokens, 0u);
  EXPECT_EQ(report.manifest.shards[0].documents, 2u);
}

TEST_F(PrepareTest, ATailWithoutFullRows) {
  options_.tail = TailAction::kDrop;
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, RunText("q\n"));
  EXPECT_TRUE(report.manifest.shards.empty());
  EXPECT_EQ(report.manifest.dropped[DropReason::kTail].tokens, 2u);
  EXPECT_TRUE(Sequences(options_.output_path).empty());
}

TEST_F(PrepareTest, NoInputTextMakesAManifestWithoutShards) {
  CM_ASSERT_OK_AND_ASSIGN(PrepareReport report, RunText(""));
  EXPECT_EQ(report.manifest.counts.records, 0u);
  EXPECT_TRUE(Sequences(options_.output_path).empty());
  options_.overwrite = true;
  CM_ASSERT_OK_AND_ASSIGN(report, RunText("\n\n\n"));
  EXPECT_EQ(report.manifest.dropped[DropReason::kEmptyDocument].records, 3u);
  EXPECT_THAT(FilesIn(options_.output_path).size(), 1u);
}

TEST_F(PrepareTest, CountsBadRecordsAndBlankLines) {
  options_.documents.record.format = RecordFormat::kAuto;
  options_.documents.on_bad_record.action = BadRecordAction::kSkip;
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report,
                          RunText("{\"text\":\"one\"}\n\nnot json\n{\"text\":\"\"}\n"));
  const ManifestDropped& dropped = report.manifest.dropped;
  EXPECT_EQ(report.manifest.counts.records, 4u);
  EXPECT_EQ(dropped[DropReason::kBadRecord].records, 1u);
  EXPECT_EQ(dropped[DropReason::kBadRecord].bytes, 8u);
  EXPECT_EQ(dropped[DropReason::kBlankLine].records, 1u);
  EXPECT_EQ(dropped[DropReason::kEmptyDocument].records, 1u);
  EXPECT_EQ(report.manifest.inputs[0].record_format, "jsonl");
  EXPECT_EQ(report.manifest.options.record, "auto");
}

TEST_F(PrepareTest, NormalizesAsRequested) {
  options_.add_eos = false;
  CM_ASSERT_OK_AND_ASSIGN(PrepareReport report, RunText("e\u0301\n"));
  EXPECT_EQ(report.manifest.counts.text_bytes, 3u);
  EXPECT_EQ(report.manifest.counts.normalized_bytes, 2u);
  EXPECT_EQ(report.manifest.counts.tokens, 1u);
  options_.overwrite = true;
  options_.normalization = Normalization::kNone;
  CM_ASSERT_OK_AND_ASSIGN(report, RunText("e\u0301\n"));
  EXPECT_EQ(report.manifest.counts.normalized_bytes, 3u);
  EXPECT_EQ(report.manifest.counts.tokens, 3u);
}

TEST_F(PrepareTest, UsesTheNarrowestIdType) {
  for (const auto& [fill, dtype] : {std::pair<size_t, std::string>{65536 - 264, "U16"},
                                    std::pair<size_t, std::string>{65536 - 263, "U32"}}) {
    const std::string json = TinyModel(fill);
    CM_ASSERT_OK_AND_ASSIGN(const Model model, Model::Parse(json, "m"));
    options_.model_path = folder_.Write("large.model", json);
    options_.overwrite = true;
    CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, RunText("the 数据\xFFz\n"));
    EXPECT_EQ(report.manifest.tokenizer.vocab_size, model.vocab_size());
    EXPECT_EQ(model.vocab_size() <= 65536, dtype == "U16");
    const std::string shard = ReadFile(options_.output_path + "/shard-00000.safetensors");
    EXPECT_THAT(shard.substr(0, 4096), HasSubstr("\"input_ids\":{\"dtype\":\"" + dtype));
    EXPECT_EQ(Sequences(options_.output_path)[0].ids[2], ByteId('\xFF'));
  }
}

TEST_F(PrepareTest, TensorsAreAlignedForEverySequenceLength) {
  options_.overwrite = true;
  for (uint64_t seq_len = 2; seq_len < 10; ++seq_len) {
    options_.seq_len = seq_len;
    options_.shard_tokens = 3 * seq_len;
    CM_ASSERT_OK(RunText("vwxyz\nijk\nq\n"));
    Sequences(options_.output_path);
    Context context({.threads = 1});
    CM_ASSERT_OK_AND_ASSIGN(
        auto file, OpenRandomAccessFile(options_.output_path + "/shard-00000.safetensors"));
    CM_ASSERT_OK_AND_ASSIGN(auto reader, SafetensorsReader::Open(std::move(file), context));
    for (const TensorInfo& tensor : reader->tensors()) {
      EXPECT_EQ(tensor.begin % ElementBytes(tensor.type), 0u) << tensor.name << " " << seq_len;
    }
  }
}

TEST_F(PrepareTest, RefusesAnExistingFolder) {
  CM_ASSERT_OK(RunText("one\n"));
  const auto before = FilesIn(options_.output_path);
  EXPECT_THAT(RunText("two\n"), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("--force")));
  EXPECT_EQ(FilesIn(options_.output_path), before);
  options_.overwrite = true;
  CM_ASSERT_OK(RunText("two\n"));
  EXPECT_NE(FilesIn(options_.output_path), before);
}

TEST_F(PrepareTest, KeepsFoldersWithOtherFiles) {
  options_.overwrite = true;
  folder_.Write("out/thesis.txt", "years of work");
  EXPECT_THAT(RunText("one\n"), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("thesis.txt")));
  EXPECT_EQ(ReadFile(folder_ / "out/thesis.txt"), "years of work");
}

TEST_F(PrepareTest, AFailureLeavesNothing) {
  const std::string good = folder_.Write("good", LinesOfText(3000));
  const std::string bad = folder_.Write("bad", "{\"text\":1}\n");
  options_.shard_tokens = 8;
  options_.documents.record.format = RecordFormat::kAuto;
  EXPECT_THAT(Run({good, bad}), Fails(absl::StatusCode::kDataLoss, HasSubstr("bad:1")));
  EXPECT_THAT(folder_.List(), ElementsAre("bad", "good", "tiny.model"));
}

/// Simulates Ctrl-C: sets a flag after some bytes were read.
class Interrupter : public Reporter {
 public:
  explicit Interrupter(std::atomic<bool>* flag) : flag_(flag) {}
  void Log(LogLevel, std::string_view) override {}
  void StartPhase(std::string_view, uint64_t) override {}
  void Advance(uint64_t bytes) override {
    if ((bytes_ += bytes) > 1 << 20) flag_->store(true);
  }
  void EndPhase() override {}

 private:
  std::atomic<bool>* const flag_;
  std::atomic<uint64_t> bytes_ = 0;
};

TEST_F(PrepareTest, CancellationLeavesNothing) {
  std::vector<std::string> paths(40, folder_.Write("in", LinesOfText(2000)));
  options_.shard_tokens = 1000;
  std::atomic<bool> cancelled = false;
  Interrupter interrupter(&cancelled);
  EXPECT_THAT(Run(paths, {.threads = 2, .reporter = &interrupter, .cancelled = &cancelled}),
              Fails(absl::StatusCode::kCancelled, "interrupted"));
  EXPECT_THAT(folder_.List(), ElementsAre("in", "tiny.model"));
}

TEST_F(PrepareTest, ChecksOptionsFirst) {
  const auto fails = [this](std::string_view what) {
    EXPECT_THAT(RunText("q\n"),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(what))));
  };
  for (const uint64_t seq_len : {uint64_t{0}, uint64_t{1}, (uint64_t{1} << 20) + 1}) {
    options_.seq_len = seq_len;
    fails("it must be 2 to 1048576");
  }
  options_.seq_len = 8;
  for (const uint64_t shard_tokens : {uint64_t{0}, (uint64_t{1} << 30) + 1}) {
    options_.shard_tokens = shard_tokens;
    fails("it must be 1 to 1073741824");
  }
  options_.shard_tokens = 1;  // Less than a row: rounded up to one row.
  CM_ASSERT_OK_AND_ASSIGN(const PrepareReport report, RunText("ijklmnopqrst\n"));
  EXPECT_EQ(report.manifest.shards.size(), 2u);
  options_.output_path = folder_ / "nowhere/out";
  fails("does not exist");
  options_.output_path = folder_ / "out2";
  options_.model_path = folder_ / "no.model";
  EXPECT_THAT(RunText("q\n"), Fails(absl::StatusCode::kUnavailable, HasSubstr("no.model")));
  EXPECT_FALSE(fs::exists(folder_ / "out2"));
  EXPECT_FALSE(fs::exists(folder_ / "out2.part"));
}

TEST_F(PrepareTest, ParsesTailActions) {
  for (const TailAction action : {TailAction::kPad, TailAction::kDrop}) {
    CM_ASSERT_OK_AND_ASSIGN(const TailAction parsed, ParseTailAction(TailActionName(action)));
    EXPECT_EQ(parsed, action);
  }
  EXPECT_THAT(ParseTailAction("keep"),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("pad or drop")));
}

}  // namespace
}  // namespace corpusmill
