#include "pipelines/shards/output_folder.h"

#include <filesystem>
#include <string>

#include "pipelines/shards/manifest.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kUsage = absl::StatusCode::kInvalidArgument;
const OutputOptions kForce = {.overwrite = true};

std::string SmallManifest() {
  Manifest manifest;
  manifest.options.seq_len = 8;
  manifest.tokenizer = {"m", std::string(32, 'a'), 300};
  return SerializeManifest(manifest);
}

class OutputFolderTest : public testing::Test {
 protected:
  std::string out() const { return folder_ / "out"; }

  /// Writes a folder as prepare does, with `content` as its shard.
  void WriteOurs(const std::string& content, const OutputOptions& options = {}) {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), options));
    EXPECT_FALSE(options.overwrite ? false : fs::exists(out()) && !fs::is_empty(out()));
    CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/shard-00000.safetensors", content, {}));
    CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/manifest.json", SmallManifest(), {}));
    CM_ASSERT_OK(output->Commit());
  }

  TestFolder folder_;
};

TEST_F(OutputFolderTest, AppearsWhole) {
  WriteOurs("one");
  EXPECT_THAT(folder_.List(),
              ElementsAre("out", "out/manifest.json", "out/shard-00000.safetensors"));
}

TEST_F(OutputFolderTest, IsNotThereWithoutCommit) {
  {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), {}));
    folder_.Write("out.part/shard-00000.safetensors", "x");
    folder_.Write("out.part/shard-00001.safetensors.part", "x");
    EXPECT_FALSE(fs::exists(out()));
  }
  EXPECT_THAT(folder_.List(), ElementsAre());
}

TEST_F(OutputFolderTest, TakesAnEmptyFolderAndSlashesAtTheEnd) {
  fs::create_directory(out());
  CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out() + "//", {}));
  EXPECT_EQ(output->part_path(), out() + ".part");
  CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/manifest.json", SmallManifest(), {}));
  CM_ASSERT_OK(output->Commit());
  EXPECT_THAT(folder_.List(), ElementsAre("out", "out/manifest.json"));
}

TEST_F(OutputFolderTest, ReplacesItsOwnOnlyWhenTold) {
  WriteOurs("one");
  folder_.Write("out/shard-00001.safetensors", "left over");
  EXPECT_THAT(OutputFolder::Create(out(), {}), Fails(kUsage, HasSubstr("use --force")));
  WriteOurs("two", kForce);
  EXPECT_EQ(ReadFile(out() + "/shard-00000.safetensors"), "two");
  EXPECT_THAT(folder_.List(),
              ElementsAre("out", "out/manifest.json", "out/shard-00000.safetensors"));
}

TEST_F(OutputFolderTest, KeepsTheOldOneUntilTheNewOneIsWhole) {
  WriteOurs("one");
  {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kForce));
    EXPECT_EQ(ReadFile(out() + "/shard-00000.safetensors"), "one");
  }
  EXPECT_EQ(ReadFile(out() + "/shard-00000.safetensors"), "one");
}

TEST_F(OutputFolderTest, NeverTouchesAForeignFolder) {
  const struct {
    const char* file;
    const char* content;
  } kForeign[] = {
      {"out/thesis.txt", "years of work"},
      {"out/manifest.json", "{\"name\":\"a web app\"}"},
      {"out/manifest.json", "{"},
      {"out/shard-00000.safetensors", "no manifest beside it"},
      {"out/sub/file", "a folder in it"},
      {"out/shard-00000.safetensors/file", "a folder with our name"},
      {"out.part/thesis.txt", "years of work"},
      {"out.part/shard-00000.safetensors", "no mark beside it"},
  };
  for (const auto& foreign : kForeign) {
    const std::string path = folder_.Write(foreign.file, foreign.content);
    const auto before = folder_.List();
    EXPECT_THAT(OutputFolder::Create(out(), kForce), Fails(kUsage, HasSubstr("stays as it is")))
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
  EXPECT_THAT(OutputFolder::Create(out(), kForce), Fails(kUsage, HasSubstr("notes.txt")));
  EXPECT_EQ(ReadFile(folder_ / "out/notes.txt"), "mine");
}

TEST_F(OutputFolderTest, AForeignFileThatAppearsMeanwhileStays) {
  WriteOurs("one");
  {
    CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), kForce));
    CM_ASSERT_OK(WriteStringToFile(output->part_path() + "/manifest.json", SmallManifest(), {}));
    folder_.Write("out/notes.txt", "mine");
    EXPECT_THAT(output->Commit(), Fails(kUsage, HasSubstr("notes.txt")));
  }
  EXPECT_THAT(folder_.List(), ElementsAre("out", "out/manifest.json", "out/notes.txt",
                                          "out/shard-00000.safetensors"));
}

TEST_F(OutputFolderTest, RefusesFilesLinksAndNamesThatCannotBe) {
  folder_.Write("out", "a file");
  EXPECT_THAT(OutputFolder::Create(out(), kForce), Fails(kUsage, HasSubstr("not a folder")));
  fs::remove(out());
  fs::create_directory(folder_ / "real");
  fs::create_directory_symlink(folder_ / "real", out());
  EXPECT_THAT(OutputFolder::Create(out(), kForce), Fails(kUsage, HasSubstr("not a folder")));
  EXPECT_THAT(OutputFolder::Create(folder_ / "no/out", {}),
              Fails(kUsage, HasSubstr("does not exist")));
  for (const char* path : {"", "/", ".", "..", "a/..", "-"}) {
    EXPECT_THAT(OutputFolder::Check(path, kForce), Fails(kUsage, HasSubstr("cannot be the output")))
        << path;
  }
}

TEST_F(OutputFolderTest, CleansUpAfterAKilledRun) {
  folder_.Write("out.part/.corpusmill-part", "");
  folder_.Write("out.part/shard-00000.safetensors", "old");
  folder_.Write("out.part/shard-00007.safetensors.part", "old");
  CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), {}));
  EXPECT_THAT(folder_.List(), ElementsAre("out.part", "out.part/.corpusmill-part"));
}

TEST_F(OutputFolderTest, OneWriterAtATime) {
  CM_ASSERT_OK_AND_ASSIGN(auto output, OutputFolder::Create(out(), {}));
  folder_.Write("out.part/shard-00000.safetensors", "mine");
  EXPECT_THAT(OutputFolder::Create(out(), kForce),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("another process")));
  EXPECT_EQ(ReadFile(folder_ / "out.part/shard-00000.safetensors"), "mine");
}

}  // namespace
}  // namespace corpusmill
