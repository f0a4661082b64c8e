#include "corpus/io/output_folder.h"

#include <filesystem>
#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kUsage = absl::StatusCode::kInvalidArgument;
const OutputOptions kForce = {.overwrite = true};

constexpr std::string_view kManifest = "a list of songs";

constexpr FolderKind kSongs = {
    .name = "a folder of songs",
    .manifest_name = "songs.txt",
    .is_data_name = [](std::string_view name) { return name.ends_with(".ogg"); },
    .is_manifest = [](const std::string& path) { return ReadFile(path) == kManifest; },
};

class OutputFolderTest : public testing::Test {
 protected:
  std::string out() const { return folder_ / "out"; }

  /// Writes a folder with `content` as its only song.
  void WriteOurs(const std::string& content, const OutputOptions& options = {}) {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kSongs, options));
    EXPECT_FALSE(options.overwrite ? false : fs::exists(out()) && !fs::is_empty(out()));
    CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/song-00000.ogg", content, {}));
    CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/songs.txt", kManifest, {}));
    CM_ASSERT_OK(output->Commit());
  }

  TestFolder folder_;
};

TEST_F(OutputFolderTest, AppearsWhole) {
  WriteOurs("one");
  EXPECT_THAT(folder_.List(), ElementsAre("out", "out/song-00000.ogg", "out/songs.txt"));
}

TEST_F(OutputFolderTest, DoesNotAppearWithoutCommit) {
  {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kSongs, {}));
    folder_.Write("out.part/song-00000.ogg", "x");
    folder_.Write("out.part/song-00001.ogg.part", "x");
    EXPECT_FALSE(fs::exists(out()));
  }
  EXPECT_THAT(folder_.List(), ElementsAre());
}

TEST_F(OutputFolderTest, TakesAnEmptyFolderAndSlashesAtTheEnd) {
  fs::create_directory(out());
  CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out() + "//", kSongs, {}));
  EXPECT_EQ(output->part_path(), out() + ".part");
  CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/songs.txt", kManifest, {}));
  CM_ASSERT_OK(output->Commit());
  EXPECT_THAT(folder_.List(), ElementsAre("out", "out/songs.txt"));
}

TEST_F(OutputFolderTest, ReplacesItsOwnOnlyWithOverwrite) {
  WriteOurs("one");
  folder_.Write("out/song-00001.ogg", "left over");
  EXPECT_THAT(OutputFolder::Create(out(), kSongs, {}), Fails(kUsage, HasSubstr("use --force")));
  WriteOurs("two", kForce);
  EXPECT_EQ(ReadFile(out() + "/song-00000.ogg"), "two");
  EXPECT_THAT(folder_.List(), ElementsAre("out", "out/song-00000.ogg", "out/songs.txt"));
}

TEST_F(OutputFolderTest, KeepsTheOldOneUntilTheNewOneIsWhole) {
  WriteOurs("one");
  {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kSongs, kForce));
    EXPECT_EQ(ReadFile(out() + "/song-00000.ogg"), "one");
  }
  EXPECT_EQ(ReadFile(out() + "/song-00000.ogg"), "one");
}

TEST_F(OutputFolderTest, NeverTouchesAForeignFolder) {
  const struct {
    const char* file;
    const char* content;
  } kForeign[] = {
      {"out/thesis.txt", "years of work"},
      {"out/songs.txt", "songs of another program"},
      {"out/song-00000.ogg", "no manifest beside it"},
      {"out/sub/file", "a folder in it"},
      {"out/song-00000.ogg/file", "a folder with our name"},
      {"out.part/thesis.txt", "years of work"},
      {"out.part/song-00000.ogg", "no mark beside it"},
  };
  for (const auto& foreign : kForeign) {
    const std::string path = folder_.Write(foreign.file, foreign.content);
    const auto before = folder_.List();
    EXPECT_THAT(OutputFolder::Create(out(), kSongs, kForce),
                Fails(kUsage, HasSubstr("left unchanged")))
        << foreign.file;
    EXPECT_EQ(ReadFile(path), foreign.content);
    EXPECT_EQ(folder_.List(), before);
    fs::remove_all(out());
    fs::remove_all(out() + ".part");
  }
}

TEST_F(OutputFolderTest, RefusesOurFolderWithAForeignFileInIt) {
  WriteOurs("one");
  folder_.Write("out/notes.txt", "mine");
  EXPECT_THAT(OutputFolder::Create(out(), kSongs, kForce), Fails(kUsage, HasSubstr("notes.txt")));
  EXPECT_EQ(ReadFile(folder_ / "out/notes.txt"), "mine");
}

TEST_F(OutputFolderTest, AForeignFileThatAppearsMeanwhileStays) {
  WriteOurs("one");
  {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kSongs, kForce));
    CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/songs.txt", kManifest, {}));
    folder_.Write("out/notes.txt", "mine");
    EXPECT_THAT(output->Commit(), Fails(kUsage, HasSubstr("notes.txt")));
  }
  EXPECT_THAT(folder_.List(),
              ElementsAre("out", "out/notes.txt", "out/song-00000.ogg", "out/songs.txt"));
}

TEST_F(OutputFolderTest, RefusesFilesLinksAndNamesThatCannotBe) {
  folder_.Write("out", "a file");
  EXPECT_THAT(OutputFolder::Create(out(), kSongs, kForce),
              Fails(kUsage, HasSubstr("not a folder")));
  fs::remove(out());
  fs::create_directory(folder_ / "real");
  fs::create_directory_symlink(folder_ / "real", out());
  EXPECT_THAT(OutputFolder::Create(out(), kSongs, kForce),
              Fails(kUsage, HasSubstr("not a folder")));
  EXPECT_THAT(OutputFolder::Create(folder_ / "no/out", kSongs, {}),
              Fails(kUsage, HasSubstr("does not exist")));
  for (const char* path : {"", "/", ".", "..", "a/..", "-"}) {
    EXPECT_THAT(OutputFolder::Check(path, kSongs, kForce),
                Fails(kUsage, HasSubstr("cannot be the output")))
        << path;
  }
}

TEST_F(OutputFolderTest, CleansUpAfterAKilledRun) {
  folder_.Write("out.part/.corpusmill-part", "");
  folder_.Write("out.part/song-00000.ogg", "old");
  folder_.Write("out.part/song-00007.ogg.part", "old");
  CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kSongs, {}));
  EXPECT_THAT(folder_.List(), ElementsAre("out.part", "out.part/.corpusmill-part"));
}

TEST_F(OutputFolderTest, OneWriterAtATime) {
  CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kSongs, {}));
  folder_.Write("out.part/song-00000.ogg", "mine");
  EXPECT_THAT(OutputFolder::Create(out(), kSongs, kForce),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("another process")));
  EXPECT_EQ(ReadFile(folder_ / "out.part/song-00000.ogg"), "mine");
}

}  // namespace
}  // namespace corpusmill
