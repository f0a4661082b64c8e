#include "corpus/inputs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "corpus/context.h"
#include "corpus/hash.h"
#include "tests/corpus/streams.h"
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

TEST(ResolveInputs, WhatMatchesNothingIsAnErrorThatNamesIt) {
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

TEST(ResolveInputs, AnUnreadableFileIsToldBeforeAnyWork) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TestFolder folder;
  chmod(folder.Write("in/secret", "x").c_str(), 0);
  folder.Write("in/a", "x");
  EXPECT_THAT(ResolveInputs({folder / "in"}),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr("in/secret"), HasSubstr("Permission denied"))));
}

TEST(ResolveInputs, ParquetIsRefusedWithTheLineThatConvertsIt) {
  const TestFolder folder;
  const std::string path = folder.Write("data.parquet", "PAR1....PAR1");
  EXPECT_THAT(ResolveInputs({path}),
              Fails(absl::StatusCode::kDataLoss,
                    AllOf(HasSubstr(path), HasSubstr("Parquet is not supported"),
                          HasSubstr("read_parquet"), HasSubstr("docs.jsonl"))));
  CM_EXPECT_OK(ResolveInputs({folder.Write("text", "PAR")}));
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
