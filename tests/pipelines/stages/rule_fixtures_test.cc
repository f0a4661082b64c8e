#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "corpus/base/hash.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"
#include "gtest/gtest.h"
#include "tests/pipelines/stages/stage_testing.h"

// The decisions of datatrove on documents of the development corpora, from fixtures/datatrove.tsv.
namespace corpusmill {
namespace {

/// What datatrove says of a document, in the order of the columns: "-", "reason" or
/// "reason=value".
struct Fixture {
  std::string corpus;
  std::vector<std::string> decisions;
};

/// The fixtures by hash of the text; `*columns` are the stages.
std::map<std::string, Fixture> ReadFixtures(std::vector<std::string>* columns) {
  std::ifstream file("tests/pipelines/stages/fixtures/datatrove.tsv");
  EXPECT_TRUE(file.is_open());
  std::map<std::string, Fixture> fixtures;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string hash, corpus, field;
    std::getline(fields, hash, '\t');
    std::getline(fields, corpus, '\t');
    std::vector<std::string> rest;
    while (std::getline(fields, field, '\t')) rest.push_back(field);
    if (columns->empty()) {
      *columns = rest;
    } else {
      fixtures[hash] = {corpus, rest};
    }
  }
  return fixtures;
}

/// "c4:min-num-sentences=3"
std::unique_ptr<TestStage> MakeStage(const std::string& column) {
  std::istringstream parts(column);
  std::string name, option;
  std::getline(parts, name, ':');
  TestStage::Options options;
  while (std::getline(parts, option, ':')) {
    const size_t equals = option.find('=');
    options[option.substr(0, equals)] = {option.substr(equals + 1)};
  }
  return std::make_unique<TestStage>(name, options);
}

void ExpectDecision(const std::string& expected, const TestStage::Result& result) {
  const size_t equals = expected.find('=');
  EXPECT_EQ(result.reason.empty() ? "-" : result.reason, expected.substr(0, equals));
  if (equals == std::string::npos) return;
  const double value = std::stod(expected.substr(equals + 1));
  EXPECT_NEAR(result.value, value, 1e-12 * std::abs(value));
}

TEST(RuleFixturesTest, DecisionsReasonsAndValuesOfDatatrove) {
  const std::string data = DataFolder();
  if (data.empty()) GTEST_SKIP() << "CORPUSMILL_DATA names no folder of corpora";
  std::vector<std::string> columns;
  const std::map<std::string, Fixture> fixtures = ReadFixtures(&columns);
  ASSERT_GE(fixtures.size(), 300u);
  std::vector<std::unique_ptr<TestStage>> stages;
  for (const std::string& column : columns) stages.push_back(MakeStage(column));
  std::set<std::string> seen;
  for (const char* const corpus : {"en_dev", "zh_dev", "code_dev", "multi_dev"}) {
    Context context({.threads = 1});
    CM_ASSERT_OK_AND_ASSIGN(const std::vector<InputFile> inputs,
                            ResolveInputs({data + "/" + corpus + ".jsonl.zst"}));
    DocumentReader reader(inputs, {}, context);
    Document document;
    while (true) {
      CM_ASSERT_OK_AND_ASSIGN(const bool more, reader.Next(&document));
      if (!more) break;
      const std::string hash = HashBytes(document.text).ToHex();
      const auto fixture = fixtures.find(hash);
      if (fixture == fixtures.end() || !seen.insert(hash).second) continue;
      for (size_t i = 0; i < columns.size(); ++i) {
        SCOPED_TRACE(hash + " of " + corpus + ", " + columns[i]);
        ExpectDecision(fixture->second.decisions[i], stages[i]->Apply(document.text));
      }
    }
  }
  EXPECT_EQ(seen.size(), fixtures.size());
}

}  // namespace
}  // namespace corpusmill
