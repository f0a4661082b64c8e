// Runs the transcripts beside this file: shell commands with the output, the
// messages and the exit codes that a user sees.
//
//   # a comment
//   $ seq 3 | corpusmill shuffle --seed 1     a command, run by bash in the case's folder
//   > 2                                       a line of standard output
//   ! corpusmill shuffle: {*}                 a line of standard error; {*} is any text
//   ? 1                                       the exit code, 0 if there is no such line

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;

struct Step {
  int line = 0;
  std::string command;
  std::vector<std::string> out;
  std::vector<std::string> err;
  int exit_code = 0;
};

std::vector<Step> ReadTranscript(const std::string& path) {
  std::vector<Step> steps;
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::string rest = line.size() > 2 ? line.substr(2) : "";
    if (line[0] == '$') {
      steps.push_back({.line = number, .command = rest});
    } else if (steps.empty()) {
      ADD_FAILURE() << path << ":" << number << ": nothing was run yet";
    } else if (line[0] == '>') {
      steps.back().out.push_back(rest);
    } else if (line[0] == '!') {
      steps.back().err.push_back(rest);
    } else if (line[0] == '?') {
      steps.back().exit_code = std::stoi(rest);
    } else {
      ADD_FAILURE() << path << ":" << number << ": begins with none of $ > ! ? #";
    }
  }
  return steps;
}

/// Whether `text` is `pattern`, in which each {*} stands for any text.
bool Matches(const std::string& pattern, const std::string& text) {
  size_t from = 0, at = 0;
  bool anchored = true;
  while (true) {
    const size_t star = pattern.find("{*}", from);
    const std::string literal = pattern.substr(from, star - from);
    if (star == std::string::npos && !anchored) {
      return text.size() >= at + literal.size() && text.ends_with(literal);
    }
    const size_t found =
        anchored ? (text.compare(at, literal.size(), literal) == 0 ? at : std::string::npos)
                 : text.find(literal, at);
    if (found == std::string::npos) return false;
    at = found + literal.size();
    if (star == std::string::npos) return at == text.size();
    from = star + 3;
    anchored = false;
  }
}

/// Whether the lines from `line` on are those expected from `at` on; "..." stands for any lines.
bool MatchesFrom(const std::vector<std::string>& expected, size_t at,
                 const std::vector<std::string>& lines, size_t line) {
  if (at == expected.size()) return line == lines.size();
  if (expected[at] == "...") {
    for (size_t end = line; end <= lines.size(); ++end) {
      if (MatchesFrom(expected, at + 1, lines, end)) return true;
    }
    return false;
  }
  return line < lines.size() && Matches(expected[at], lines[line]) &&
         MatchesFrom(expected, at + 1, lines, line + 1);
}

void ExpectLines(const std::vector<std::string>& expected, const std::string& actual,
                 const std::string& where, const char* stream) {
  std::vector<std::string> lines;
  std::istringstream text(actual);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  if (MatchesFrom(expected, 0, lines, 0)) return;
  std::string wanted;
  for (const std::string& line : expected) wanted += line + "\n";
  ADD_FAILURE() << where << ": " << stream << " is\n" << actual << "instead of\n" << wanted;
}

class TranscriptTest : public testing::TestWithParam<std::string> {};

TEST_P(TranscriptTest, RunsAsWritten) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (fs::path(GetParam()).stem() == "memory") {
    GTEST_SKIP() << "the memory that a sanitizer takes hides what is measured";
  }
#endif
  const std::string path = fs::absolute(GetParam()).string();
  const std::string program = fs::absolute("cli/corpusmill").string();
  const TestFolder folder;
  const TestFolder streams;
  const std::vector<Step> steps = ReadTranscript(path);
  EXPECT_FALSE(steps.empty());
  for (const Step& step : steps) {
    const std::string where = GetParam() + ":" + std::to_string(step.line);
    const std::string script = streams.Write("script", step.command);
    const std::string call = "cd '" + folder.path() + "' && PATH='" +
                             fs::path(program).parent_path().string() +
                             "':\"$PATH\" LC_ALL=C.UTF-8 bash '" + script + "' >'" +
                             streams / "out" + "' 2>'" + streams / "err" + "' </dev/null";
    const int result = std::system(call.c_str());
    ASSERT_TRUE(WIFEXITED(result)) << where;
    ExpectLines(step.out, ReadFile(streams / "out"), where, "standard output");
    ExpectLines(step.err, ReadFile(streams / "err"), where, "standard error");
    EXPECT_EQ(WEXITSTATUS(result), step.exit_code) << where << ": " << ReadFile(streams / "err");
  }
}

std::vector<std::string> Transcripts() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator("tests/cli")) {
    if (entry.path().extension() == ".transcript") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Cli, TranscriptTest, testing::ValuesIn(Transcripts()),
                         [](const auto& info) { return fs::path(info.param).stem().string(); });

TEST(TranscriptMatching, StarsStandForAnyTextDotsForAnyLinesAndNothingElseDoes) {
  EXPECT_TRUE(Matches("a{*}c", "abc"));
  EXPECT_TRUE(Matches("a{*}", "a"));
  EXPECT_TRUE(Matches("{*}b{*}", "abc"));
  EXPECT_FALSE(Matches("a{*}c", "abcd"));
  EXPECT_FALSE(Matches("abc", "abcd"));
  EXPECT_FALSE(Matches("a{*}bb", "ab"));
  EXPECT_TRUE(MatchesFrom({"a", "...", "d"}, 0, {"a", "b", "c", "d"}, 0));
  EXPECT_TRUE(MatchesFrom({"a", "..."}, 0, {"a"}, 0));
  EXPECT_FALSE(MatchesFrom({"a", "...", "e"}, 0, {"a", "b", "c", "d"}, 0));
}

}  // namespace
}  // namespace corpusmill
