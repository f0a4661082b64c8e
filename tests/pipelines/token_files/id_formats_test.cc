#include "pipelines/token_files/id_formats.h"

#include <set>
#include <string_view>

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr auto kUsage = absl::StatusCode::kInvalidArgument;

TEST(IdFormats, EveryEntryIsComplete) {
  std::set<std::string_view> names;
  std::set<RecordFormat> found;
  for (const IdFormat* const format : kIdFormats) {
    EXPECT_TRUE(names.insert(format->name).second) << format->name;
    EXPECT_EQ(*ParseIdFormat(format->name), format);
    EXPECT_THAT(IdFormatHelp(), HasSubstr(format->help));
    // Exactly one kind is set, with all its functions.
    EXPECT_NE(format->is_pair(), format->lines.open_writer != nullptr) << format->name;
    EXPECT_NE(format->is_pair(), format->lines.open_reader != nullptr) << format->name;
    EXPECT_EQ(format->is_pair(), format->pair.open_reader != nullptr) << format->name;
    EXPECT_EQ(format->is_pair(), format->pair.paths != nullptr) << format->name;
    EXPECT_EQ(format->is_pair(), !format->pair.magic.empty()) << format->name;
    EXPECT_LE(format->pair.magic.size(), kMaxMagicBytes);
    if (format->lines.found_by_content) {
      EXPECT_TRUE(found.insert(format->lines.records).second) << format->name;
    }
  }
  EXPECT_EQ(found, (std::set{RecordFormat::kLines, RecordFormat::kJsonl}));
}

TEST(IdFormats, ErrorForAnUnknownNameListsTheKnownNames) {
  EXPECT_THAT(ParseIdFormat("bin"),
              Fails(kUsage, HasSubstr("try ids, pieces, jsonl, npy or megatron")));
  EXPECT_EQ(IdFormatNames([](const IdFormat& f) { return f.takes_type(); }, "and"),
            "npy and megatron");
}

TEST(IdFormats, ParsesIdTypes) {
  EXPECT_EQ(*ParseIdType("auto"), std::nullopt);
  EXPECT_EQ(*ParseIdType("u16"), ElementType::kU16);
  EXPECT_EQ(*ParseIdType("u32"), ElementType::kU32);
  EXPECT_THAT(ParseIdType("i32"), Fails(kUsage, HasSubstr("u32 or auto")));
}

TEST(IdFormats, ChoosesTheTypeByVocabularySize) {
  for (const IdFormat* const format : {&kNpyFormat, &kMegatronFormat}) {
    EXPECT_EQ(*ChooseIdType({}, *format, 65'499), ElementType::kU16);
    EXPECT_EQ(*ChooseIdType({}, *format, 65'500), ElementType::kU32);
    EXPECT_EQ(*ChooseIdType(ElementType::kU32, *format, 300), ElementType::kU32);
    EXPECT_THAT(ChooseIdType(ElementType::kU16, *format, 65'537),
                Fails(kUsage, HasSubstr("--dtype u32")));
  }
  EXPECT_EQ(*ChooseIdType(ElementType::kU16, kNpyFormat, 65'536), ElementType::kU16);
  // Megatron's reader would misread this type.
  EXPECT_THAT(ChooseIdType(ElementType::kU16, kMegatronFormat, 65'500),
              Fails(kUsage, HasSubstr("megatron stores at most 65499 ids as u16")));
}

TEST(IdFormats, PathsOfPairs) {
  const auto expect = [](const IdFormat& format, const char* path, const char* data,
                         const char* index) {
    CM_ASSERT_OK_AND_ASSIGN(const FilePairPaths paths, format.pair.paths(path));
    EXPECT_EQ(paths.data, data);
    EXPECT_EQ(paths.index, index);
  };
  expect(kNpyFormat, "d/a.npy", "d/a.npy", "d/a.offsets.npy");
  expect(kMegatronFormat, "d/a", "d/a.bin", "d/a.idx");
  expect(kMegatronFormat, "d/a.bin", "d/a.bin", "d/a.idx");
  expect(kMegatronFormat, "d/a.idx", "d/a.bin", "d/a.idx");
  for (const char* bad : {"-", "a", "a.npy.zst", "d/.npy", ".npy", "a.offsets.npy", ""}) {
    EXPECT_THAT(kNpyFormat.pair.paths(bad), Fails(kUsage, HasSubstr("npy"))) << bad;
  }
  for (const char* bad : {"-", "", "d/", ".bin"}) {
    EXPECT_THAT(kMegatronFormat.pair.paths(bad), Fails(kUsage, HasSubstr("-o PREFIX"))) << bad;
  }
}

}  // namespace
}  // namespace corpusmill
