// A job that is killed again and again, at times that nobody chose, and resumed: the bytes
// are those of an undisturbed run, and nothing else is left. (tests/shuffle/job/job_crash_test.cc
// stops a shuffle at each write in turn.)

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/program.h"
#include "tests/corpus/io/streams.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;

class KillTest : public testing::Test {
 protected:
  Program Start(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = arguments;
    all.push_back("in");
    return Program(folder_.path(), err_ / "err", all);
  }

  std::map<std::string, std::string> Outputs() const {
    std::map<std::string, std::string> outputs;
    for (const std::string& name : folder_.List()) {
      if (name.starts_with("out")) outputs[name] = ReadFile(folder_ / name);
    }
    return outputs;
  }

  /// What `command` writes beside "in", as names that begin with "out". `job_flags` besides.
  void ExpectTheSame(const std::vector<std::string>& command,
                     const std::vector<std::string>& job_flags) {
    const auto start = std::chrono::steady_clock::now();
    Program undisturbed = Start(command);
    ASSERT_EQ(undisturbed.ExitCode(), 0) << undisturbed.Errors();
    const auto micros = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                                  std::chrono::steady_clock::now() - start)
                                                  .count());
    const auto expected = Outputs();
    for (const auto& [name, content] : expected) fs::remove(folder_ / name);

    std::vector<std::string> job = command;
    job.insert(job.end(), {"--job-dir", "job", "--resume"});
    job.insert(job.end(), job_flags.begin(), job_flags.end());
    TestRandom random(7);
    int kills = 0;
    while (true) {
      Program program = Start(job);
      // Later and later, so that it comes to an end.
      const uint64_t latest = micros / 3 + micros / 30 * static_cast<uint64_t>(kills);
      std::this_thread::sleep_for(std::chrono::microseconds(random.Below(latest)));
      if (program.IsRunning()) {
        program.Signal(SIGKILL);
        if (program.ExitCode() == -1) {
          ++kills;
          continue;
        }
      }
      ASSERT_EQ(program.ExitCode(), 0) << program.Errors();
      break;
    }
    RecordProperty("kills", kills);
    EXPECT_GT(kills, 0);
    EXPECT_TRUE(Outputs() == expected);
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      EXPECT_FALSE(name.ends_with(".part") || name.starts_with("corpusmill-")) << name;
    }
    fs::remove_all(folder_ / "job");
    for (const auto& [name, content] : expected) fs::remove(folder_ / name);
  }

  const TestFolder folder_, err_;
};

std::string ShuffledText() {
  TestRandom random(1);
  std::string text;
  while (text.size() < (180 << 20)) {
    text.append(30 + random.Below(900), static_cast<char>('a' + random.Below(26)));
    text += std::to_string(random.Next()) + "\n";
  }
  return text;
}

TEST_F(KillTest, Shuffles) {
  folder_.Write("in", ShuffledText());
  for (const std::vector<std::string>& output : std::vector<std::vector<std::string>>{
           {"-o", "out"}, {"-o", "out-{shard}.zst", "--shards", "5"}}) {
    std::vector<std::string> command = {"shuffle", "-q", "--seed", "1", "--memory", "32M"};
    command.insert(command.end(), output.begin(), output.end());
    ExpectTheSame(command, {});
  }
}

/// Words of syllables, frequent ones and rare ones.
std::string TrainingText() {
  TestRandom random(2);
  std::string text;
  while (text.size() < (6 << 20)) {
    const uint64_t word = random.Below(1 + random.Below(1 + random.Below(30000)));
    for (uint64_t rest = word + 40; rest > 0; rest /= 40) {
      text += "bdfgklmnprst"[rest % 12];
      text += "aeiou"[rest % 5];
    }
    text += random.Below(12) == 0 ? '\n' : ' ';
  }
  return text + "\n";
}

TEST_F(KillTest, Trainings) {
  folder_.Write("in", TrainingText());
  ExpectTheSame(
      {"tokenizer", "train", "-q", "--vocab-size", "2000,500", "--memory", "64M", "-o", "out"},
      {"--checkpoint", "1M"});
}

}  // namespace
}  // namespace corpusmill
