#include "corpus/io/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "corpus/codecs/codec.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/byte_stream.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

absl::Status WriteTo(ByteSink& sink, std::string_view bytes) { return sink.Write(bytes); }

TEST(CreateFile, TheFinalNameAppearsOnlyAtClose) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(folder / "out", {}));
  EXPECT_EQ(sink->name(), folder / "out");
  CM_ASSERT_OK(WriteTo(*sink, "some "));
  CM_ASSERT_OK(WriteTo(*sink, ""));
  CM_ASSERT_OK(WriteTo(*sink, "bytes"));
  EXPECT_THAT(folder.List(), ElementsAre("out.part"));
  CM_ASSERT_OK(sink->Close());
  EXPECT_THAT(folder.List(), ElementsAre("out"));
  sink.reset();
  EXPECT_EQ(ReadFile(folder / "out"), "some bytes");
}

TEST(CreateFile, WithoutCloseNothingIsLeftAndAnOldFileStays) {
  const TestFolder folder;
  folder.Write("old", "old");
  {
    CM_ASSERT_OK_AND_ASSIGN(auto a, CreateFile(folder / "new", {}));
    CM_ASSERT_OK_AND_ASSIGN(auto b, CreateFile(folder / "old", {.overwrite = true}));
    CM_ASSERT_OK(WriteTo(*a, "x"));
    CM_ASSERT_OK(WriteTo(*b, "x"));
  }
  EXPECT_THAT(folder.List(), ElementsAre("old"));
  EXPECT_EQ(ReadFile(folder / "old"), "old");
}

TEST(CreateFile, AnExistingFileIsReplacedOnlyWhenAsked) {
  const TestFolder folder;
  const std::string path = folder.Write("out", "a much longer old content");
  EXPECT_THAT(CreateFile(path, {}), Fails(absl::StatusCode::kInvalidArgument,
                                          AllOf(HasSubstr(path), HasSubstr("--force"))));
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(path, {.overwrite = true}));
  CM_ASSERT_OK(WriteTo(*sink, "new"));
  EXPECT_EQ(ReadFile(path), "a much longer old content") << "before Close";
  CM_ASSERT_OK(sink->Close());
  EXPECT_EQ(ReadFile(path), "new");
}

TEST(CreateFile, AFolderAMissingFolderAndAnEmptyNameAreUsageErrors) {
  const TestFolder folder;
  for (const bool overwrite : {false, true}) {
    const OutputOptions options{.overwrite = overwrite};
    EXPECT_THAT(CreateFile(folder.path(), options),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("is a folder")));
    EXPECT_THAT(CheckOutputPath(folder / "no/such/out", options),
                Fails(absl::StatusCode::kInvalidArgument,
                      AllOf(HasSubstr(folder / "no/such"), HasSubstr("does not exist"))));
    EXPECT_THAT(CreateFile("", options),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
  }
  folder.Write("file", "");
  EXPECT_THAT(CreateFile(folder / "file/out", {}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("does not exist")));
}

TEST(CreateFile, AConcurrentWriterIsRefusedAndTheFirstIsUnharmed) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(auto first, CreateFile(folder / "out", {}));
  CM_ASSERT_OK(WriteTo(*first, "first"));
  EXPECT_THAT(CreateFile(folder / "out", {}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("another process is writing")));
  CM_ASSERT_OK(first->Close());
  EXPECT_EQ(ReadFile(folder / "out"), "first");
  CM_EXPECT_OK(CreateFile(folder / "out", {.overwrite = true}));
}

TEST(CreateFile, APartFileOfAKilledProcessIsTakenOver) {
  const TestFolder folder;
  folder.Write("out.part", "half of something long");
  CM_ASSERT_OK(WriteStringToFile(folder / "out", "new", {}));
  EXPECT_THAT(folder.List(), ElementsAre("out"));
  EXPECT_EQ(ReadFile(folder / "out"), "new");
}

