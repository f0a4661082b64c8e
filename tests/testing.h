#ifndef CORPUSMILL_TESTS_TESTING_H_
#define CORPUSMILL_TESTS_TESTING_H_

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

/// What tests share: matchers for statuses, folders of their own, files.
namespace corpusmill {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

/// EXPECT_THAT(call, IsOk()): prints the message when it is not.
MATCHER(IsOk, negation ? "is an error" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

/// EXPECT_THAT(call, Fails(absl::StatusCode::kDataLoss, HasSubstr("byte 12"))).
MATCHER_P2(Fails, code, message, "fails with that code and message") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         testing::ExplainMatchResult(message, std::string(StatusOf(arg).message()),
                                     result_listener);
}

#define CM_ASSERT_OK(expr) ASSERT_THAT((expr), ::corpusmill::IsOk())
#define CM_EXPECT_OK(expr) EXPECT_THAT((expr), ::corpusmill::IsOk())
/// `CM_ASSERT_OK_AND_ASSIGN(auto x, MakeX());`
#define CM_ASSERT_OK_AND_ASSIGN(lhs, expr) \
  CM_ASSERT_OK_AND_ASSIGN_IMPL_(CM_TEST_CONCAT_(cm_result_, __LINE__), lhs, expr)
#define CM_ASSERT_OK_AND_ASSIGN_IMPL_(result, lhs, expr) \
  auto result = (expr);                                  \
  CM_ASSERT_OK(result);                                  \
  lhs = std::move(result).value()
#define CM_TEST_CONCAT_INNER_(a, b) a##b
#define CM_TEST_CONCAT_(a, b) CM_TEST_CONCAT_INNER_(a, b)

/// A fresh folder of this test, removed with all in it at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  /// Path of `name` in the folder.
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  /// Writes a file (making its folders) and returns its path.
  std::string Write(const std::string& name, std::string_view bytes) const;
  /// Names of everything below, sorted, to see that nothing was left behind.
  std::vector<std::string> List() const;

 private:
  std::filesystem::path path_;
};

/// The bytes of a file; a test failure if there is none.
std::string ReadFile(const std::string& path);

/// The folder of development corpora that CORPUSMILL_DATA names; empty if there is none: skip.
std::string DataFolder();

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_TESTING_H_
