#include "corpus/records/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "tests/corpus/io/faulty_calls.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// The resolved paths below the folder, or the message of the error.
std::vector<std::string> Resolve(const TestFolder& folder, std::vector<std::string> names) {
  for (std::string& name : names) {
    if (name != "-") name = folder / name;
  }
  const absl::StatusOr<std::vector<InputFile>> inputs = ResolveInputs(names);
  if (!inputs.ok()) return {std::string(inputs.status().message())};
  std::vector<std::string> paths;
  for (const InputFile& input : *inputs) {
    paths.push_back(
        input.path == "-" ? "-" : fs::path(input.path).lexically_relative(folder.path()).string());
  }
  return paths;
}

void WriteAll(const TestFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) folder.Write(name, name);
}

TEST(ResolveInputs, FilesKeepTheOrderOfTheArgumentsAndMayRepeat) {
  const TestFolder folder;
  WriteAll(folder, {"a", "b", ".hidden", "_under"});
  EXPECT_THAT(Resolve(folder, {"b", "a", "b"}), ElementsAre("b", "a", "b"));
  EXPECT_THAT(Resolve(folder, {".hidden", "_under"}), ElementsAre(".hidden", "_under"))
      << "a file that is named is read";
  EXPECT_THAT(Resolve(folder, {"a", "-"}), ElementsAre("a", "-"));
}

TEST(ResolveInputs, NoArgumentIsStandardInputAndTwiceIsAnError) {
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({}));
  ASSERT_EQ(inputs.size(), 1);
  EXPECT_EQ(inputs[0].path, "-");
  EXPECT_FALSE(inputs[0].is_regular);
  EXPECT_THAT(ResolveInputs({"-", "-"}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("twice")));
}

TEST(ResolveInputs, FoldersAreRecursiveSortedWithoutHiddenNames) {
  const TestFolder folder;
  WriteAll(folder, {"in/b.jsonl", "in/a.jsonl", "in/sub/deep/c", "in/sub/a", "in/.hidden",
                    "in/_SUCCESS", "in/_temp/x", "in/.git/x", "in/sub/.x", "in/z", "in/a.b_c"});
  const auto expected =
      ElementsAre("in/a.b_c", "in/a.jsonl", "in/b.jsonl", "in/sub/a", "in/sub/deep/c", "in/z");
  EXPECT_THAT(Resolve(folder, {"in"}), expected);
  EXPECT_THAT(Resolve(folder, {"in/"}), expected);
}

TEST(ResolveInputs, CompressingAFileDoesNotMoveItInItsFolder) {
  const TestFolder plain, packed;
  WriteAll(plain, {"in/a", "in/a-b", "in/a.jsonl", "in/b.jsonl"});
  WriteAll(packed, {"in/a.zst", "in/a-b.xz", "in/a.jsonl.gz", "in/b.jsonl.bz2"});
  EXPECT_THAT(Resolve(plain, {"in"}), ElementsAre("in/a", "in/a-b", "in/a.jsonl", "in/b.jsonl"));
  EXPECT_THAT(Resolve(packed, {"in"}),
              ElementsAre("in/a.zst", "in/a-b.xz", "in/a.jsonl.gz", "in/b.jsonl.bz2"));
  EXPECT_THAT(Resolve(packed, {"in/*"}),
              ElementsAre("in/a.zst", "in/a-b.xz", "in/a.jsonl.gz", "in/b.jsonl.bz2"));
}

TEST(ResolveInputs, PatternsMatchFilesAndFoldersAndALiteralNameComesFirst) {
  const TestFolder folder;
  WriteAll(folder, {"part-1.txt", "part-2.txt", "part-10.txt", ".part-3.txt", "dir-1/x", "dir-2/y",
                    "odd[1].txt", "odd1.txt", "star*", "starless"});
  EXPECT_THAT(Resolve(folder, {"part-?.txt"}), ElementsAre("part-1.txt", "part-2.txt"));
  EXPECT_THAT(Resolve(folder, {"part-*"}), ElementsAre("part-1.txt", "part-10.txt", "part-2.txt"));
  EXPECT_THAT(Resolve(folder, {"part-[2-9]*"}), ElementsAre("part-2.txt"));
  EXPECT_THAT(Resolve(folder, {"dir-*"}), ElementsAre("dir-1/x", "dir-2/y"));
  EXPECT_THAT(Resolve(folder, {"odd[1].txt"}), ElementsAre("odd[1].txt"));
  EXPECT_THAT(Resolve(folder, {"star*"}), ElementsAre("star*"));
}

