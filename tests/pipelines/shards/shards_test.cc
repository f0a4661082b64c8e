#include "pipelines/shards/shards.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "pipelines/shards/manifest.h"
#include "pipelines/shards/safetensors.h"
#include "tests/pipelines/prepare/prepare_testing.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

/// Three shards of two sequences of 8, with padding at the end:
///   i j k l m n o p | q E r s t u v w || x y z E 1 2 3 4 | 5 6 E 7 8 E 9 E || a b c d E 0 0 0
class ShardsTest : public PrepareTest {
 protected:
  void SetUp() override {
    options_.shard_tokens = 16;
    CM_ASSERT_OK(RunText("ijklmnopq\nrstuvwxyz\n123456\n78\n9\nghfd\n"));
    ASSERT_TRUE(fs::exists(Shard(2)));
  }

  std::string Shard(int index) const {
    return absl::StrFormat("%s/shard-%05d.safetensors", options_.output_path, index);
  }
  std::string ManifestPath() const { return options_.output_path + "/manifest.json"; }

  absl::Status Verify(int threads = 1) {
    Context context({.memory_limit_bytes = 16 << 20, .threads = threads});
    CM_ASSIGN_OR_RETURN(const ShardFolder folder, ShardFolder::Open(options_.output_path, context));
    return folder.Verify();
  }

  void Overwrite(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  void EditManifest(const std::function<void(Manifest&)>& edit) {
    CM_ASSERT_OK_AND_ASSIGN(Manifest manifest,
                            ParseManifest(ReadFile(ManifestPath()), ManifestPath()));
    edit(manifest);
    Overwrite(ManifestPath(), SerializeManifest(manifest));
  }

  /// Changes a number of a tensor and updates the manifest for the new file, so that only the
  /// checks of invariants can fail.
  template <typename Number>
  void EditTensor(int index, std::string_view tensor, size_t at, Number value) {
    std::string bytes = ReadFile(Shard(index));
    Context context({.threads = 1});
    CM_ASSERT_OK_AND_ASSIGN(const auto reader,
                            SafetensorsReader::Open(StringRandomAccessFile(bytes, "f"), context));
    const TensorInfo* const info = reader->Find(tensor);
    ASSERT_NE(info, nullptr);
    ASSERT_EQ(ElementBytes(info->type), sizeof(Number));
    ASSERT_LT(at * sizeof(Number), info->end - info->begin);
    std::memcpy(bytes.data() + 4096 + info->begin + at * sizeof(Number), &value, sizeof(Number));
    Overwrite(Shard(index), bytes);
    EditManifest([&](Manifest& m) { m.shards[index].xxh3_128 = HashBytes(bytes).ToHex(); });
  }
};

TEST_F(ShardsTest, VerifiesAValidFolder) {
  CM_EXPECT_OK(Verify(1));
  CM_EXPECT_OK(Verify(4));
}

TEST_F(ShardsTest, HeadAndReadSequence) {
  Context context({.threads = 1});
  CM_ASSERT_OK_AND_ASSIGN(const ShardFolder folder,
                          ShardFolder::Open(options_.output_path, context));
  EXPECT_EQ(folder.manifest().counts.rows, 5u);
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<Sequence> head, folder.Head(4));
  ASSERT_EQ(head.size(), 4u);
  EXPECT_EQ(head[2].ids[0], ByteId('x'));
  EXPECT_EQ(head[2].segments.size(), 2u);
  EXPECT_EQ(head[2].segments[1].begin, 4u);
  EXPECT_EQ(head[2].segments[1].record, 2);
  CM_ASSERT_OK_AND_ASSIGN(const std::vector<Sequence> all, folder.Head(100));
  EXPECT_EQ(all.size(), 5u);
  for (uint64_t i = 0; i < 5; ++i) {
    CM_ASSERT_OK_AND_ASSIGN(const Sequence sequence, folder.ReadSequence(i));
    EXPECT_EQ(sequence.ids, all[i].ids);
  }
  EXPECT_THAT(folder.ReadSequence(5),
              Fails(absl::StatusCode::kInvalidArgument, HasSubstr("there are 5")));
}

TEST_F(ShardsTest, RejectsAMissingManifest) {
  EXPECT_THAT((options_.output_path = folder_ / "nothing", Verify()),
              Fails(absl::StatusCode::kUnavailable, HasSubstr("nothing/manifest.json")));
}

TEST_F(ShardsTest, RejectsAMissingShard) {
  fs::remove(Shard(1));
  EXPECT_THAT(Verify(2), Fails(absl::StatusCode::kUnavailable, HasSubstr(Shard(1))));
}

TEST_F(ShardsTest, RejectsAShardOutsideTheManifest) {
  fs::copy(Shard(1), Shard(7));
  EXPECT_THAT(Verify(),
              Fails(kDataLoss, AllOf(HasSubstr(Shard(7)), HasSubstr("not in the manifest"))));
}

