// Two files that appear together: after any failing call, an index lies only beside its data.

#include "corpus/io/file_pair.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "corpus/io/file_calls.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Fails the `fail_at`-th of the calls that change the disk and, with `crash`, all later ones.
class FailingCalls final : public FileCalls {
 public:
  FailingCalls(int fail_at, bool crash) : fail_at_(fail_at), crash_(crash) {}

  ssize_t PWriteV(int fd, const iovec* parts, int count, off_t offset) override {
    return Fail() ? -1 : FileCalls::PWriteV(fd, parts, count, offset);
  }
  int FSync(int fd) override { return Fail() ? -1 : FileCalls::FSync(fd); }
  int FDataSync(int fd) override { return Fail() ? -1 : FileCalls::FDataSync(fd); }
  int Rename(const char* from, const char* to) override {
    return Fail() ? -1 : FileCalls::Rename(from, to);
  }
  int Unlink(const char* path) override { return Fail() ? -1 : FileCalls::Unlink(path); }

  bool failed() const { return calls_ > fail_at_; }

 private:
  bool Fail() {
    const int call = calls_++;
    errno = EIO;
    return crash_ ? call >= fail_at_ : call == fail_at_;
  }

  const int fail_at_;
  const bool crash_;
  int calls_ = 0;
};

class FilePairTest : public testing::Test {
 protected:
  absl::Status Write(const std::string& content, const OutputOptions& options = {}) {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<FilePair> pair,
                        FilePair::Create({folder_ / "data", folder_ / "index"}, options));
    CM_RETURN_IF_ERROR(pair->data().Write(content));
    CM_RETURN_IF_ERROR(pair->index().Write("of " + content));
    return pair->Commit();
  }
  bool Has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  const TestFolder folder_;
};

TEST_F(FilePairTest, BothAppear) {
  CM_ASSERT_OK(Write("one"));
  EXPECT_THAT(folder_.List(), ElementsAre("data", "index"));
  EXPECT_EQ(ReadFile(folder_ / "index"), "of one");
  CM_ASSERT_OK(Write("two", {.overwrite = true}));
  EXPECT_EQ(ReadFile(folder_ / "data"), "two");
  EXPECT_EQ(ReadFile(folder_ / "index"), "of two");
}

TEST_F(FilePairTest, NeitherAppearsWithoutCommit) {
  {
    CM_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<FilePair> pair,
                            FilePair::Create({folder_ / "data", folder_ / "index"}, {}));
    CM_ASSERT_OK(pair->data().Write("x"));
  }
  EXPECT_THAT(folder_.List(), IsEmpty());
}

TEST_F(FilePairTest, AnExistingFileIsRefusedBeforeAnyWrite) {
  for (const char* name : {"data", "index"}) {
    folder_.Write(name, "old");
    EXPECT_THAT(Write("new"), Fails(absl::StatusCode::kInvalidArgument, HasSubstr("--force")));
    EXPECT_THAT(folder_.List(), ElementsAre(name));
    std::filesystem::remove(folder_ / name);
  }
  EXPECT_THAT(FilePair::Create({"/dev/null", folder_ / "index"}, {}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("not a pipe or device")));
}

TEST_F(FilePairTest, AnyFailureLeavesNoIndexBesideOtherData) {
  for (const bool crash : {false, true}) {
    for (const bool replace : {false, true}) {
      for (int fail_at = 0;; ++fail_at) {
        for (const auto& name : folder_.List()) std::filesystem::remove(folder_ / name);
        if (replace) {
          CM_ASSERT_OK(Write("old"));
        }
        FailingCalls calls(fail_at, crash);
        absl::Status status;
        {
          const ScopedFileCalls scoped(&calls);
          status = Write("new", {.overwrite = replace});
        }
        if (!calls.failed()) {
          CM_ASSERT_OK(status);
          ASSERT_GT(fail_at, 8);
          break;
        }
        const std::string where = std::string(crash ? "crash" : "failure") + " at call " +
                                  std::to_string(fail_at) + (replace ? ", replacing" : "");
        if (Has("index")) {
          ASSERT_TRUE(Has("data")) << where;
          ASSERT_EQ(ReadFile(folder_ / "index"), "of " + ReadFile(folder_ / "data")) << where;
        }
        if (!crash && !status.ok() && !replace) {
          ASSERT_FALSE(Has("data") || Has("index")) << where;
        }
      }
    }
  }
}

}  // namespace
}  // namespace corpusmill