TEST(ResolveInputs, AnArgumentWithoutMatchIsAnErrorThatNamesIt) {
  const TestFolder folder;
  fs::create_directory(folder / "empty");
  WriteAll(folder, {"hidden/.x", "hidden/_y"});
  EXPECT_THAT(ResolveInputs({folder / "none"}),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr(folder / "none"), HasSubstr("No such file"))));
  EXPECT_THAT(ResolveInputs({folder / "*.none"}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("matches no file")));
  for (const char* name : {"empty", "hidden"}) {
    EXPECT_THAT(ResolveInputs({folder / name}),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("holds no input files")));
  }
  fs::create_symlink("gone", folder / "dangling");
  EXPECT_THAT(ResolveInputs({folder / "dangling"}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("No such file")));
  EXPECT_FALSE(ResolveInputs({""}).ok());
}

TEST(ResolveInputs, AnUnreadableFileIsReportedBeforeAnyWork) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TestFolder folder;
  chmod(folder.Write("in/secret", "x").c_str(), 0);
  folder.Write("in/a", "x");
  EXPECT_THAT(ResolveInputs({folder / "in"}),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr("in/secret"), HasSubstr("Permission denied"))));
}

TEST(ResolveInputs, AnyFailingCallIsReported) {
  const TestFolder folder;
  for (const char* name : {"in/a", "in/sub/b"}) folder.Write(name, "x");
  int errors = 0;
  for (int at = 0;; ++at) {
    FaultyCalls calls(at, EIO);
    absl::StatusOr<std::vector<InputFile>> inputs;
    {
      const ScopedFileCalls scope(&calls);
      inputs = ResolveInputs({folder / "in"});
    }
    SCOPED_TRACE(testing::Message() << "call " << at << ", " << calls.culprit());
    if (inputs.ok()) {
      EXPECT_EQ(inputs->size(), 2u) << "an input is lost";
    } else {
      ++errors;
      EXPECT_THAT(inputs, Fails(absl::StatusCode::kUnavailable,
                                AllOf(HasSubstr(folder / "in"), HasSubstr("Input/output error"))));
    }
    if (calls.culprit().empty()) break;
  }
  EXPECT_GT(errors, 10);
}

TEST(ResolveInputs, FilesThatAreNoTextAreRefusedBeforeAnyWork) {
  const TestFolder folder;
  const std::string path = folder.Write("data.pdf", "%PDF-1.7");
  EXPECT_THAT(ResolveInputs({path}, {.format = RecordFormat::kAuto}),
              Fails(absl::StatusCode::kDataLoss,
                    AllOf(HasSubstr(path), HasSubstr("a PDF document"), HasSubstr("pdftotext"))));
  CM_EXPECT_OK(ResolveInputs({path}, {.format = RecordFormat::kLines})) << "arbitrary lines";
  CM_EXPECT_OK(ResolveInputs({folder.Write("text", "%PD")}, {.format = RecordFormat::kAuto}));
}

TEST(ResolveInputs, WhatAFolderLeavesOutIsCounted) {
  const TestFolder folder;
  WriteAll(folder, {"in/a", "in/.git/x", "in/_SUCCESS", "in/b/.h", "in/b/c.part"});
  ASSERT_EQ(mkfifo((folder / "in/fifo").c_str(), 0600), 0);
  RecordingReporter reporter;
  CM_ASSERT_OK(ResolveInputs({folder / "in"}, {.reporter = &reporter}));
  EXPECT_THAT(reporter.lines,
              ElementsAre(HasSubstr("in: leaving out 3 names that begin with . or _, 1 unfinished "
                                    ".part file and 1 pipe, socket or device; name a file")));
  reporter.lines.clear();
  CM_ASSERT_OK(ResolveInputs({folder / "in/a", folder / "in/a*"}, {.reporter = &reporter}));
  EXPECT_THAT(reporter.lines, testing::IsEmpty());
}

TEST(ResolveInputs, PatternsOfFolders) {
  const TestFolder folder;
  WriteAll(folder, {"a/1.txt", "a/b/2.txt", "a/b/c/3.txt", "a/b/c/4.md"});
  EXPECT_THAT(Resolve(folder, {"a/**/*.txt"}), ElementsAre("a/1.txt", "a/b/2.txt", "a/b/c/3.txt"));
  EXPECT_THAT(Resolve(folder, {"a/{b/2,1}.txt"}), ElementsAre("a/1.txt", "a/b/2.txt"));
  EXPECT_THAT(Resolve(folder, {"a/[b]"}), ElementsAre("a/b/2.txt", "a/b/c/3.txt", "a/b/c/4.md"))
      << "a match that is a folder stands for its files";
}