TEST_F(ShardsTest, RejectsATruncatedOrExtendedShard) {
  const std::string bytes = ReadFile(Shard(1));
  for (const size_t size : {size_t{0}, size_t{7}, size_t{100}, size_t{4096}, bytes.size() - 1}) {
    Overwrite(Shard(1), bytes.substr(0, size));
    EXPECT_THAT(Verify(), Fails(kDataLoss, AllOf(HasSubstr(Shard(1)), HasSubstr("truncated"))));
    // Reading rows without verifying does not crash.
    Context context({.threads = 1});
    CM_ASSERT_OK_AND_ASSIGN(const ShardFolder folder,
                            ShardFolder::Open(options_.output_path, context));
    EXPECT_THAT(folder.ReadSequence(2), Fails(kDataLoss, HasSubstr(Shard(1))));
  }
  Overwrite(Shard(1), bytes + "x");
  EXPECT_THAT(Verify(), Fails(kDataLoss, AllOf(HasSubstr(Shard(1)), HasSubstr("too long"))));
}

TEST_F(ShardsTest, DetectsAnyFlippedByte) {
  const std::string bytes = ReadFile(Shard(0));
  for (size_t at = 0; at < bytes.size(); at += at < 600 || at > 4000 ? 1 : 97) {
    std::string damaged = bytes;
    damaged[at] ^= 0x40;
    Overwrite(Shard(0), damaged);
    EXPECT_THAT(Verify(), Fails(kDataLoss, HasSubstr(Shard(0)))) << at;
  }
}

TEST_F(ShardsTest, ReportsTheFirstOfSeveralErrors) {
  for (const int shard : {2, 1}) {
    std::string bytes = ReadFile(Shard(shard));
    bytes.back() ^= 1;
    Overwrite(Shard(shard), bytes);
  }
  EXPECT_THAT(Verify(1), Fails(kDataLoss, HasSubstr(Shard(1))));
}

TEST_F(ShardsTest, RejectsAnEditedManifest) {
  const struct {
    std::function<void(Manifest&)> edit;
    const char* message;
  } kCases[] = {
      {[](Manifest& m) { ++m.counts.tokens; }, "do not balance"},
      {[](Manifest& m) { m.shards.pop_back(); }, "do not balance"},
      {[](Manifest& m) { m.options.seq_len = 4, m.counts.padding_tokens = 0; }, "do not balance"},
      // Edits that keep the counts balanced.
      {[](Manifest& m) { std::swap(m.shards[0].xxh3_128, m.shards[1].xxh3_128); },
       "its content has changed"},
      {[](Manifest& m) { ++m.shards[0].tokens, --m.shards[1].tokens; }, "has 16 tokens"},
      {[](Manifest& m) { ++m.shards[0].segments, --m.shards[1].segments; }, "segments"},
      {[](Manifest& m) { ++m.shards[0].documents, --m.shards[1].documents; },
       "has 2 documents that begin in it, the manifest says 3"},
      {[](Manifest& m) { m.shards[0].rows = 1, m.shards[1].rows = 3; }, "has 2 sequences"},
      {[](Manifest& m) { m.objective = "mlm"; }, "objective is clm"},
      {[](Manifest& m) { m.tokenizer.vocab_size = 200; }, "vocab_size is 264"},
      {[](Manifest& m) { m.tokenizer.xxh3_128 = std::string(32, '0'); }, "tokenizer_xxh3_128"},
      {[](Manifest& m) {
         m.inputs.push_back(m.inputs[0]);
         m.inputs[0].records = 1;
         m.inputs[1].records = 5;
       },
       "document (0, 1) is not among the inputs"},
  };
  const std::string original = ReadFile(ManifestPath());
  for (const auto& test : kCases) {
    EditManifest(test.edit);
    EXPECT_THAT(Verify(), Fails(kDataLoss, HasSubstr(test.message)));
    Overwrite(ManifestPath(), original);
  }
  Overwrite(ManifestPath(), original.substr(0, original.size() / 2));
  EXPECT_THAT(Verify(), Fails(kDataLoss, HasSubstr(ManifestPath())));
}

