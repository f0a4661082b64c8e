#include "pipelines/packing/packing.h"

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/base/status.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Row {
  std::vector<uint32_t> ids;
  std::vector<std::vector<int64_t>> segments;  // begin, input, record
  int32_t last_label;
  bool continues;
  bool operator==(const Row&) const = default;
};

Row CopyOf(const PackedRow& packed) {
  Row row{{packed.ids.begin(), packed.ids.end()}, {}, packed.last_label, packed.continues};
  for (const PackedSegment& segment : packed.segments) {
    row.segments.push_back({segment.begin, segment.input, segment.record});
  }
  return row;
}

/// Packs documents of the given lengths with the tokens 10, 11, 12, …; adds each document in parts
/// of `part` tokens. Writes the remaining tokens as a last row.
std::vector<Row> Pack(uint32_t seq_len, const std::vector<size_t>& lengths, size_t part = 1000) {
  MemoryBudget budget(1 << 20);
  std::vector<Row> rows;
  absl::StatusOr<ConcatPacker> packer =
      ConcatPacker::Create(seq_len, budget, [&](const PackedRow& row) {
        rows.push_back(CopyOf(row));
        return absl::OkStatus();
      });
  EXPECT_THAT(packer, IsOk());
  uint32_t next = 10;
  for (size_t i = 0; i < lengths.size(); ++i) {
    std::vector<uint32_t> ids;
    while (ids.size() < lengths[i]) ids.push_back(next++);
    packer->BeginDocument(0, static_cast<int64_t>(i));
    for (size_t begin = 0; begin < ids.size(); begin += part) {
      CM_EXPECT_OK(
          packer->Append(std::span(ids).subspan(begin, std::min(part, ids.size() - begin))));
    }
    CM_EXPECT_OK(packer->EndDocument());
  }
  if (PackedRow rest; packer->Rest(&rest)) rows.push_back(CopyOf(rest));
  return rows;
}

TEST(ConcatPacker, FillsRowsAndCutsDocuments) {
  EXPECT_THAT(Pack(4, {3, 6, 2}),
              ElementsAre(Row{{10, 11, 12, 13}, {{0, 0, 0}, {3, 0, 1}}, 14, false},
                          Row{{14, 15, 16, 17}, {{0, 0, 1}}, 18, true},
                          Row{{18, 19, 20}, {{0, 0, 1}, {1, 0, 2}}, kIgnoreLabel, true}));
}

TEST(ConcatPacker, ADocumentOfExactlyOneRowHasNoNextLabel) {
  EXPECT_THAT(Pack(4, {4, 1}), ElementsAre(Row{{10, 11, 12, 13}, {{0, 0, 0}}, kIgnoreLabel, false},
                                           Row{{14}, {{0, 0, 1}}, kIgnoreLabel, false}));
  EXPECT_THAT(Pack(4, {4}), ElementsAre(Row{{10, 11, 12, 13}, {{0, 0, 0}}, kIgnoreLabel, false}));
}

TEST(ConcatPacker, ADocumentOfOneTokenMoreContinues) {
  EXPECT_THAT(Pack(4, {5}), ElementsAre(Row{{10, 11, 12, 13}, {{0, 0, 0}}, 14, false},
                                        Row{{14}, {{0, 0, 0}}, kIgnoreLabel, true}));
}

TEST(ConcatPacker, ADocumentThatEndsWithARowDoesNotContinue) {
  EXPECT_THAT(Pack(2, {1, 1, 4}), ElementsAre(Row{{10, 11}, {{0, 0, 0}, {1, 0, 1}}, -100, false},
                                              Row{{12, 13}, {{0, 0, 2}}, 14, false},
                                              Row{{14, 15}, {{0, 0, 2}}, -100, true}));
}

TEST(ConcatPacker, NoTokensGiveNoRows) {
  EXPECT_THAT(Pack(4, {}), ElementsAre());
  EXPECT_THAT(Pack(4, {0, 0}), ElementsAre());
  // An empty document between two others adds no segment.
  EXPECT_THAT(Pack(4, {1, 0, 1}),
              ElementsAre(Row{{10, 11}, {{0, 0, 0}, {1, 0, 2}}, kIgnoreLabel, false}));
}

TEST(ConcatPacker, RowsDoNotDependOnParts) {
  const std::vector<size_t> lengths = {1, 7, 3, 4, 0, 12, 2, 2, 5, 31};
  for (uint32_t seq_len = 1; seq_len < 9; ++seq_len) {
    const std::vector<Row> rows = Pack(seq_len, lengths);
    for (size_t part = 1; part < 6; ++part) {
      EXPECT_EQ(Pack(seq_len, lengths, part), rows) << seq_len << " " << part;
    }
    size_t tokens = 0;
    for (const Row& row : rows) tokens += row.ids.size();
    EXPECT_EQ(tokens, 67u);
  }
}

TEST(ConcatPacker, ChargesTheDocumentsOfARowToTheBudget) {
  MemoryBudget budget(64 << 10);
  CM_ASSERT_OK_AND_ASSIGN(
      ConcatPacker packer,
      ConcatPacker::Create(8192, budget, [](const PackedRow&) { return absl::OkStatus(); }));
  absl::Status status;
  for (int64_t i = 0; status.ok() && i < 8192; ++i) {
    packer.BeginDocument(0, i);
    status = packer.Append(std::vector<uint32_t>{7});
    if (status.ok()) status = packer.EndDocument();
  }
  EXPECT_THAT(status,
              Fails(absl::StatusCode::kResourceExhausted, HasSubstr("the documents of one row")));
}

TEST(ConcatPacker, ReturnsTheErrorOfTheWriter) {
  MemoryBudget budget(1 << 20);
  CM_ASSERT_OK_AND_ASSIGN(
      ConcatPacker packer,
      ConcatPacker::Create(2, budget, [](const PackedRow&) { return IoError("f", "disk full"); }));
  packer.BeginDocument(0, 0);
  EXPECT_THAT(packer.Append(std::vector<uint32_t>{7, 8, 9}),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("disk full")));
}

}  // namespace
}  // namespace corpusmill
