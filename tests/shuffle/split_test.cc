// The outputs of records: splits and aligned inputs.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/shuffle/reference.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Maps the name of a split or an aligned input to its output.
using Outputs = std::map<std::string, std::string>;

absl::StatusOr<Outputs> ShuffleToFiles(const std::vector<std::string>& arguments,
                                       const ShuffleOptions& options,
                                       const std::vector<std::string>& names = {},
                                       uint64_t memory_bytes = 64 << 20) {
  const TestFolder folder;
  Context context({.memory_limit_bytes = memory_bytes, .temp_dirs = {folder.path()}});
  ShuffleFiles files = {.names = names};
  files.pattern = folder / "out";
  if (!names.empty()) files.pattern += "-{name}";
  if (!options.splits.empty()) files.pattern += "-{split}";
  for (const Split& split : options.splits) files.splits.push_back(split.name);
  FilesTarget target(files, context);
  CM_ASSIGN_OR_RETURN(const auto inputs, ResolveInputs(arguments, {.allow_weights = true}));
  CM_RETURN_IF_ERROR(Shuffle(inputs, options, target, context).status());
  Outputs outputs;
  for (const std::string& name : folder.List()) {
    outputs[name.substr(std::string("out-").size())] = ReadFile(folder / name);
  }
  return outputs;
}

std::vector<std::string> Sorted(const std::string& text) {
  std::vector<std::string> records = RecordsOf(text);
  std::sort(records.begin(), records.end());
  return records;
}

std::string Numbers(int begin, int end) {
  std::string text;
  for (int i = begin; i < end; ++i) text += std::to_string(i) + "\n";
  return text;
}

ShuffleOptions WithSplits(std::string_view shares, std::string seed = "s") {
  return {.seed = std::move(seed), .splits = ParseSplits(shares).value()};
}

// χ² of 3 degrees of freedom exceeds 30.7 with probability 1e-6.
TEST(SplitTest, SharesAreKeptAndNothingIsLost) {
  const TestFolder folder;
  constexpr int kRecords = 100'000;
  const std::string text = Numbers(0, kRecords);
  CM_ASSERT_OK_AND_ASSIGN(
      const Outputs outputs,
      ShuffleToFiles({folder.Write("a", text)}, WithSplits("a=70,b=20,c=9.5,d=.5")));
  const std::map<std::string, double> shares = {{"a", .7}, {"b", .2}, {"c", .095}, {"d", .005}};
  double chi_squared = 0;
  std::string all;
  for (const auto& [name, share] : shares) {
    const double expected = share * kRecords;
    const double found = static_cast<double>(RecordsOf(outputs.at(name)).size());
    chi_squared += (found - expected) * (found - expected) / expected;
    all += outputs.at(name);
  }
  EXPECT_LT(chi_squared, 30.7);
  EXPECT_EQ(Sorted(all), Sorted(text));
}