/// Each edit breaks one rule of the format and keeps the hash valid.
TEST_F(ShardsTest, ChecksEveryInvariantOfAShard) {
  struct Case {
    int shard;
    const char* tensor;
    size_t at;
    int64_t value;
    const char* message;
  };
  const Case kCases[] = {
      {0, "input_ids", 3, 264, "row 0: id 264 is not in the vocabulary"},
      {0, "input_ids", 15, 65535, "row 1: id 65535 is not in the vocabulary"},
      {2, "input_ids", 7, 5, "row 0: id 5 is in the padding"},
      {0, "cu_seqlens", 0, 1, "row 0: cu_seqlens have no boundary at the start of the row"},
      {0, "cu_seqlens", 1, 7, "row 0: cu_seqlens have no boundary at the end of the row"},
      {0, "cu_seqlens", 1, 9, "row 0: cu_seqlens are not in order"},
      {0, "cu_seqlens", 1, -8, "row 0: cu_seqlens are not in order"},
      {0, "cu_seqlens", 2, 8, "row 1: cu_seqlens are not in order"},
      {0, "cu_seqlens", 3, 15, "row 1: cu_seqlens have no boundary at the end of the row"},
      {0, "cu_seqlens", 3, 17, "row 1: cu_seqlens are not in order"},
      {2, "cu_seqlens", 1, 4, "row 0: the padding is not one segment of its own"},
      {2, "cu_seqlens", 1, 6, "row 0: the padding is not one segment of its own"},
      {0, "row_segments", 0, 1, "row_segments do not begin with 0"},
      {0, "row_segments", 1, 0, "row 0: row_segments are not in order"},
      {0, "row_segments", 1, 2, "row 0: cu_seqlens are not in order"},
      {0, "row_segments", 2, 2, "row 1: cu_seqlens have no boundary at the end of the row"},
      {0, "row_segments", 2, 4, "row 1: row_segments are not in order"},
      {0, "row_tokens", 0, 0, "row 0: row_tokens is out of range"},
      {0, "row_tokens", 0, 9, "row 0: row_tokens is out of range"},
      {0, "row_tokens", 0, -1, "row 0: row_tokens is out of range"},
      {0, "row_tokens", 0, 7, "row 0: id"},
      {2, "row_tokens", 0, 8, "row 0: document (-1, -1) is not among the inputs"},
      {0, "last_labels", 0, 4, "row 1: the last label of the row before is 4 instead of"},
      {0, "last_labels", 0, -100, "row 1: the last label of the row before is -100 instead of"},
      {0, "last_labels", 0, 264, "row 0: last_labels has the invalid label 264"},
      {0, "last_labels", 0, -1, "row 0: last_labels has the invalid label -1"},
      {0, "last_labels", 1, -100,
       "shard-00001.safetensors: row 0: the last label of the row before"},
      {1, "last_labels", 1, 5, "shard-00002.safetensors: row 0: the last label of the row before"},
      {2, "last_labels", 0, 5, "row 0: last_labels has the invalid label 5"},
      {0, "segment_input", 0, 1, "row 0: document (1, 0) is not among the inputs"},
      {0, "segment_input", 0, -1, "row 0: document (-1, 0) is not among the inputs"},
      {2, "segment_input", 1, 0, "row 0: the padding has the identity of a document"},
      {0, "segment_record", 0, 6, "row 0: document (0, 6) is not among the inputs"},
      {0, "segment_record", 0, 5, "row 1: the last label of the row before"},
      {0, "segment_record", 2, 0, "row 1: one document has two segments"},
      {2, "segment_record", 1, 0, "row 0: the padding has the identity of a document"},
  };
  for (const Case& test : kCases) {
    const std::string shard = ReadFile(Shard(test.shard));
    const std::string manifest = ReadFile(ManifestPath());
    if (std::string_view(test.tensor) == "input_ids") {
      EditTensor(test.shard, test.tensor, test.at, static_cast<uint16_t>(test.value));
    } else if (std::string_view(test.tensor) == "segment_record") {
      EditTensor(test.shard, test.tensor, test.at, test.value);
    } else {
      EditTensor(test.shard, test.tensor, test.at, static_cast<int32_t>(test.value));
    }
    EXPECT_THAT(Verify(), Fails(kDataLoss, HasSubstr(test.message)))
        << test.tensor << "[" << test.at << "] = " << test.value;
    // Reading rows may fail but must not crash.
    Context context({.threads = 1});
    CM_ASSERT_OK_AND_ASSIGN(const ShardFolder folder,
                            ShardFolder::Open(options_.output_path, context));
    (void)folder.Head(10);
    Overwrite(Shard(test.shard), shard);
    Overwrite(ManifestPath(), manifest);
  }
  CM_EXPECT_OK(Verify());
}

TEST_F(ShardsTest, RejectsALastLabelWithoutADroppedTail) {
  options_.overwrite = true;
  options_.add_eos = false;
  CM_ASSERT_OK(RunText("ijklmnop\n"));
  EditTensor(0, "last_labels", 0, int32_t{5});
  EXPECT_THAT(Verify(), Fails(kDataLoss, HasSubstr("no token follows")));
}

TEST_F(ShardsTest, VerifyCanBeCancelled) {
  const std::atomic<bool> cancelled = true;
  Context context({.threads = 1, .cancelled = &cancelled});
  CM_ASSERT_OK_AND_ASSIGN(const ShardFolder folder,
                          ShardFolder::Open(options_.output_path, context));
  EXPECT_THAT(folder.Verify(), Fails(absl::StatusCode::kCancelled, "interrupted"));
}

}  // namespace
}  // namespace corpusmill
