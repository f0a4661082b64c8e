// Names of files and folders. If any call on them fails, the error is one line that names the path,
// and no partial file remains.

#include "corpus/io/file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file_lock.h"
#include "corpus/io/mapped_file.h"
#include "corpus/io/output_folder.h"
#include "corpus/io/random_access.h"
#include "corpus/io/spool.h"
#include "tests/corpus/io/faulty_calls.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(FileSystem, KindsFollowLinks) {
  const TestFolder folder;
  folder.Write("file", "x");
  fs::create_symlink("file", folder / "to-file");
  fs::create_symlink("nowhere", folder / "to-nowhere");
  const std::pair<std::string, FileKind> kKinds[] = {
      {folder.path(), FileKind::kFolder},       {folder / "file", FileKind::kRegular},
      {folder / "to-file", FileKind::kRegular}, {folder / "to-nowhere", FileKind::kMissing},
      {folder / "file/x", FileKind::kMissing},  {folder / "missing", FileKind::kMissing},
      {"/dev/null", FileKind::kSpecial},
  };
  for (const auto& [path, kind] : kKinds) {
    CM_ASSERT_OK_AND_ASSIGN(const FileKind found, KindOf(path));
    EXPECT_EQ(found, kind) << path;
    EXPECT_EQ(FileExists(path), kind != FileKind::kMissing);
    EXPECT_EQ(IsFolder(path), kind == FileKind::kFolder);
    EXPECT_EQ(IsRegularFile(path), kind == FileKind::kRegular);
    EXPECT_EQ(IsSpecialFile(path), kind == FileKind::kSpecial);
  }
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THAT(KindOf(folder / "loop"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("loop: cannot read its type")));
  EXPECT_FALSE(FileExists(folder / "loop"));
}

TEST(FileSystem, ChainsOfLinksAreFollowedToTheirEnd) {
  const TestFolder folder;
  fs::create_directory(folder / "sub");
  fs::create_symlink("sub/two", folder / "one");
  fs::create_symlink("../three", folder / "sub/two");
  EXPECT_EQ(FollowLinks(folder / "one").value(), folder / "sub/../three");
  fs::create_symlink("/absolute", folder / "three");
  EXPECT_EQ(FollowLinks(folder / "one").value(), "/absolute");
  EXPECT_EQ(FollowLinks("no/link").value(), "no/link");
}

TEST(FileSystem, ParentsOfPaths) {
  EXPECT_EQ(ParentFolder("a/b/c"), "a/b");
  EXPECT_EQ(ParentFolder("/a"), "/");
  EXPECT_EQ(ParentFolder("a"), "");
}

TEST(FileSystem, ListsNamesSorted) {
  const TestFolder folder;
  EXPECT_THAT(ListFolder(folder.path()).value(), IsEmpty());
  for (const char* name : {"b", "a/x", ".c"}) folder.Write(name, "");
  EXPECT_THAT(ListFolder(folder.path()).value(), ElementsAre(".c", "a", "b"));
  EXPECT_THAT(ListFolder(folder / "b"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("b: cannot list folder: Not a")));
}

TEST(FileSystem, RemovesAndRenames) {
  const TestFolder folder;
  folder.Write("a", "x");
  CM_ASSERT_OK(RenameFile(folder / "a", folder / "b"));
  EXPECT_THAT(folder.List(), ElementsAre("b"));
  CM_ASSERT_OK(RemoveFile(folder / "b"));
  CM_ASSERT_OK(RemoveFile(folder / "b"));
  EXPECT_THAT(folder.List(), IsEmpty());
  EXPECT_THAT(RenameFile(folder / "a", folder / "b"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("b: rename failed: No such file")));
}

constexpr FolderKind kSongs = {
    .name = "a folder of songs",
    .manifest_name = "songs.txt",
    .is_data_name = [](std::string_view name) { return name.ends_with(".ogg"); },
    .is_manifest = [](const std::string& path) { return ReadFile(path) == "songs"; },
};

