// The output files of a shuffle.

#include "shuffle/passes/target.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/corpus/io/streams.h"
#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

/// Shuffles to files and returns their contents, in the order of writing.
absl::StatusOr<std::vector<std::string>> ShuffleToFiles(const std::vector<std::string>& arguments,
                                                        const ShuffleOptions& options,
                                                        const ShuffleFiles& files) {
  Context context({.memory_limit_bytes = 32 << 20});
  FilesTarget target(files, context);
  CM_ASSIGN_OR_RETURN(const auto inputs, ResolveInputs(arguments));
  CM_RETURN_IF_ERROR(CheckShuffleFiles(files));
  CM_RETURN_IF_ERROR(Shuffle(inputs, options, target, context).status());
  std::vector<std::string> contents;
  for (const std::string& path : target.written()) contents.push_back(ReadFile(path));
  return contents;
}

std::string Concatenated(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

TEST(ShardsTest, HoldEqualCountsAndConcatenateToTheWhole) {
  const TestFolder folder;
  const std::string text = RandomLines(100'000, 20, 1);
  const std::string path = folder.Write("in", text);
  const std::string whole = Joined(ReferenceOrder(text, "s"));
  for (const uint64_t shards : {1, 2, 3, 7, 64}) {
    const TestFolder out;
    CM_ASSERT_OK_AND_ASSIGN(
        const std::vector<std::string> parts,
        ShuffleToFiles({path}, {.seed = "s"}, {.pattern = out / "{shard:04d}", .shards = shards}));
    ASSERT_EQ(parts.size(), shards);
    EXPECT_EQ(out.List().size(), shards);
    EXPECT_TRUE(Concatenated(parts) == whole);
    size_t least = SIZE_MAX, most = 0;
    for (const std::string& part : parts) {
      least = std::min(least, RecordsOf(part).size());
      most = std::max(most, RecordsOf(part).size());
    }
    EXPECT_LE(most - least, 1) << shards;
  }
}

TEST(ShardsTest, EachSplitHasItsOwnNumber) {
  const TestFolder folder;
  const std::string path = folder.Write("in", RandomLines(20'000, 20, 1));
  ShuffleOptions options{.seed = "s"};
  CM_ASSERT_OK_AND_ASSIGN(options.splits, ParseSplits("train=90%,valid=9%,test=1%"));
  CM_ASSERT_OK_AND_ASSIGN(
      const std::vector<std::string> whole,
      ShuffleToFiles({path}, options,
                     {.pattern = folder / "{split}", .splits = {"train", "valid", "test"}}));
  ASSERT_EQ(whole.size(), 3);
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<std::string> parts,
                          ShuffleToFiles({path}, options,
                                         {.pattern = folder / "{split}-{shard}",
                                          .split_shards = {8, 1, 2},
                                          .splits = {"train", "valid", "test"}}));
  ASSERT_EQ(parts.size(), 11);
  EXPECT_TRUE(Concatenated({parts.begin(), parts.begin() + 8}) == whole[0]);
  EXPECT_TRUE(parts[8] == whole[1]);
  EXPECT_TRUE(parts[9] + parts[10] == whole[2]);
  size_t least = SIZE_MAX, most = 0;
  for (size_t i = 0; i < 8; ++i) {
    least = std::min(least, RecordsOf(parts[i]).size());
    most = std::max(most, RecordsOf(parts[i]).size());
  }
  EXPECT_LE(most - least, 1);
  EXPECT_THAT(folder.List(), testing::IsSupersetOf({"train-7", "valid-0", "test-1"}));
  EXPECT_THAT(folder.List(), testing::Not(testing::Contains("valid-1")));
}

TEST(ShardsTest, MoreShardsThanRecords) {
  const TestFolder folder;
  for (const auto& [text, shards] : {std::pair("a\nb\n", 5), std::pair("", 3)}) {
    const std::string pattern = folder / "out-{shard}";
    CM_ASSERT_OK_AND_ASSIGN(
        std::vector<std::string> parts,
        ShuffleToFiles(
            {folder.Write("in", text)}, {.seed = "s"},
            {.pattern = pattern, .overwrite = true, .shards = static_cast<uint64_t>(shards)}));
    EXPECT_EQ(parts.size(), shards);
    EXPECT_EQ(Concatenated(parts).size(), std::string(text).size());
  }
}

// The contents of the shards, by definition.
std::vector<std::string> ShardsBySize(const std::vector<Placed>& order, uint64_t size) {
  std::vector<std::string> shards(1);
  uint64_t start = 0;
  for (const Placed& record : order) {
    shards.resize(std::max<size_t>(shards.size(), start / size + 1));
    shards[start / size] += record.bytes + "\n";
    start += record.bytes.size() + 1;
  }
  // One shard for every full or partial `size`.
  shards.resize(std::max<size_t>(shards.size(), (start + size - 1) / size));
  return shards;
}

TEST(ShardSizeTest, TheStartOfARecordChoosesItsShard) {
  const TestFolder folder;
  const std::string long_lines = std::string(30'000, 'L') + "\n" + std::string(100'000, 'M') + "\n";
  const std::string text = RandomLines(200'000, 100, 2) + long_lines + "\n\n";
  const std::string path = folder.Write("in", text);
  for (const char* const seed : {"s", "t", "u"}) {
    const std::vector<Placed> order = ReferenceOrder(text, seed);
    for (const uint64_t size : {4096, 50'000, 200'000, 10'000'000}) {
      const TestFolder out;
      CM_ASSERT_OK_AND_ASSIGN(
          const std::vector<std::string> parts,
          ShuffleToFiles({path}, {.seed = seed},
                         {.pattern = out / "{shard:05d}.txt", .shard_bytes = size}));
      EXPECT_TRUE(parts == ShardsBySize(order, size)) << seed << " " << size;
    }
  }
}

TEST(ShardSizeTest, AnOversizedRecordIsFollowedByEmptyShards) {
  const TestFolder folder;
  const std::string text = std::string(5 << 20, 'g') + "\n";
  const TestFolder out;
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<std::string> parts,
                          ShuffleToFiles({folder.Write("in", text)}, {.seed = "s"},
                                         {.pattern = out / "{shard}", .shard_bytes = 1 << 20}));
  EXPECT_EQ(parts.size(), 6);
  EXPECT_TRUE(parts[0] == text);
  for (size_t i = 1; i < parts.size(); ++i) EXPECT_EQ(parts[i], "");
}

TEST(ShardsTest, AreCompressedIndependently) {
  const TestFolder folder;
  const std::string text = RandomLines(6 << 20, 100, 3);
  const std::string path = folder.Write("in", text);
  Context context;
  for (const Codec codec : {Codec::kZstd, Codec::kGzip}) {
    const TestFolder out;
    CM_ASSERT_OK_AND_ASSIGN(
        const std::vector<std::string> parts,
        ShuffleToFiles({path}, {.seed = "s"},
                       {.pattern = out / "{shard}", .codec = codec, .shards = 3}));
    std::string whole;
    for (const std::string& part : parts) whole += *Decode(part, context);
    EXPECT_TRUE(whole == Joined(ReferenceOrder(text, "s")));
  }
}

TEST(HeaderTest, IsAtTheTopOfEveryOutput) {
  const TestFolder folder;
  const std::vector<std::string> paths = {folder.Write("a", "h1\nh2\na\nb\n"),
                                          folder.Write("empty", ""), folder.Write("b", "h1\nh2\nc"),
                                          folder.Write("only", "h1\nh2")};
  const std::vector<std::string> order = RecordsOf(
      Joined(ReferenceOrder({{.text = "a\nb\n"}, {.text = ""}, {.text = "c"}, {.text = ""}}, "s")));
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<std::string> parts,
                          ShuffleToFiles(paths, {.seed = "s", .header_records = 2},
                                         {.pattern = folder / "out-{shard}", .shards = 4}));
  EXPECT_THAT(parts, ElementsAre("h1\nh2\n", "h1\nh2\n" + order[0] + "\n",
                                 "h1\nh2\n" + order[1] + "\n", "h1\nh2\n" + order[2] + "\n"));
}

TEST(HeaderTest, MustExistAndBeEqual) {
  const TestFolder folder;
  const ShuffleOptions options = {.seed = "s", .header_records = 2};
  const std::string a = folder.Write("a", "h\nh\n1\n"), b = folder.Write("b", "h\ni\n1\n");
  EXPECT_THAT(ShuffleToFiles({a, b}, options, {.pattern = folder / "out"}),
              Fails(absl::StatusCode::kDataLoss, HasSubstr(b + ": its header differs")));
  const std::string c = folder.Write("c", "h\n");
  EXPECT_THAT(ShuffleToFiles({c}, options, {.pattern = folder / "out"}),
              Fails(absl::StatusCode::kDataLoss, HasSubstr(c + ": has 1 records, fewer than")));
  // A long first record must not be reported as a missing second record.
  const std::string d = folder.Write("d", std::string(3 << 20, 'h') + "\nh\n1\n");
  EXPECT_THAT(ShuffleToFiles({d}, options, {.pattern = folder / "out"}),
              Fails(absl::StatusCode::kDataLoss, HasSubstr(d + ": the header is longer than")));
  EXPECT_THAT(folder.List(), ElementsAre("a", "b", "c", "d"));
}

TEST(PatternTest, NamesEachOutput) {
  const ShuffleFiles files = {.pattern = "x/{name}-{split}.{shard:03d}{shard}",
                              .shards = 2,
                              .splits = {"train", "test"},
                              .names = {"en", "de"}};
  EXPECT_EQ(ShufflePath(files, 0, 0), "x/en-train.0000");
  EXPECT_EQ(ShufflePath(files, 1, 1), "x/en-test.0011");
  EXPECT_EQ(ShufflePath(files, 2, 12345), "x/de-train.1234512345");
  EXPECT_EQ(ShufflePath({.pattern = "{"}, 0, 0), "{");
}

TEST(PatternTest, ErrorsAreReportedBeforeAnyWork) {
  const TestFolder folder;
  const auto check = [&](ShuffleFiles files) {
    files.pattern = folder / files.pattern;
    return CheckShuffleFiles(files);
  };
  const std::vector<std::string> splits = {"a", "b"};
  CM_EXPECT_OK(check({.pattern = "x"}));
  CM_EXPECT_OK(check({.pattern = "{split}{shard}", .shards = 9, .splits = splits}));
  EXPECT_THAT(check({.pattern = "x", .shards = 2}), Fails(kInvalid, HasSubstr("--shards needs")));
  EXPECT_THAT(check({.pattern = "x", .shard_bytes = 2}),
              Fails(kInvalid, HasSubstr("--shard-size needs {shard}")));
  EXPECT_THAT(check({.pattern = "x", .splits = splits}),
              Fails(kInvalid, HasSubstr("--split needs {split}")));
  EXPECT_THAT(check({.pattern = "x", .names = splits}),
              Fails(kInvalid, HasSubstr("--aligned needs {name}")));
  EXPECT_THAT(check({.pattern = "{shard}"}), Fails(kInvalid, HasSubstr("needs --shards or")));
  EXPECT_THAT(check({.pattern = "{split}"}), Fails(kInvalid, HasSubstr("needs --split")));
  EXPECT_THAT(check({.pattern = "{name}"}), Fails(kInvalid, HasSubstr("needs --aligned")));
  EXPECT_THAT(check({.pattern = "{name}", .names = {"a", "a"}}),
              Fails(kInvalid, HasSubstr("is the name of two outputs")));
  for (const char* const unknown :
       {"{x}", "{}", "{shard:5d}", "{shard:05x}", "{shard:}", "{split:02d}", "{shard:099d}"}) {
    EXPECT_THAT(check({.pattern = unknown, .shards = 2}),
                Fails(kInvalid, HasSubstr(std::string(unknown) + " is unknown; ")))
        << unknown;
  }
  folder.Write("out-1", "");
  EXPECT_THAT(check({.pattern = "out-{shard}", .shards = 2}),
              Fails(kInvalid, HasSubstr("out-1: exists; use --force")));
  CM_EXPECT_OK(check({.pattern = "out-{shard}", .overwrite = true, .shards = 2}));
}

/// Returns `text` in chunks of odd sizes.
class Chunks final : public ByteSource {
 public:
  explicit Chunks(std::string_view text) : text_(text) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t n = std::min({size, size_t{1009}, text_.size()});
    std::memcpy(buffer, text_.data(), n);
    text_.remove_prefix(n);
    return n;
  }
  const std::string& name() const override { return name_; }

 private:
  std::string_view text_;
  const std::string name_ = "chunks";
};

TEST(RecordTargetTest, FromAProgramToAProgram) {
  const std::string oversized = RandomLines(3 << 20, 3 << 20, 1).substr(0, 3 << 20) + "\n";
  const std::string text = RandomLines(20 << 20, 200, 5) + oversized + RandomLines(1 << 20, 200, 6);
  const auto open = [&text]() -> absl::StatusOr<std::unique_ptr<ByteSource>> {
    return std::make_unique<Chunks>(text);
  };
  for (const uint64_t mib : {16, 256}) {
    Context context({.memory_limit_bytes = mib << 20});
    std::string found;
    const auto target = RecordTarget(
        [&found](size_t stream, std::string_view record) {
          EXPECT_EQ(stream, 0);
          found.append(record).append("\n");
          return absl::OkStatus();
        },
        context);
    CM_ASSERT_OK_AND_ASSIGN(const ShuffleReport report, Shuffle({SourceInput("chunks", open)},
                                                                {.seed = "s"}, *target, context));
    EXPECT_TRUE(found == Joined(ReferenceOrder(text, "s")));
    EXPECT_EQ(report.output_bytes, text.size());
  }
}

TEST(RecordTargetTest, ReportsTheSplitAndStopsAtAnError) {
  Context context;
  const std::string text = RandomLines(1 << 20, 200, 5);
  const auto open = [&text]() -> absl::StatusOr<std::unique_ptr<ByteSource>> {
    return std::make_unique<Chunks>(text);
  };
  std::vector<size_t> records(2);
  const auto target = RecordTarget(
      [&](size_t stream, std::string_view) {
        return ++records[stream] == 100 && stream == 1 ? DataError("enough") : absl::OkStatus();
      },
      context);
  const ShuffleOptions options = {.seed = "s",
                                  .splits = {{"a", uint64_t{1} << 63}, {"b", ~uint64_t{0}}}};
  EXPECT_THAT(Shuffle({SourceInput("chunks", open)}, options, *target, context).status(),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("enough")));
  EXPECT_GT(records[0], 2000);
  EXPECT_EQ(records[1], 100);
}