TEST(SplitTest, EachSplitKeepsTheOrderOfTheWhole) {
  const TestFolder folder;
  const std::string text = Numbers(0, 20'000);
  const std::string path = folder.Write("a", text);
  for (const std::optional<uint64_t> take :
       {std::optional<uint64_t>(), std::optional<uint64_t>(1), std::optional<uint64_t>(5000)}) {
    ShuffleOptions options = WithSplits("a=1,b=0.001,c=1");
    CM_ASSERT_OK_AND_ASSIGN(const Outputs whole, ShuffleToFiles({path}, options));
    options.take = take;
    CM_ASSERT_OK_AND_ASSIGN(const Outputs outputs, ShuffleToFiles({path}, options));
    std::vector<Placed> order = ReferenceOrder(text, "s");
    if (take) order.resize(*take);
    for (const char* const split : {"a", "b", "c"}) {
      const std::vector<std::string> members = Sorted(whole.at(split));
      std::vector<std::string> expected;
      for (const Placed& record : order) {
        if (std::binary_search(members.begin(), members.end(), record.bytes)) {
          expected.push_back(record.bytes);
        }
      }
      EXPECT_TRUE(outputs.at(split) == Joined(expected)) << split;
    }
  }
}

TEST(SplitTest, NeitherSeedNorMoreInputsMoveARecord) {
  const TestFolder folder;
  const std::string a = folder.Write("a", Numbers(0, 5000));
  const std::string b = folder.Write("b", Numbers(5000, 9000));
  CM_ASSERT_OK_AND_ASSIGN(Outputs first, ShuffleToFiles({a}, WithSplits("x=1,y=2", "1")));
  CM_ASSERT_OK_AND_ASSIGN(Outputs other, ShuffleToFiles({a, b}, WithSplits("x=1,y=2", "2")));
  for (const char* const split : {"x", "y"}) {
    std::vector<std::string> of_a = Sorted(other[split]);
    std::erase_if(of_a, [](const std::string& record) { return std::stoi(record) >= 5000; });
    EXPECT_EQ(of_a, Sorted(first[split]));
  }
  ShuffleOptions options = WithSplits("x=1,y=2", "1");
  options.split_seed = "another";
  CM_ASSERT_OK_AND_ASSIGN(Outputs dealt_anew, ShuffleToFiles({a}, options));
  EXPECT_NE(Sorted(dealt_anew["x"]), Sorted(first["x"]));
}

TEST(SplitTest, CopiesOfARecordStayTogether) {
  const TestFolder folder;
  CM_ASSERT_OK_AND_ASSIGN(
      Outputs outputs,
      ShuffleToFiles({folder.Write("a", Numbers(0, 3000)) + "@3.5"}, WithSplits("x=1,y=1")));
  std::set<std::string> in_x;
  for (const std::string& record : RecordsOf(outputs["x"])) in_x.insert(record);
  for (const std::string& record : RecordsOf(outputs["y"])) EXPECT_FALSE(in_x.contains(record));
  EXPECT_GT(in_x.size(), 1000);
}

TEST(SplitTest, EqualContentStaysTogether) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i % 1000) + "\n";
  const std::string oversized = std::string(3 << 20, 'g') + "\n";
  ShuffleOptions options = WithSplits("x=1,y=1");
  options.split_by = SplitBy::kContent;
  CM_ASSERT_OK_AND_ASSIGN(Outputs outputs, ShuffleToFiles({folder.Write("a", text + oversized),
                                                           folder.Write("b", oversized + text)},
                                                          options, {}, 16 << 20));
  std::map<std::string, int> in_x, in_y;
  for (const std::string& record : RecordsOf(outputs["x"])) ++in_x[record];
  for (const std::string& record : RecordsOf(outputs["y"])) ++in_y[record];
  EXPECT_EQ(in_x.size() + in_y.size(), 1001);
  for (const auto& [record, count] : in_x) EXPECT_EQ(count, record[0] == 'g' ? 2 : 10);
}

TEST(SplitTest, EqualFieldsStayTogether) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "{\"n\": " + std::to_string(i) + ", \"host\": \"h" + std::to_string(i % 100) + "\"}\n";
  }
  ShuffleOptions options = WithSplits("x=1,y=1");
  options.split_by = SplitBy::kField;
  options.split_field = "host";
  CM_ASSERT_OK_AND_ASSIGN(Outputs outputs, ShuffleToFiles({folder.Write("a", text)}, options));
  std::set<std::string> in_x;
  const auto host = [](const std::string& record) { return record.substr(record.find("\"h")); };
  for (const std::string& record : RecordsOf(outputs["x"])) in_x.insert(host(record));
  for (const std::string& record : RecordsOf(outputs["y"])) {
    EXPECT_FALSE(in_x.contains(host(record)));
  }
  EXPECT_EQ(Sorted(outputs["x"] + outputs["y"]), Sorted(text));
}

