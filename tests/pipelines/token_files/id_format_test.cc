#include "pipelines/token_files/id_format.h"

#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::HasSubstr;

constexpr auto kUsage = absl::StatusCode::kInvalidArgument;

TEST(IdFormat, NamesAreParsedAndOthersRefused) {
  for (const IdFormat format :
       {IdFormat::kIds, IdFormat::kPieces, IdFormat::kJsonl, IdFormat::kNpy, IdFormat::kMegatron}) {
    EXPECT_EQ(*ParseIdFormat(IdFormatName(format)), format);
  }
  EXPECT_THAT(ParseIdFormat("bin"), Fails(kUsage, HasSubstr("megatron")));
  EXPECT_EQ(*ParseIdType("auto"), std::nullopt);
  EXPECT_EQ(*ParseIdType("u16"), IdType::kU16);
  EXPECT_EQ(*ParseIdType("u32"), IdType::kU32);
  EXPECT_THAT(ParseIdType("i32"), Fails(kUsage, HasSubstr("u32 or auto")));
}

TEST(IdFormat, TheTypeGoesByTheVocabulary) {
  for (const IdFormat format : {IdFormat::kNpy, IdFormat::kMegatron}) {
    EXPECT_EQ(*ChooseIdType({}, format, 65'499), IdType::kU16);
    EXPECT_EQ(*ChooseIdType({}, format, 65'500), IdType::kU32);
    EXPECT_EQ(*ChooseIdType(IdType::kU32, format, 300), IdType::kU32);
    EXPECT_THAT(ChooseIdType(IdType::kU16, format, 65'537),
                Fails(kUsage, HasSubstr("--dtype u32")));
  }
  EXPECT_EQ(*ChooseIdType(IdType::kU16, IdFormat::kNpy, 65'536), IdType::kU16);
  // Megatron's reader would take it for something else.
  EXPECT_THAT(ChooseIdType(IdType::kU16, IdFormat::kMegatron, 65'500),
              Fails(kUsage, HasSubstr("--dtype u32")));
}

TEST(IdFormat, NamesOfPairs) {
  const auto expect = [](IdFormat format, const char* path, const char* data, const char* index) {
    CM_ASSERT_OK_AND_ASSIGN(const FilePairPaths paths, PathsOfPair(format, path));
    EXPECT_EQ(paths.data, data);
    EXPECT_EQ(paths.index, index);
  };
  expect(IdFormat::kNpy, "d/a.npy", "d/a.npy", "d/a.offsets.npy");
  expect(IdFormat::kMegatron, "d/a", "d/a.bin", "d/a.idx");
  expect(IdFormat::kMegatron, "d/a.bin", "d/a.bin", "d/a.idx");
  expect(IdFormat::kMegatron, "d/a.idx", "d/a.bin", "d/a.idx");
  for (const char* bad : {"-", "a", "a.npy.zst", "d/.npy", ".npy", "a.offsets.npy", ""}) {
    EXPECT_THAT(PathsOfPair(IdFormat::kNpy, bad), Fails(kUsage, HasSubstr("npy"))) << bad;
  }
  for (const char* bad : {"-", "", "d/", ".bin"}) {
    EXPECT_THAT(PathsOfPair(IdFormat::kMegatron, bad), Fails(kUsage, HasSubstr("-o PREFIX")))
        << bad;
  }
}

}  // namespace
}  // namespace corpusmill