TEST(ResolveInputs, LoopsOfLinksEnd) {
  const TestFolder folder;
  WriteAll(folder, {"in/a/x"});
  fs::create_symlink("..", folder / "in/a/up");
  fs::create_symlink(".", folder / "in/self");
  fs::create_symlink("a", folder / "in/sibling");
  EXPECT_THAT(Resolve(folder, {"in"}), ElementsAre("in/a/x", "in/sibling/x"));
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THAT(ResolveInputs({folder / "loop"}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("loop")));
}

TEST(ResolveInputs, SizesAreKnownForRegularFilesOnly) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(auto inputs,
                          ResolveInputs({folder.Write("a", "abc"), folder.Write("b", "")}));
  EXPECT_TRUE(inputs[0].is_regular);
  EXPECT_EQ(inputs[0].size_bytes, 3);
  EXPECT_EQ(TotalBytes(inputs), 3);
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  CM_ASSERT_OK_AND_ASSIGN(inputs, ResolveInputs({folder / "a", folder / "fifo"}));
  EXPECT_FALSE(inputs[1].is_regular);
  EXPECT_EQ(TotalBytes(inputs), 0);
}

TEST(ResolveInputs, TimesOfChangeAreKnownForRegularFilesOnly) {
  const TestFolder folder;
  folder.Write("a", "abc");
  const timespec times[2] = {{1, 1}, {1'700'000'000, 123'456'789}};
  ASSERT_EQ(utimensat(AT_FDCWD, (folder / "a").c_str(), times, 0), 0);
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({folder / "a", folder / "fifo"}));
  EXPECT_EQ(inputs[0].modified_ns, 1'700'000'000'123'456'789);
  EXPECT_EQ(inputs[1].modified_ns, 0);
}

TEST(ToWholeWeights, KeepsTheProportion) {
  const auto whole = [](std::initializer_list<const char*> texts) {
    std::vector<Weight> weights;
    for (const char* const text : texts) weights.push_back(*ParseWeight(text));
    std::vector<uint64_t> numbers;
    const absl::StatusOr<WholeWeights> found = ToWholeWeights(weights);
    if (!found.ok()) return numbers;
    numbers = found->weights;
    numbers.insert(numbers.begin(), found->unit);
    return numbers;
  };
  using Numbers = std::vector<uint64_t>;
  EXPECT_EQ(whole({"1", "1"}), (Numbers{1, 1, 1}));
  EXPECT_EQ(whole({"2.5", "1"}), (Numbers{2, 5, 2}));
  EXPECT_EQ(whole({"0.1", "3"}), (Numbers{10, 1, 30}));
  EXPECT_EQ(whole({"0.3", "0.7", "3.3"}), (Numbers{10, 3, 7, 33}));
  EXPECT_EQ(whole({"4", "6"}), (Numbers{1, 4, 6}));
  EXPECT_EQ(whole({"0.000001", "0.999999"}), (Numbers{1'000'000, 1, 999'999}));
  EXPECT_EQ(whole({"0.0000001"}), Numbers());
}

TEST(ParseWeight, IsExact) {
  const auto weight = [](std::string_view text) { return ParseWeight(text).value(); };
  EXPECT_TRUE(weight("1").is_one());
  EXPECT_TRUE(weight("001.000").is_one());
  EXPECT_EQ(weight("2"), (Weight{2, 0}));
  EXPECT_EQ(weight("2.5"), (Weight{2, uint64_t{1} << 63}));
  EXPECT_EQ(weight("0.25"), (Weight{0, uint64_t{1} << 62}));
  EXPECT_EQ(weight("0.1"), (Weight{0, 1'844'674'407'370'955'161}));  // 2^64 / 10
  EXPECT_EQ(weight("3.3"), (Weight{3, 5'534'023'222'112'865'484}));  // 3 × 2^64 / 10
  EXPECT_EQ(weight("0.00000000000000001"), (Weight{0, 184}));        // 2^64 / 10^17
  EXPECT_EQ(weight("0.99999999999999999"), (Weight{0, UINT64_MAX - 184}));
  EXPECT_EQ(weight("1000000"), (Weight{1'000'000, 0}));
  EXPECT_EQ(weight("999999.5"), (Weight{999'999, uint64_t{1} << 63}));
}

TEST(ParseWeight, RefusesTextThatIsNotAWeight) {
  for (const char* bad : {"",
                          "0",
                          "0.0",
                          "000",
                          ".5",
                          "2.",
                          ".",
                          "1.2.3",
                          "-1",
                          "+1",
                          " 1",
                          "1 ",
                          "1e3",
                          "1,5",
                          "x",
                          "inf",
                          "1000000.1",
                          "1000001",
                          "999999999999999999",
                          "0.000000000000000001",
                          "0000000000000000001"}) {
    EXPECT_THAT(ParseWeight(bad),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("is not a weight")))
        << bad;
  }
}

/// Resolves arguments with weights: "path*copies+fraction" each.
std::vector<std::string> ResolveWeighted(const TestFolder& folder,
                                         const std::vector<std::string>& names) {
  std::vector<std::string> arguments;
  for (const std::string& name : names) {
    arguments.push_back(name.starts_with("-") ? name : folder / name);
  }
  const auto inputs = ResolveInputs(arguments, {.allow_weights = true});
  if (!inputs.ok()) return {std::string(inputs.status().message())};
  std::vector<std::string> found;
  for (const InputFile& input : *inputs) {
    std::string path = input.path;
    if (path != "-") path = fs::path(path).lexically_relative(folder.path()).string();
    found.push_back(path + "*" + std::to_string(input.weight.copies));
    if (input.weight.fraction == uint64_t{1} << 63) found.back() += ".5";
  }
  return found;
}

TEST(ResolveInputs, AWeightAppliesToAllFilesOfItsArgument) {
  const TestFolder folder;
  WriteAll(folder, {"a", "b.txt", "c.txt", "in/x", "in/y@9", "in/sub/z"});
  EXPECT_THAT(ResolveWeighted(folder, {"a@2", "in@0.5", "a", "*.txt@3.5", "in/@4"}),
              ElementsAre("a*2", "in/sub/z*0.5", "in/x*0.5", "in/y@9*0.5", "a*1", "b.txt*3.5",
                          "c.txt*3.5", "in/sub/z*4", "in/x*4", "in/y@9*4"));
  EXPECT_THAT(ResolveWeighted(folder, {"a@2", "-@2"}), ElementsAre("a*2", "-*2"));
  EXPECT_THAT(ResolveWeighted(folder, {"-", "-@2"}), ElementsAre(HasSubstr("named twice")));
}

TEST(ResolveInputs, TheLastSuffixIsTheWeight) {
  const TestFolder folder;
  WriteAll(folder, {"a@2", "a@2@3", "b@", "c@abc", "d@1e3", "e@.5", "f@2.", "g@-1", "@7"});
  EXPECT_THAT(ResolveWeighted(folder, {"a@2@1", "a@2@3@0.5", "b@", "b@@2", "c@abc", "c@abc@2",
                                       "d@1e3", "e@.5", "f@2.", "g@-1", "@7@2"}),
              ElementsAre("a@2*1", "a@2@3*0.5", "b@*1", "b@*2", "c@abc*1", "c@abc*2", "d@1e3*1",
                          "e@.5*1", "f@2.*1", "g@-1*1", "@7*2"));
  EXPECT_THAT(ResolveWeighted(folder, {"a@2"}),
              ElementsAre(AllOf(HasSubstr("taken as a weight"), HasSubstr("a@2@1 for"))));
  EXPECT_THAT(ResolveWeighted(folder, {"none@2"}),
              ElementsAre(AllOf(HasSubstr("/none: cannot open"))));
  WriteAll(folder, {"a"});
  EXPECT_THAT(ResolveWeighted(folder, {"a@2"}), ElementsAre("a*2")) << "both files are there";
}

TEST(ResolveInputs, AWeightOfZeroOrTooLargeIsAnErrorThatSaysHowToEscape) {
  const TestFolder folder;
  for (const char* name : {"x@0", "x@0.00", "x@1000001", "x@20241122", "x@1234567890123456789"}) {
    WriteAll(folder, {name});
    EXPECT_THAT(ResolveInputs({folder / name}, {.allow_weights = true}),
                Fails(absl::StatusCode::kInvalidArgument,
                      AllOf(HasSubstr("above 0 and at most 1000000"),
                            HasSubstr("write " + folder / name + "@1"))));
  }
}

TEST(ResolveInputs, WeightsAreRefusedUnlessTheCommandSupportsThem) {
  const TestFolder folder;
  WriteAll(folder, {"a", "b@2"});
  EXPECT_THAT(ResolveInputs({folder / "a@2.5"}),
              Fails(absl::StatusCode::kInvalidArgument,
                    HasSubstr("weights (@2.5) are not supported by this command yet")));
  EXPECT_THAT(Resolve(folder, {"a@1", "a@1.0", "b@2@1"}), ElementsAre("a", "a", "b@2"));
}

/// A zst frame header: a window of 2^log bytes, and the content size if it is known.
std::string ZstFrame(int log, std::optional<uint32_t> content) {
  std::string frame("\x28\xb5\x2f\xfd", 4);
  frame += static_cast<char>(content ? 0x80 : 0);
  frame += static_cast<char>((log - 10) << 3);
  for (int shift = 0; content && shift < 32; shift += 8)
    frame += static_cast<char>(*content >> shift);
  return frame + std::string(20, '\1');
}

TEST(ReserveDecoders, HoldsWhatTheLargestWindowNeeds) {
  const TestFolder folder;
  constexpr uint64_t kMiB = 1 << 20;
  const std::string plain = folder.Write("plain", "a\nb\n");
  const std::string usual = folder.Write("usual.zst", ZstFrame(23, std::nullopt));
  const std::string wide = folder.Write("wide.zst", ZstFrame(27, 100 << 20));
  const std::string tiny = folder.Write("tiny.zst", ZstFrame(27, 5));
  const std::string open = folder.Write("open.zst", ZstFrame(27, std::nullopt));
  const auto reserved = [](const std::vector<std::string>& paths,
                           uint64_t memory) -> absl::StatusOr<uint64_t> {
    Context context({.memory_limit_bytes = memory, .threads = 1});
    CM_ASSIGN_OR_RETURN(const auto inputs, ResolveInputs(paths));
    CM_ASSIGN_OR_RETURN(const auto reservation, ReserveDecoders(inputs, context));
    const uint64_t used = context.memory().used_bytes();
    // Inputs of a job know no more than their path.
    std::vector<InputFile> bare = inputs;
    for (InputFile& input : bare) input.decoder.reset();
    Context other({.memory_limit_bytes = memory, .threads = 1});
    CM_ASSIGN_OR_RETURN(const auto same, ReserveDecoders(bare, other));
    EXPECT_EQ(other.memory().used_bytes(), used);
    return used;
  };
  EXPECT_EQ(reserved({plain, usual, tiny, plain}, 16 * kMiB).value(), 0);
  EXPECT_GE(reserved({plain, wide, tiny}, 256 * kMiB).value(), 90 * kMiB);
  EXPECT_LE(reserved({plain, wide, tiny}, 256 * kMiB).value(), 92 * kMiB);
  EXPECT_GE(reserved({open}, 256 * kMiB).value(), 118 * kMiB);
  // Perhaps it is short.
  EXPECT_LE(reserved({open}, 16 * kMiB).value(), 4 * kMiB);
  EXPECT_THAT(
      reserved({plain, wide}, 64 * kMiB),
      Fails(absl::StatusCode::kResourceExhausted,
            AllOf(HasSubstr(wide + ": decoding needs 100."), HasSubstr("try --memory 117M"))));
}

TEST(ChargeInputList, ChargesLongListsOnly) {
  Context context({.memory_limit_bytes = MemoryBudget::kMinimumBytes, .threads = 1});
  {
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease few,
                            ChargeInputList(std::vector<InputFile>(10'000), 4, context));
    EXPECT_EQ(few.bytes(), 0);
    CM_ASSERT_OK_AND_ASSIGN(const MemoryLease one,
                            ChargeInputList(std::vector<InputFile>(100'000), 1, context));
    EXPECT_LT(one.bytes(), 8 << 20);
  }
  EXPECT_EQ(context.memory().used_bytes(), 0);
  EXPECT_THAT(ChargeInputList(std::vector<InputFile>(100'000), 4, context),
              Fails(absl::StatusCode::kResourceExhausted,
                    AllOf(HasSubstr("100000 inputs needs 4"), HasSubstr("try --memory 6"))));
}

TEST(OpenInput, CountsHashesAndReportsTheStoredBytes) {
  const TestFolder folder;
  RecordingReporter reporter;
  Context context({.memory_limit_bytes = 512u << 20, .threads = 2, .reporter = &reporter});
  const std::string text = RandomText(300'000, 1);
  uint64_t total = 0;
  for (const Codec codec : {Codec::kNone, Codec::kGzip, Codec::kBzip2, Codec::kXz, Codec::kZstd}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string stored, Encode(text, codec, context));
    CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({folder.Write("x", stored)}));
    CM_ASSERT_OK_AND_ASSIGN(auto stream, OpenInput(inputs[0], context));
    CM_ASSERT_OK_AND_ASSIGN(const std::string decoded, Drain(*stream));
    EXPECT_TRUE(decoded == text);
    EXPECT_EQ(stream->codec(), codec);
    EXPECT_EQ(stream->stored_bytes(), stored.size());
    EXPECT_EQ(stream->stored_hash(), HashBytes(stored));
    EXPECT_EQ(reporter.advanced, total += stored.size());
    EXPECT_EQ(stream->name(), folder / "x");
  }
}

TEST(OpenInput, ReadsTheSameWithoutHashing) {
  const TestFolder folder;
  Context context({.threads = 1});
  const std::string text = RandomText(300'000, 1);
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({folder.Write("x", text)}));
  CM_ASSERT_OK_AND_ASSIGN(auto stream, OpenInput(inputs[0], context, {.hash = false}));
  CM_ASSERT_OK_AND_ASSIGN(const std::string read, Drain(*stream));
  EXPECT_TRUE(read == text);
  EXPECT_EQ(stream->stored_bytes(), text.size());
}

TEST(OpenInput, AFileThatGrowsOrShrinksIsAnErrorAtItsEnd) {
  const TestFolder folder;
  Context context({.memory_limit_bytes = 512u << 20, .threads = 2});
  const std::string text = RandomText(200'000, 1);
  for (const Codec codec : {Codec::kNone, Codec::kGzip, Codec::kBzip2, Codec::kXz, Codec::kZstd}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::string stored, Encode(text, codec, context));
    const std::string path = folder.Write("x", stored);
    for (const std::string& changed :
         {stored + stored, stored.substr(0, stored.size() / 2), stored + "x"}) {
      folder.Write("x", stored);
      CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({path}));
      folder.Write("x", changed);
      CM_ASSERT_OK_AND_ASSIGN(auto stream, OpenInput(inputs[0], context));
      EXPECT_THAT(Drain(*stream), Fails(absl::StatusCode::kDataLoss, HasSubstr(path)));
      if (changed == stored + "x" && codec != Codec::kNone) continue;  // Corrupt comes first.
      CM_ASSERT_OK_AND_ASSIGN(stream, OpenInput(inputs[0], context));
      EXPECT_THAT(Drain(*stream),
                  Fails(absl::StatusCode::kDataLoss, HasSubstr("changed while it was read")));
    }
  }
}

TEST(OpenInput, AFileThatIsWrittenOverIsAnErrorAtItsEnd) {
  const TestFolder folder;
  Context context;
  const std::string path = folder.Write("x", std::string(100'000, 'x'));
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({path}));
  CM_ASSERT_OK_AND_ASSIGN(auto stream, OpenInput(inputs[0], context));
  folder.Write("x", std::string(100'000, 'y'));
  // File systems update their clocks in steps.
  const auto time = std::filesystem::last_write_time(path) + std::chrono::seconds(1);
  std::filesystem::last_write_time(path, time);
  EXPECT_THAT(Drain(*stream),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("was written to while it was read")));
  // A file renamed over it is ignored: the open file is read.
  CM_ASSERT_OK_AND_ASSIGN(const auto again, ResolveInputs({path}));
  CM_ASSERT_OK_AND_ASSIGN(stream, OpenInput(again[0], context));
  std::filesystem::rename(folder.Write("z", "z"), path);
  CM_ASSERT_OK_AND_ASSIGN(const std::string read, Drain(*stream));
  EXPECT_EQ(read, std::string(100'000, 'y'));
}

TEST(OpenInput, AFileThatVanishedIsAnIoError) {
  const TestFolder folder;
  Context context;
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({folder.Write("x", "x")}));
  fs::remove(folder / "x");
  EXPECT_THAT(OpenInput(inputs[0], context),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("No such file")));
}

}  // namespace
}  // namespace corpusmill