TEST(SplitTest, ErrorNamesTheRecordWithoutTheField) {
  const TestFolder folder;
  ShuffleOptions options = WithSplits("x=1,y=1");
  options.split_by = SplitBy::kField;
  options.split_field = "host";
  options.header_records = 1;
  const std::string path = folder.Write("in", "#\n{\"host\":\"a\"}\n{\"hos\":\"a\"}\n");
  EXPECT_THAT(ShuffleToFiles({path}, options),
              Fails(absl::StatusCode::kDataLoss,
                    AllOf(HasSubstr(path + ": record 3: "), HasSubstr("'host'"))));
  const std::string bad = folder.Write("bad", "#\n{\"host\":\n");
  EXPECT_THAT(ShuffleToFiles({bad}, options),
              Fails(absl::StatusCode::kDataLoss, HasSubstr(bad + ": record 2: ")));
}

// If all records have the same value, they fill the only bucket of a small split.
TEST(SplitTest, SplitsTheBucketsOfAnOverfullSplit) {
  const TestFolder folder;
  const std::string lines = RandomLines(24 << 20, 400, 1);
  std::string text;
  for (const std::string& line : RecordsOf(lines)) text += "{\"k\":1,\"t\":\"" + line + "\"}\n";
  const std::string path = folder.Write("in", text);
  ShuffleOptions options = WithSplits("small=1,large=99");
  options.split_by = SplitBy::kField;
  options.split_field = "k";
  const Hash128 value = HashBytes("1");
  int seed = 0;
  while (RandomKey(std::to_string(seed)).At(DrawPurpose::kSplit, value.high, value.low).high >=
         options.splits[0].end) {
    ++seed;
  }
  options.split_seed = std::to_string(seed);
  CM_ASSERT_OK_AND_ASSIGN(Outputs outputs, ShuffleToFiles({path}, options, {}, 16 << 20));
  EXPECT_TRUE(outputs["small"] == Joined(ReferenceOrder(text, "s")));
  EXPECT_EQ(outputs["large"], "");
}

TEST(ParseSplitsTest, SharesAreExactAndInAnyUnit) {
  for (const char* const text :
       {"a=0.5,b=0.25,c=0.25", "a=50,b=25,c=25", "a=2,b=1,c=1.000000000", "a=50%,b=25%,c=0.25"}) {
    CM_ASSERT_OK_AND_ASSIGN(const std::vector<Split> splits, ParseSplits(text));
    ASSERT_EQ(splits.size(), 3u);
    EXPECT_EQ(splits[1].name, "b");
    EXPECT_EQ(splits[0].end, uint64_t{1} << 63);
    EXPECT_EQ(splits[1].end, uint64_t{3} << 62);
  }
  EXPECT_EQ((*ParseSplits("a=1,b=9"))[0].end, 0x1999999999999999);
}

TEST(ParseSplitsTest, RejectsMalformedText) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "NAME=SHARE"},
      {"a", "NAME=SHARE"},
      {"=1", "NAME=SHARE"},
      {"a=1,", "NAME=SHARE"},
      {"a=1,a=2", "a stands twice"},
      {"a=0,b=1", "decimal above 0"},
      {"a=-1,b=1", "decimal"},
      {"a=x", "decimal"},
      {"a/b=1,c=1", "slash"},
      {"a=1e9,b=1", "decimal"},
      {"a=0.0000000001,b=1", "9 places"},
      {"a=0.00000001%,b=1", "9 places"},
      {"a=2000000000", "above 0"}};
  for (const auto& [text, why] : cases) {
    EXPECT_THAT(ParseSplits(text),
                Fails(absl::StatusCode::kInvalidArgument,
                      AllOf(HasSubstr("'" + text + "'"), HasSubstr(why), HasSubstr("; try "))))
        << text;
  }
}

