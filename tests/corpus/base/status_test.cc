#include "corpus/base/status.h"

#include <cerrno>
#include <string>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::StartsWith;

TEST(Status, EachKindHasItsCode) {
  EXPECT_EQ(UsageError("a").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DataError("a").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(IoError("p", "a").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(IoError("p", "a", ENOENT).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(MemoryError("a").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(CancelledError().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(BrokenPipe().code(), absl::StatusCode::kAborted);
}

TEST(Status, IoErrorNamesPathActionAndReason) {
  EXPECT_EQ(Message(IoError("a/b", "cannot open", ENOENT)),
            "a/b: cannot open: No such file or directory");
  EXPECT_EQ(Message(IoError("a/b", "is a folder")), "a/b: is a folder");
}

TEST(Status, AnnotateKeepsTheCodeAndLeavesOkAlone) {
  EXPECT_THAT(Annotate(DataError("what"), "in:3"),
              Fails(absl::StatusCode::kDataLoss, std::string("in:3: what")));
  CM_EXPECT_OK(Annotate(absl::OkStatus(), "in:3"));
}

TEST(Status, MessagesMayHoldPercentSignsAndZeroBytes) {
  EXPECT_EQ(Message(DataError("100%d %s")), "100%d %s");
  const std::string_view zero("a\0b", 3);
  EXPECT_EQ(Message(Annotate(DataError(zero), "p%s")), std::string("p%s: a\0b", 8));
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return DataError("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  CM_ASSIGN_OR_RETURN(const int half, Half(n));
  CM_ASSIGN_OR_RETURN(const int quarter, Half(half));
  CM_RETURN_IF_ERROR(Half(quarter * 2).status());
  return quarter;
}

TEST(Status, MacrosReturnTheFirstErrorAndElseTheValue) {
  CM_ASSERT_OK_AND_ASSIGN(const int quarter, Quarter(12));
  EXPECT_EQ(quarter, 3);
  EXPECT_THAT(Quarter(6),
              Fails(absl::StatusCode::kDataLoss, AllOf(StartsWith("o"), EndsWith("d"))));
}

}  // namespace
}  // namespace corpusmill
