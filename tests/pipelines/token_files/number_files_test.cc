// The byte layouts of .npy and Megatron's .idx, and the files that their readers reject.

#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/token_files/megatron.h"
#include "pipelines/token_files/npy.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

/// Returns `number` as `size` little-endian bytes.
std::string Le(uint64_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(number >> (8 * i)));
  return bytes;
}

std::string Npy(const std::string& dict, const std::string& data, int version = 1) {
  return "\x93NUMPY" + Le(static_cast<uint64_t>(version), 2) +
         Le(dict.size(), version == 1 ? 2 : 4) + dict + data;
}

absl::StatusOr<std::vector<int64_t>> ReadNpy(const std::string& bytes) {
  const auto file = StringRandomAccessFile(bytes, "a.npy");
  absl::StatusOr<NumberArray> array = OpenNpy(*file);
  if (!array.ok()) return array.status();
  std::vector<int64_t> numbers;
  for (uint64_t i = 0; i < array->count(); ++i) {
    const absl::StatusOr<int64_t> number = array->At(i);
    if (!number.ok()) return number.status();
    numbers.push_back(*number);
  }
  return numbers;
}

TEST(Npy, WritesNumpysHeader) {
  const std::string header = NpyHeader(ElementType::kU16, 3);
  ASSERT_EQ(header.size(), 128u);
  EXPECT_EQ(header.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  const std::string dict = "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }";
  EXPECT_EQ(header.substr(10), dict + std::string(117 - dict.size(), ' ') + "\n");
  EXPECT_THAT(NpyHeader(ElementType::kI64, UINT64_MAX), HasSubstr("'<i8'"));
  EXPECT_EQ(NpyHeader(ElementType::kI64, UINT64_MAX).size(), 128u);
}

TEST(Npy, ReadsItsOwnFilesAndOtherHeaders) {
  EXPECT_THAT(*ReadNpy(NpyHeader(ElementType::kU16, 2) + Le(1, 2) + Le(65535, 2)),
              ElementsAre(1, 65535));
  EXPECT_THAT(*ReadNpy(NpyHeader(ElementType::kI64, 1) + Le(UINT64_MAX, 8)), ElementsAre(-1));
  EXPECT_THAT(*ReadNpy(NpyHeader(ElementType::kU32, 0)), ElementsAre());
  EXPECT_THAT(*ReadNpy(Npy("{\"shape\":(1,),\"fortran_order\":True,\"descr\":\"|u1\"}\n", "\xff")),
              ElementsAre(255));
  for (const int version : {2, 3}) {
    EXPECT_THAT(*ReadNpy(Npy("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }\n",
                             Le(7, 4), version)),
                ElementsAre(7));
  }
}

TEST(Npy, RejectsInvalidFiles) {
  const std::string good = NpyHeader(ElementType::kU16, 3) + std::string(6, 'x');
  CM_EXPECT_OK(ReadNpy(good));
  EXPECT_THAT(ReadNpy(good.substr(0, good.size() - 1)),
              Fails(kDataLoss, HasSubstr("a.npy: its header promises 3 numbers of 2 bytes, but "
                                         "5 bytes follow; it is truncated or damaged")));
  EXPECT_THAT(ReadNpy(good + "x"), Fails(kDataLoss, HasSubstr("truncated or damaged")));
  EXPECT_THAT(ReadNpy(good.substr(0, 100)), Fails(kDataLoss, HasSubstr("truncated")));
  for (size_t size = 0; size < 12; ++size) {
    EXPECT_THAT(ReadNpy(good.substr(0, size)), Fails(kDataLoss, HasSubstr("a.npy: ")));
  }
  EXPECT_THAT(ReadNpy("1 2 3 4 5 6 7\n"), Fails(kDataLoss, HasSubstr("is not an npy file")));
  const auto dict = [](const std::string& text) { return ReadNpy(Npy(text + "\n", "")); };
  EXPECT_THAT(dict("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }"),
              Fails(kDataLoss, HasSubstr("holds '<f4'")));
  EXPECT_THAT(dict("{'descr': '>u2', 'fortran_order': False, 'shape': (0,), }"),
              Fails(kDataLoss, HasSubstr("holds '>u2'")));
  for (const char* bad : {"{'descr': '<u2', 'fortran_order': False, 'shape': (0,2), }",
                          "{'descr': '<u2', 'fortran_order': False, 'shape': (), }",
                          "{'descr': '<u2', 'fortran_order': False}",
                          "{'descr': '<u2', 'descr': '<u2', 'shape': (0,)}",
                          "{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (0,)}",
                          "{'descr': '<u2', 'fortran_order': False, 'shape': (-1,), }",
                          "{'descr': '<u2', 'fortran_order': 0, 'shape': (0,), } x", "{", ""}) {
    EXPECT_THAT(dict(bad), Fails(kDataLoss, HasSubstr("one-dimensional"))) << bad;
  }
  // A size above any limit is rejected before memory is allocated.
  EXPECT_THAT(dict("{'descr': '<i8', 'fortran_order': False, 'shape': (2305843009213693953,), }"),
              Fails(kDataLoss, HasSubstr("truncated or damaged")));
  EXPECT_THAT(ReadNpy(Npy("{}", "", 4)), Fails(kDataLoss, HasSubstr("version 4")));
}

TEST(NumberArray, ChecksIdsOfAnyTypeAndReadsAcrossBlocks) {
  std::string bytes = "xyz";
  for (uint32_t i = 0; i < 100'000; ++i) bytes += Le(i, 4);
  const auto file = StringRandomAccessFile(bytes, "ids");
  NumberArray array(*file, 3, 100'000, ElementType::kU32);
  std::vector<uint32_t> ids;
  CM_ASSERT_OK(array.AppendIds(10, 99'990, &ids));
  ASSERT_EQ(ids.size(), 99'990u);
  for (uint32_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], i + 10);
  CM_ASSERT_OK_AND_ASSIGN(const int64_t first, array.At(0));
  EXPECT_EQ(first, 0);
  const std::string wide = Le(5, 8) + Le(UINT64_MAX, 8) + Le(uint64_t{1} << 32, 8);
  const auto wide_file = StringRandomAccessFile(wide, "wide");
  NumberArray signed_ids(*wide_file, 0, 3, ElementType::kI64);
  EXPECT_THAT(signed_ids.AppendIds(0, 2, &ids),
              Fails(kDataLoss, HasSubstr("wide: number 1 of the array, at byte 8, is not an id")));
  EXPECT_THAT(signed_ids.AppendIds(2, 1, &ids), Fails(kDataLoss, HasSubstr("is not an id")));
  EXPECT_THAT(NumberArray(*wide_file, 0, 3, ElementType::kU64).At(1),
              Fails(kDataLoss, HasSubstr("above 2^63")));
}

/// An index of two documents: one with sequences of 3 and 1 ids, one with a sequence of 2.
std::string Idx(uint64_t version = 1, uint8_t type = 8) {
  return std::string("MMIDIDX\0\0", 9) + Le(version, 8) + Le(type, 1) + Le(3, 8) + Le(3, 8) +  //
         Le(3, 4) + Le(1, 4) + Le(2, 4) +                                                      //
         Le(0, 8) + Le(6, 8) + Le(8, 8) +                                                      //
         Le(0, 8) + Le(2, 8) + Le(3, 8);
}

absl::Status ReadIdx(const std::string& bytes, uint64_t bin_bytes = 12) {
  const auto file = StringRandomAccessFile(bytes, "a.idx");
  absl::StatusOr<MegatronIndex> index = MegatronIndex::Open(*file);
  if (!index.ok()) return index.status();
  for (uint64_t i = 0; i < index->documents(); ++i) {
    const auto range = index->SequencesOf(i);
    if (!range.ok()) return range.status();
    for (uint64_t j = range->begin; j < range->end; ++j) {
      const auto sequence = index->At(j, bin_bytes);
      if (!sequence.ok()) return sequence.status();
    }
  }
  return absl::OkStatus();
}

TEST(Megatron, WritesMegatronsHeader) {
  EXPECT_EQ(MegatronHeader(ElementType::kU16, 3, 2), Idx().substr(0, 34));
  EXPECT_EQ(MegatronHeader(ElementType::kI32, 3, 2), Idx(1, 4).substr(0, 34));
}

TEST(Megatron, ReadsSequencesAndDocuments) {
  const std::string bytes = Idx();
  const auto file = StringRandomAccessFile(bytes, "a.idx");
  CM_ASSERT_OK_AND_ASSIGN(MegatronIndex index, MegatronIndex::Open(*file));
  EXPECT_EQ(index.type(), ElementType::kU16);
  EXPECT_EQ(index.documents(), 2u);
  CM_ASSERT_OK_AND_ASSIGN(const MegatronIndex::Range range, index.SequencesOf(0));
  EXPECT_EQ(range.begin, 0u);
  EXPECT_EQ(range.end, 2u);
  CM_ASSERT_OK_AND_ASSIGN(const MegatronIndex::Sequence sequence, index.At(2, 12));
  EXPECT_EQ(sequence.begin_byte, 8u);
  EXPECT_EQ(sequence.ids, 2u);
  CM_EXPECT_OK(ReadIdx(bytes));
  CM_EXPECT_OK(ReadIdx(bytes + "\1\1\1"));  // Modes.
}

TEST(Megatron, RejectsDamagedIndexes) {
  const std::string good = Idx();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(ReadIdx(good.substr(0, size)), Fails(kDataLoss, HasSubstr("a.idx: "))) << size;
  }
  EXPECT_THAT(ReadIdx(good + "x"), Fails(kDataLoss, HasSubstr("1 bytes after")));
  EXPECT_THAT(ReadIdx(Idx(2)), Fails(kDataLoss, HasSubstr("byte 9: version 2")));
  EXPECT_THAT(ReadIdx(Idx(1, 7)), Fails(kDataLoss, HasSubstr("byte 17: type 7")));
  EXPECT_THAT(ReadIdx(good, 11), Fails(kDataLoss, HasSubstr("sequence 3 is 2 ids from byte 8 on, "
                                                            "of a .bin file of 11 bytes")));
  const auto patched = [&](size_t at, uint64_t number, int size) {
    std::string bytes = good;
    bytes.replace(at, static_cast<size_t>(size), Le(number, size));
    return ReadIdx(bytes);
  };
  EXPECT_THAT(patched(18, uint64_t{1} << 60, 8), Fails(kDataLoss, HasSubstr("are too few")));
  EXPECT_THAT(patched(26, UINT64_MAX, 8), Fails(kDataLoss, HasSubstr("are too few")));
  EXPECT_THAT(patched(26, 0, 8), Fails(kDataLoss, HasSubstr("are too few")));
  EXPECT_THAT(patched(34, UINT32_MAX, 4), Fails(kDataLoss, HasSubstr("sequence 1")));
  EXPECT_THAT(patched(34 + 12, UINT64_MAX, 8), Fails(kDataLoss, HasSubstr("sequence 1")));
  EXPECT_THAT(patched(34 + 36, 1, 8), Fails(kDataLoss, HasSubstr("document 1")));
  EXPECT_THAT(patched(34 + 44, 9, 8), Fails(kDataLoss, HasSubstr("document 1")));
  EXPECT_THAT(patched(34 + 52, 2, 8), Fails(kDataLoss, HasSubstr("document 2")));
}

}  // namespace
}  // namespace corpusmill