TEST(CreateFile, APartFileThatIsALinkIsNotFollowed) {
  const TestFolder folder;
  folder.Write("precious", "precious");
  fs::create_symlink("precious", folder / "out.part");
  EXPECT_THAT(CreateFile(folder / "out", {}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("out.part")));
  EXPECT_EQ(ReadFile(folder / "precious"), "precious");
}

TEST(CreateFile, ALinkStaysALinkAndItsTargetIsReplaced) {
  const TestFolder folder;
  folder.Write("data/target", "old");
  fs::create_symlink("data/target", folder / "link");
  EXPECT_FALSE(CreateFile(folder / "link", {}).ok());
  CM_ASSERT_OK(WriteStringToFile(folder / "link", "new", {.overwrite = true}));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(ReadFile(folder / "data/target"), "new");
  EXPECT_FALSE(fs::exists(folder / "link.part") || fs::exists(folder / "data/target.part"));
}

TEST(CreateFile, ALinkToAMissingFileStaysALink) {
  const TestFolder folder;
  fs::create_directory(folder / "data");
  fs::create_symlink("data/target", folder / "link");
  fs::create_symlink("link", folder / "link2");
  CM_ASSERT_OK(WriteStringToFile(folder / "link2", "new", {}));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_TRUE(fs::is_symlink(folder / "link2"));
  EXPECT_EQ(ReadFile(folder / "data/target"), "new");
}

TEST(CreateFile, PatchOverwritesEarlierBytesOnly) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(folder / "out", {}));
  CM_ASSERT_OK(WriteTo(*sink, "........abc"));
  CM_ASSERT_OK(sink->Patch(0, "HEAD"));
  CM_ASSERT_OK(sink->Patch(6, "xy"));
  CM_ASSERT_OK(WriteTo(*sink, "def"));
  CM_ASSERT_OK(sink->Close());
  EXPECT_EQ(ReadFile(folder / "out"), "HEAD..xyabcdef");
}

TEST(CreateFile, DevicesAreWrittenInPlace) {
  CM_ASSERT_OK(WriteStringToFile("/dev/null", "gone", {}));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_FALSE(fs::exists("/dev/null.part"));
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile("/dev/null", {}));
  EXPECT_THAT(sink->Patch(0, "x"), Fails(absl::StatusCode::kUnavailable, HasSubstr("try a file")));
}

TEST(CreateFile, AFullDiskIsAnIoError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_THAT(WriteStringToFile("/dev/full", "x", {}),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr("/dev/full"), HasSubstr("No space left"))));
}

TEST(CreateFile, AFifoIsWrittenInPlaceAndAReaderThatLeavesIsABrokenPipe) {
  std::signal(SIGPIPE, SIG_IGN);
  const TestFolder folder;
  const std::string path = folder / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = ReadFile(path); });
  CM_EXPECT_OK(WriteStringToFile(path, "through", {}));
  reader.join();
  EXPECT_EQ(received, "through");
  EXPECT_TRUE(fs::is_fifo(path));
  EXPECT_THAT(folder.List(), ElementsAre("fifo"));

  std::thread leaver([&] { close(open(path.c_str(), O_RDONLY)); });
  CM_ASSERT_OK_AND_ASSIGN(auto sink, CreateFile(path, {}));
  leaver.join();
  EXPECT_EQ(sink->Write("x").code(), absl::StatusCode::kAborted);
}

