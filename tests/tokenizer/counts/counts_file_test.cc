#include "tokenizer/counts/counts_file.h"

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "corpus/base/context.h"
#include "corpus/base/hash.h"
#include "tests/testing.h"
#include "tests/tokenizer/model/vocabularies.h"
#include "tokenizer/ngrams/ngram_model.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;
using Counts = std::map<std::string, uint64_t>;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

class MapStream final : public CountStream {
 public:
  explicit MapStream(const Counts& counts) : counts_(counts), next_(counts.begin()) {}
  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    if (next_ == counts_.end()) return false;
    *bytes = next_->first;
    *count = next_->second;
    ++next_;
    return true;
  }

 private:
  const Counts& counts_;
  Counts::const_iterator next_;
};

class CountsFileTest : public testing::Test {
 protected:
  /// Totals of texts that no other file counts.
  CountsInfo Info(uint64_t texts, uint64_t unit = 1) {
    CountsInfo info = {.order = 5, .totals = {.unit = unit}};
    info.totals.texts = texts;
    info.totals.input_bytes = 3 * texts;
    info.totals.normalized_bytes = 2 * texts;
    info.totals.chunks = texts + 7;
    info.totals.weighted_bytes = 4 * texts + unit;
    MultisetHash hash;
    for (uint64_t i = 0; i < texts; ++i) hash.Add(std::to_string(++made_));
    info.totals.hash = hash;
    return info;
  }

  std::string Write(const std::string& name, const CountsInfo& info, const Counts& counts) {
    MapStream stream(counts);
    CM_EXPECT_OK(CountsFile::Write(folder_ / name, info, stream, /*overwrite=*/true, context_));
    return folder_ / name;
  }

  absl::Status ReadAll(const std::string& path, Counts* counts) {
    CM_ASSIGN_OR_RETURN(const auto file, CountsFile::Open(path, context_));
    const auto stream = file->OpenAll();
    std::string_view bytes;
    uint64_t count;
    while (true) {
      CM_ASSIGN_OR_RETURN(const bool more, stream->Next(&bytes, &count));
      if (!more) return absl::OkStatus();
      (*counts)[std::string(bytes)] += count;
    }
  }

  Counts RandomCounts(size_t size) {
    Counts counts;
    for (size_t i = 0; i < size; ++i) {
      counts[RandomText(random_, 1 + random_() % 5, std::string("ab\0\xFF c", 6))] =
          1 + random_() % 1000;
    }
    return counts;
  }

  uint64_t made_ = 0;
  std::mt19937 random_{1};
  Context context_{{.threads = 1}};
  const TestFolder folder_;
};

TEST_F(CountsFileTest, ReadsWhatWasWritten) {
  for (const size_t size : {0, 1, 40000}) {
    const Counts counts = RandomCounts(size);
    CountsInfo info = Info(11, 10);
    info.kind = CountsInfo::Kind::kPieces;
    info.isolate_digits = true;
    info.normalization = Normalization::kNfkc;
    info.bytepiece_compat = true;
    info.ngram_min_count = 3;
    info.ngram_totals = Info(4).totals;
    info.ngrams = {.high = 1, .low = uint64_t{1} << 63};
    const std::string path = Write("a", info, counts);
    CM_ASSERT_OK_AND_ASSIGN(const auto file, CountsFile::Open(path, context_));
    EXPECT_TRUE(file->info() == info);
    EXPECT_EQ(file->entries(), counts.size());
    uint64_t sum = 0;
    for (const auto& [bytes, count] : counts) sum += count;
    EXPECT_EQ(file->sum(), sum);
    Counts read;
    CM_EXPECT_OK(ReadAll(path, &read));
    EXPECT_TRUE(read == counts);
    // Sections are those that begin with a byte.
    size_t entries = 0;
    for (int first = 0; first < 256; ++first) {
      CM_ASSERT_OK_AND_ASSIGN(const auto section, file->OpenSection(static_cast<uint8_t>(first)));
      std::string_view bytes;
      uint64_t count;
      while (*section->Next(&bytes, &count)) {
        EXPECT_EQ(static_cast<uint8_t>(bytes[0]), first);
        ++entries;
      }
    }
    EXPECT_EQ(entries, counts.size());
    // The same bytes from the same counts.
    EXPECT_TRUE(ReadFile(Write("b", info, counts)) == ReadFile(path));
  }
  EXPECT_EQ(context_.memory().used_bytes(), 0);
}

TEST_F(CountsFileTest, AddsUpToWhatOneRunWouldWrite) {
  Counts sums;
  CountsInfo whole = {.order = 5};
  std::vector<std::string> paths;
  for (int i = 0; i < 5; ++i) {
    const Counts counts = RandomCounts(3000);
    for (const auto& [bytes, count] : counts) sums[bytes] += count;
    const CountsInfo info = Info(10 + static_cast<uint64_t>(i));
    whole.totals.Add(info.totals);
    paths.push_back(Write(std::to_string(i), info, counts));
  }
  CM_ASSERT_OK(CountsFile::Merge(paths, folder_ / "all", {}, context_).status());
  EXPECT_TRUE(ReadFile(folder_ / "all") == ReadFile(Write("expected", whole, sums)));
  // In two steps, in another order.
  CM_ASSERT_OK(CountsFile::Merge({paths[4], paths[1]}, folder_ / "some", {}, context_).status());
  CM_ASSERT_OK(CountsFile::Merge({paths[3], paths[2], folder_ / "some", paths[0]},
                                 folder_ / "again", {}, context_)
                   .status());
  EXPECT_TRUE(ReadFile(folder_ / "again") == ReadFile(folder_ / "all"));
}