TEST(FilesTargetTest, AnErrorLeavesNoFiles) {
  const TestFolder folder;
  const std::string path = folder.Write("in", RandomLines(100'000, 20, 4));
  // The third shard cannot be written.
  folder.Write("out-2/in-the-way", "");
  EXPECT_THAT(ShuffleToFiles({path}, {.seed = "s"},
                             {.pattern = folder / "out-{shard}", .shard_bytes = 20'000}),
              Fails(kInvalid, HasSubstr("out-2: is a folder")));
  EXPECT_THAT(folder.List(), ElementsAre("in", "out-2", "out-2/in-the-way"));
}

TEST(FilesTargetTest, IsWrittenWholeOrNotAtAll) {
  const TestFolder folder;
  const std::string path = folder.Write("in", "1\n2\n");
  const std::string out = folder.Write("out", "old");
  EXPECT_THAT(ShuffleToFiles({path}, {.seed = "s"}, {.pattern = out}),
              Fails(kInvalid, HasSubstr("exists")));
  EXPECT_EQ(ReadFile(out), "old");
  CM_EXPECT_OK(ShuffleToFiles({path}, {.seed = "s"}, {.pattern = out, .overwrite = true}));
  EXPECT_EQ(ReadFile(out), Joined(ReferenceOrder("1\n2\n", "s")));
}

TEST(VerifyShuffleTest, DetectsAChangedRecord) {
  const TestFolder folder;
  const std::string text = RandomLines(100'000, 20, 5) + std::string(3 << 20, 'g');
  Context context({.memory_limit_bytes = 16 << 20});
  const ShuffleOptions options = {.seed = "s", .header_records = 1};
  FilesTarget target({.pattern = folder / "out{shard}", .shards = 3}, context);
  CM_ASSERT_OK_AND_ASSIGN(const auto inputs, ResolveInputs({folder.Write("in", text)}));
  CM_ASSERT_OK_AND_ASSIGN(const ShuffleReport report, Shuffle(inputs, options, target, context));
  CM_EXPECT_OK(VerifyShuffle(target.written(), options, report, context));
  std::string changed = ReadFile(folder / "out1");
  changed[changed.size() / 2] ^= 1;
  folder.Write("out1", changed);
  EXPECT_THAT(VerifyShuffle(target.written(), options, report, context),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("not what was written")));
}

}  // namespace
}  // namespace corpusmill