TEST(CreateFile, ALimitOnFileSizesIsAnIoErrorAndLeavesNothing) {
  std::signal(SIGXFSZ, SIG_IGN);
  const TestFolder folder;
  const std::string path = folder / "out";
  EXPECT_EXIT(
      {
        rlimit limit;
        limit.rlim_cur = limit.rlim_max = 1 << 16;
        setrlimit(RLIMIT_FSIZE, &limit);
        const absl::Status status = WriteStringToFile(path, std::string(1 << 20, 'x'), {});
        std::exit(status.code() == absl::StatusCode::kUnavailable ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_THAT(folder.List(), IsEmpty());
}

TEST(StandardStreams, DashReadsStdinAndWritesStdoutAndLeavesBothOpen) {
  const TestFolder folder;
  folder.Write("in", "from stdin");
  EXPECT_EXIT(
      {
        if (freopen((folder / "in").c_str(), "r", stdin) == nullptr) std::exit(2);
        if (freopen((folder / "stdout").c_str(), "w", stdout) == nullptr) std::exit(3);
        auto source = OpenFile("-");
        if (!source.ok() || (*source)->name() != "<stdin>") std::exit(4);
        const auto bytes = Drain(**source);
        source->reset();
        auto sink = CreateFile("-", {});
        if (!bytes.ok() || !sink.ok() || !(*sink)->Write(*bytes).ok()) std::exit(5);
        if (!(*sink)->Close().ok()) std::exit(6);
        sink->reset();
        std::exit(fcntl(0, F_GETFD) == 0 && write(1, "!", 1) == 1 ? 0 : 7);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EQ(ReadFile(folder / "stdout"), "from stdin!");
  EXPECT_FALSE(fs::exists("-"));
}

TEST(OpenFile, MissingFilesAndFoldersAreErrorsThatNameThem) {
  const TestFolder folder;
  EXPECT_THAT(OpenFile(folder / "none"),
              Fails(absl::StatusCode::kUnavailable,
                    AllOf(HasSubstr(folder / "none"), HasSubstr("No such file"))));
  EXPECT_THAT(OpenFile(folder.path()),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("is a folder")));
}

TEST(OpenFile, WaitingForAPipeEndsWhenCancelled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::atomic<bool> cancelled{false};
  Context context({.threads = 1, .cancelled = &cancelled});
  CM_ASSERT_OK_AND_ASSIGN(auto source,
                          OpenFile("/proc/self/fd/" + std::to_string(ends[0]), &context));
  ASSERT_EQ(write(ends[1], "ab", 2), 2);
  char buffer[10];
  CM_ASSERT_OK_AND_ASSIGN(const size_t n, source->Read(buffer, sizeof(buffer)));
  EXPECT_EQ(n, 2);
  std::thread later([&] {
    usleep(50'000);
    cancelled = true;
  });
  EXPECT_EQ(source->Read(buffer, sizeof(buffer)).status().code(), absl::StatusCode::kCancelled);
  later.join();
  close(ends[0]);
  close(ends[1]);
}

TEST(Folders, AreCreatedWithParentsAndMayExist) {
  const TestFolder folder;
  CM_ASSERT_OK(CreateFolders(folder / "a/b/c"));
  CM_ASSERT_OK(CreateFolders(folder / "a/b/c"));
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  folder.Write("file", "");
  EXPECT_THAT(CreateFolders(folder / "file/x"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("cannot create folder")));
  EXPECT_FALSE(CreateFolders(folder / "file").ok());
}

TEST(WholeFiles, RoundTripAndAreDecoded) {
  const TestFolder folder;
  const std::string bytes = RandomBytes(300'000, 1);
  CM_ASSERT_OK(WriteStringToFile(folder / "plain", bytes, {}));
  CM_ASSERT_OK_AND_ASSIGN(const std::string plain, ReadFileToString(folder / "plain"));
  EXPECT_TRUE(plain == bytes);
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const std::string encoded, Encode(bytes, Codec::kGzip, context));
  CM_ASSERT_OK_AND_ASSIGN(const std::string decoded,
                          ReadFileToString(folder.Write("x.dat", encoded)));
  EXPECT_TRUE(decoded == bytes);
  EXPECT_FALSE(ReadFileToString(folder / "none").ok());
}

TEST(ReadAll, StopsAtItsLimit) {
  std::string out = "old";
  const std::string bytes = RandomBytes(200'000, 1);
  CM_ASSERT_OK(ReadAll(*StringSource(bytes, "in"), bytes.size(), &out));
  EXPECT_TRUE(out == bytes);
  EXPECT_THAT(ReadAll(*StringSource(bytes, "in"), bytes.size() - 1, &out),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("in: larger than")));
  CM_ASSERT_OK(ReadAll(*StringSource(std::string_view(), "in"), 0, &out));
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace corpusmill