TEST_F(CountsFileTest, BringsWeightsToOneUnit) {
  const std::string halves = Write("2", Info(1, 2), {{"a", 3}, {"b", 5}});
  const std::string tenths = Write("10", Info(2, 10), {{"a", 7}});
  const std::string thirds = Write("4", Info(3, 4), {{"c", 1}});
  CM_ASSERT_OK_AND_ASSIGN(const CountsInfo info, CountsFile::Merge({halves, tenths, thirds},
                                                                   folder_ / "all", {}, context_));
  EXPECT_EQ(info.totals.unit, 20);
  EXPECT_EQ(info.totals.weighted_bytes, (4 + 2) * 10 + (8 + 10) * 2 + (12 + 4) * 5);
  Counts counts;
  CM_ASSERT_OK(ReadAll(folder_ / "all", &counts));
  EXPECT_TRUE(counts == (Counts{{"a", 3 * 10 + 7 * 2}, {"b", 50}, {"c", 5}}));
}

TEST_F(CountsFileTest, HoldsCountsThatPassFourBillion) {
  const uint64_t large = 35'785'974'100;
  const std::string a = Write("a", Info(1), {{"ab", large}, {"abc", 3}, {"x", 1}});
  const std::string b = Write("b", Info(1), {{"ab", large}, {"abc", uint64_t{1} << 61}});
  CM_ASSERT_OK(CountsFile::Merge({a, b}, folder_ / "all", {}, context_).status());
  Counts counts;
  CM_ASSERT_OK(ReadAll(folder_ / "all", &counts));
  EXPECT_EQ(counts["ab"], 2 * large);
  EXPECT_EQ(counts["abc"], (uint64_t{1} << 61) + 3);
  // The model has the merged counts.
  CM_ASSERT_OK_AND_ASSIGN(const auto file, CountsFile::Open(folder_ / "all", context_));
  CM_ASSERT_OK_AND_ASSIGN(
      const NgramModel model,
      NgramModel::Build(
          5, [&](uint8_t first) { return file->OpenSection(first); }, {}, context_));
  EXPECT_EQ(model.LogCountOf("ab"),
            std::log(static_cast<double>(2 * large + (uint64_t{1} << 61) + 3)));
  // More than a file can hold.
  const uint64_t most = (uint64_t{1} << 63) - 1;
  const std::string c = Write("c", Info(1), {{"ab", most}});
  EXPECT_THAT(CountsFile::Merge({a, c}, folder_ / "none", {}, context_),
              Fails(kDataLoss, HasSubstr("2^63")));
  const std::string d = Write("d", Info(1, 3), {{"b", most / 2}});
  const std::string e = Write("e", Info(1), {{"b", most / 2}});
  EXPECT_THAT(CountsFile::Merge({e, d}, folder_ / "none", {}, context_),
              Fails(kDataLoss, HasSubstr("2^63")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
}

TEST_F(CountsFileTest, RefusesWhatDoesNotBelongTogether) {
  const CountsInfo info = Info(3);
  const std::string a = Write("a", info, {{"a", 1}});
  const auto merge = [&](const CountsInfo& other) {
    return CountsFile::Merge({a, Write("b", other, {{"a", 1}})}, folder_ / "none", {}, context_);
  };
  const auto with = [&](auto change) {
    CountsInfo other = Info(4);
    change(other);
    return merge(other);
  };
  EXPECT_THAT(with([](CountsInfo& o) { o.order = 4; }),
              Fails(kInvalidArgument, HasSubstr("b: --order is 4, but 5 in")));
  EXPECT_THAT(with([](CountsInfo& o) { o.kind = CountsInfo::Kind::kPieces; }),
              Fails(kInvalidArgument, HasSubstr("of pieces")));
  EXPECT_THAT(with([](CountsInfo& o) { o.isolate_digits = true; }),
              Fails(kInvalidArgument, HasSubstr("--isolate-digits")));
  EXPECT_THAT(with([](CountsInfo& o) { o.normalization = Normalization::kNone; }),
              Fails(kInvalidArgument, HasSubstr("--normalize is none, but nfc")));
  EXPECT_THAT(with([](CountsInfo& o) { o.ensure_unicode = true; }),
              Fails(kInvalidArgument, HasSubstr("--ensure-unicode")));
  EXPECT_THAT(with([](CountsInfo& o) { o.ngrams.low = 1; }),
              Fails(kInvalidArgument, HasSubstr("different n-grams")));
  EXPECT_THAT(merge(info), Fails(kInvalidArgument, HasSubstr("the same texts")));
  CM_EXPECT_OK(
      CountsFile::Merge({a, folder_ / "b"}, folder_ / "twice", {.allow_same_texts = true}, context_)
          .status());
}

TEST_F(CountsFileTest, SeesEveryDamagedByte) {
  const std::string path = Write("a", Info(3), RandomCounts(300));
  const std::string whole = ReadFile(path);
  Counts counts;
  // The padding after the last section is not checked.
  size_t end = whole.size();
  while (whole[end - 1] == 0) --end;
  for (size_t i = 0; i < end; i += i < 200 ? 1 : 61) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    folder_.Write("b", damaged);
    EXPECT_THAT(ReadAll(folder_ / "b", &counts), Fails(kDataLoss, HasSubstr("/b: "))) << i;
  }
  for (const size_t size : {size_t{0}, size_t{5}, size_t{100}, size_t{4096}, whole.size() - 4096}) {
    folder_.Write("b", whole.substr(0, size));
    EXPECT_THAT(ReadAll(folder_ / "b", &counts), Fails(kDataLoss, HasSubstr("/b: "))) << size;
  }
  folder_.Write("b", whole + std::string(4096, '\0'));
  EXPECT_THAT(ReadAll(folder_ / "b", &counts), Fails(kDataLoss, HasSubstr("longer")));
}

/// Consistent headers with false contents.
TEST_F(CountsFileTest, BelievesNoHeader) {
  const std::string path = Write("a", Info(3), {{"abcde", 3}, {"b", 1}});
  const std::string whole = ReadFile(path);
  const auto lie = [&](size_t at, size_t width, uint64_t value) {
    std::string bytes = whole;
    for (size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> 8 * i);
    const Hash128 hash = HashBytes(std::string_view(bytes).substr(40, 208 + 256 * 40 - 40));
    for (size_t i = 0; i < 8; ++i) bytes[24 + i] = static_cast<char>(hash.low >> 8 * i);
    for (size_t i = 0; i < 8; ++i) bytes[32 + i] = static_cast<char>(hash.high >> 8 * i);
    folder_.Write("b", bytes);
    Counts counts;
    return ReadAll(folder_ / "b", &counts);
  };
  CM_EXPECT_OK(lie(40, 4, 5));
  const size_t section_a = 208 + 40 * 'a';
  EXPECT_THAT(lie(8, 4, 2), Fails(kDataLoss, HasSubstr("version 2")));
  EXPECT_THAT(lie(12, 4, 2), Fails(kDataLoss, HasSubstr("damaged header")));
  EXPECT_THAT(lie(40, 4, 0), Fails(kDataLoss, HasSubstr("damaged header")));
  EXPECT_THAT(lie(40, 4, 10), Fails(kDataLoss, HasSubstr("damaged header")));
  EXPECT_THAT(lie(44, 4, 3), Fails(kDataLoss, HasSubstr("damaged header")));
  for (const size_t unit : {96, 160}) {
    EXPECT_THAT(lie(unit, 8, 0), Fails(kDataLoss, HasSubstr("damaged header")));
    EXPECT_THAT(lie(unit, 8, 1'000'001), Fails(kDataLoss, HasSubstr("damaged header")));
  }
  EXPECT_THAT(lie(section_a, 8, uint64_t{1} << 60), Fails(kDataLoss, HasSubstr("damaged header")));
  EXPECT_THAT(lie(section_a + 16, 8, ~uint64_t{0}), Fails(kDataLoss, HasSubstr("damaged header")));
  EXPECT_THAT(lie(section_a + 8, 8, 2), Fails(kDataLoss, HasSubstr("damaged counts")));
  EXPECT_THAT(lie(section_a + 16, 8, 4), Fails(kDataLoss, HasSubstr("damaged counts")));
  EXPECT_THAT(lie(section_a + 16, 8, 2), Fails(kDataLoss, HasSubstr("damaged counts")));
  // Strings longer than the order, in the section of another byte.
  EXPECT_THAT(lie(40, 4, 4), Fails(kDataLoss, HasSubstr("damaged counts")));
  uint64_t end_of_a = 0;
  for (size_t i = 0; i < 8; ++i)
    end_of_a |= uint64_t{static_cast<uint8_t>(whole[section_a + i])} << 8 * i;
  EXPECT_THAT(lie(section_a - 40, 8, end_of_a), Fails(kDataLoss, HasSubstr("damaged counts")));
}

TEST_F(CountsFileTest, TellsWhatIsNoCountsFile) {
  folder_.Write("text", "hello\n");
  EXPECT_THAT(CountsFile::Open(folder_ / "text", context_),
              Fails(kDataLoss, HasSubstr("text: not a counts file")));
  folder_.Write("long", std::string(100000, 'x'));
  EXPECT_THAT(CountsFile::Open(folder_ / "long", context_),
              Fails(kDataLoss, HasSubstr("not a counts file")));
  EXPECT_THAT(CountsFile::Open(folder_ / "missing", context_),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("missing")));
}

}  // namespace
}  // namespace corpusmill