TEST(ParseSplitByTest, KnowsThreeWays) {
  std::string field;
  EXPECT_EQ(*ParseSplitBy("record", &field), SplitBy::kRecord);
  EXPECT_EQ(*ParseSplitBy("content", &field), SplitBy::kContent);
  EXPECT_EQ(field, "");
  EXPECT_EQ(*ParseSplitBy("field:a:b", &field), SplitBy::kField);
  EXPECT_EQ(field, "a:b");
  for (const char* const bad : {"", "field", "field:", "Record", "contents"}) {
    EXPECT_THAT(ParseSplitBy(bad, &field),
                Fails(absl::StatusCode::kInvalidArgument, HasSubstr("try record, content")));
  }
}

/// The row numbers in output order.
std::vector<std::string> Rows(const std::string& text) {
  std::vector<std::string> rows;
  for (const std::string& record : RecordsOf(text)) rows.push_back(record.substr(record.find('#')));
  return rows;
}

std::string Column(char letter, size_t max_bytes, int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) {
    text +=
        std::string(static_cast<size_t>(i) % max_bytes, letter) + "#" + std::to_string(i) + "\n";
  }
  return text;
}

TEST(AlignedTest, RowsStayTogetherWithAnyOptions) {
  const TestFolder folder;
  const int kRows = 20'000;
  const std::vector<std::string> paths = {folder.Write("a", Column('a', 2, kRows)),
                                          folder.Write("b", Column('b', 2000, kRows)),
                                          folder.Write("c", Column('c', 100, kRows))};
  ShuffleOptions options = {.seed = "s", .aligned = true};
  for (const uint64_t take : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, ~uint64_t{0}}) {
    for (const bool splits : {false, true}) {
      SCOPED_TRACE(testing::Message() << take << " " << splits);
      options.take = take > 0 ? std::optional(take) : std::nullopt;
      options.splits = splits ? ParseSplits("x=3,y=1").value() : std::vector<Split>();
      CM_ASSERT_OK_AND_ASSIGN(Outputs out,
                              ShuffleToFiles(paths, options, {"a", "b", "c"}, 16 << 20));
      size_t rows = 0;
      for (const std::string split : {"-x", "-y"}) {
        if (!splits && split == "-y") continue;
        const std::string suffix = splits ? split : "";
        rows += Rows(out["a" + suffix]).size();
        EXPECT_EQ(Rows(out["a" + suffix]), Rows(out["b" + suffix]));
        EXPECT_EQ(Rows(out["a" + suffix]), Rows(out["c" + suffix]));
        EXPECT_EQ(out["b" + suffix].find('a'), std::string::npos);
      }
      EXPECT_EQ(rows, take > 0 ? std::min<uint64_t>(take, kRows) : kRows);
    }
  }
  // The order equals that of a single input.
  options.splits.clear();
  options.take.reset();
  CM_ASSERT_OK_AND_ASSIGN(Outputs out, ShuffleToFiles(paths, options, {"a", "b", "c"}));
  EXPECT_TRUE(out["a"] == Joined(ReferenceOrder(Column('a', 2, kRows), "s")));
}

TEST(AlignedTest, ErrorNamesBothInputsOfDifferentLength) {
  const TestFolder folder;
  const std::string a = folder.Write("a", "1\n2\n3"), b = folder.Write("b", "1\n2\n");
  EXPECT_THAT(ShuffleToFiles({a, b}, {.seed = "s", .aligned = true}, {"a", "b"}),
              Fails(absl::StatusCode::kDataLoss,
                    b + ": has 2 records, but " + a + " has 3: the files are not aligned"));
}

TEST(AlignedTest, WeightsAndContentAreRefused) {
  const TestFolder folder;
  const std::string a = folder.Write("a", "1\n");
  EXPECT_THAT(ShuffleToFiles({a + "@2"}, {.seed = "s", .aligned = true}, {"a"}),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("have no weights")));
  EXPECT_THAT(
      ShuffleToFiles({a}, {.seed = "s", .split_by = SplitBy::kContent, .aligned = true}, {"a"}),
      Fails(absl::StatusCode::kInvalidArgument, HasSubstr("split by record only")));
}

}  // namespace
}  // namespace corpusmill