absl::Status WriteSongs(const std::string& path, const std::string& song) {
  CM_ASSIGN_OR_RETURN(const auto folder, OutputFolder::Create(path, kSongs, {.overwrite = true}));
  CM_RETURN_IF_ERROR(WriteStringToFile(folder->part_path() + "/1.ogg", song, {}));
  CM_RETURN_IF_ERROR(WriteStringToFile(folder->part_path() + "/songs.txt", "songs", {}));
  return folder->Commit();
}

/// The work done while one call fails, and the check afterwards.
struct Work {
  const char* name;
  std::function<absl::Status(const TestFolder& folder)> run;
  std::function<void(const TestFolder& folder, bool ok)> check;
  std::function<void(const TestFolder& folder)> prepare = [](const TestFolder&) {};
};

const Work kWork[] = {
    {.name = "make folders",
     .run = [](const TestFolder& folder) { return CreateFolders(folder / "a/b"); },
     .check = [](const TestFolder& folder, bool ok) { EXPECT_EQ(fs::exists(folder / "a/b"), ok); }},
    {.name = "list",
     .run = [](const TestFolder& folder) -> absl::Status {
       CM_ASSIGN_OR_RETURN(const auto names, ListFolder(folder.path()));
       EXPECT_THAT(names, ElementsAre("x"));
       return absl::OkStatus();
     },
     .check = [](const TestFolder&, bool) {},
     .prepare = [](const TestFolder& folder) { folder.Write("x", ""); }},
    {.name = "spool",
     .run = [](const TestFolder& folder) -> absl::Status {
       // A file system without O_TMPFILE: the name is removed at once.
       MemoryBudget budget(1 << 20);
       CM_ASSIGN_OR_RETURN(Spool spool, Spool::Create(folder.path(), budget));
       const std::string bytes(3 * Spool::kBufferBytes, 'x');
       CM_RETURN_IF_ERROR(spool.Append(bytes));
       std::string read;
       CM_RETURN_IF_ERROR(spool.Drain([&](std::string_view part) {
         read += part;
         return absl::OkStatus();
       }));
       EXPECT_TRUE(read == bytes);
       return absl::OkStatus();
     },
     .check = [](const TestFolder& folder, bool) { EXPECT_THAT(folder.List(), IsEmpty()); }},
    {.name = "lock",
     .run = [](const TestFolder& folder) { return FileLock::Try(folder / "a.lock").status(); },
     .check =
         [](const TestFolder& folder, bool) {
           CM_ASSERT_OK_AND_ASSIGN(const auto lock, FileLock::Try(folder / "a.lock"));
           EXPECT_TRUE(lock.has_value()) << "a lock is left";
         }},
    {.name = "read at random",
     .run = [](const TestFolder& folder) -> absl::Status {
       CM_ASSIGN_OR_RETURN(const auto file, OpenRandomAccessFile(folder / "x"));
       char byte;
       CM_RETURN_IF_ERROR(file->Read(1, 1, &byte));
       EXPECT_EQ(byte, 'b');
       return absl::OkStatus();
     },
     .check = [](const TestFolder&, bool) {},
     .prepare = [](const TestFolder& folder) { folder.Write("x", "abc"); }},
    {.name = "replace a folder",
     .run = [](const TestFolder& folder) { return WriteSongs(folder / "out", "new"); },
     .check =
         [](const TestFolder& folder, bool ok) {
           EXPECT_EQ(ReadFile(folder / "out/songs.txt"), "songs");
           EXPECT_THAT(ReadFile(folder / "out/1.ogg"), AnyOf("new", "old"));
           if (ok) {
             EXPECT_EQ(ReadFile(folder / "out/1.ogg"), "new");
           }
           CM_EXPECT_OK(WriteSongs(folder / "out", "newer")) << "what is left is in the way";
           EXPECT_THAT(folder.List(), ElementsAre("out", "out/1.ogg", "out/songs.txt"));
         },
     .prepare = [](const TestFolder& folder) { CM_ASSERT_OK(WriteSongs(folder / "out", "old")); }},
    {.name = "write through a link",
     .run =
         [](const TestFolder& folder) {
           return WriteStringToFile(folder / "link", "new", {.overwrite = true});
         },
     .check =
         [](const TestFolder& folder, bool ok) {
           EXPECT_TRUE(fs::is_symlink(folder / "link"));
           if (ok) {
             EXPECT_EQ(ReadFile(folder / "file"), "new");
           } else {
             EXPECT_THAT(ReadFile(folder / "file"), AnyOf("new", "old"));
             // Without the lock, the part file may belong to another process: it stays, empty.
             EXPECT_FALSE(fs::exists(folder / "file.part") && !fs::is_empty(folder / "file.part"));
           }
         },
     .prepare =
         [](const TestFolder& folder) {
           folder.Write("file", "old");
           fs::create_symlink("file", folder / "link");
         }},
};

TEST(FileSystem, AnyCallMayFail) {
  for (const Work& work : kWork) {
    int errors = 0;
    int at = 0;
    for (;; ++at) {
      const TestFolder folder;
      work.prepare(folder);
      FaultyCalls calls(at, EIO);
      absl::Status status;
      {
        const ScopedFileCalls scope(&calls);
        status = work.run(folder);
      }
      SCOPED_TRACE(testing::Message() << work.name << ", call " << at << ", " << calls.culprit());
      work.check(folder, status.ok());
      if (!status.ok()) {
        ++errors;
        EXPECT_THAT(status, Fails(absl::StatusCode::kUnavailable, HasSubstr(folder.path())));
        EXPECT_THAT(status.message(), HasSubstr("Input/output error"));
        EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
      }
      if (calls.culprit().empty()) {
        CM_EXPECT_OK(status);
        break;
      }
    }
    EXPECT_GT(at, 2) << work.name << ": calls go past Files()";
    EXPECT_GT(errors, 1) << work.name << ": errors are lost";
  }
}

TEST(TemporaryFile, LosesItsNameWhereThereAreNoUnnamedFiles) {
  class NoUnnamedFiles final : public FileCalls {
   public:
    int Open(const char* path, int flags, mode_t mode) override {
      if ((flags & O_TMPFILE) != O_TMPFILE) return FileCalls::Open(path, flags, mode);
      errno = EOPNOTSUPP;
      return -1;
    }
    int MakeTemporary(char* path) override {
      if (error == 0) return FileCalls::MakeTemporary(path);
      errno = error;
      return -1;
    }
    int Unlink(const char* path) override {
      const int result = FileCalls::Unlink(path);
      if (unlink_error == 0) return result;
      errno = unlink_error;
      return -1;
    }
    int error = 0;
    int unlink_error = 0;
  };
  const TestFolder folder;
  NoUnnamedFiles calls;
  const ScopedFileCalls scope(&calls);
  MemoryBudget budget(1 << 20);
  const std::string bytes(2 * Spool::kBufferBytes, 'x');
  const auto append = [&]() -> absl::Status {
    CM_ASSIGN_OR_RETURN(Spool spool, Spool::Create(folder.path(), budget));
    CM_RETURN_IF_ERROR(spool.Append(bytes));
    EXPECT_THAT(folder.List(), IsEmpty());
    return absl::OkStatus();
  };
  CM_EXPECT_OK(append());
  calls.unlink_error = EIO;
  EXPECT_THAT(append(), Fails(absl::StatusCode::kUnavailable, HasSubstr("cannot remove")));
  calls.error = ENOSPC;
  EXPECT_THAT(append(),
              Fails(absl::StatusCode::kUnavailable,
                    HasSubstr(folder.path() + ": cannot create a temporary file: No space")));
}

TEST(MappedFile, HoldsTheBytesOrSaysWhyNot) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(const MappedFile file, MapFile(folder.Write("x", "abc")));
  EXPECT_EQ(file.bytes, "abc");
  EXPECT_EQ(MapFile(folder.Write("empty", "")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(MapFile(folder.path()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MapFile(folder / "none"),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("none: cannot open")));
}

}  // namespace
}  // namespace corpusmill
