// A worked example: adds a file format for shards.
//
// "plain" writes metadata as lines KEY=VALUE, then a line "column NAME TYPE BYTES" and the bytes
// of each column. In the tree, everything up to kPlainContainer goes into the new file
// pipelines/shards/plain_container.cc, and kPlainContainer into the table in shard_container.h.
// Objectives, file names, the manifest and `shards` are independent of the container.

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "corpus/base/status.h"
#include "pipelines/shards/clm_schema.h"
#include "pipelines/shards/shard_container.h"
#include "pipelines/shards/shard_reader.h"
#include "pipelines/shards/shard_set_writer.h"
#include "tests/testing.h"

namespace corpusmill {
namespace {

/// Keeps the columns in memory. A container in the tree keeps growing columns in a Spool.
class PlainWriter final : public ShardWriter {
 public:
  explicit PlainWriter(const Schema& schema) : schema_(schema) {}

  absl::Status Open(std::unique_ptr<PatchableSink> sink, const ShardMetadata& metadata) override {
    sink_ = std::move(sink);
    columns_.assign(schema_.columns.size(), "");
    for (const auto& [key, value] : metadata) {
      CM_RETURN_IF_ERROR(sink_->Write(key + "=" + value + "\n"));
    }
    return absl::OkStatus();
  }

  absl::Status Append(const RowBatch& batch) override {
    for (size_t i = 0; i < columns_.size(); ++i) columns_[i] += batch.columns[i];
    return absl::OkStatus();
  }

  absl::Status Close() override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = schema_.columns[i];
      CM_RETURN_IF_ERROR(
          sink_->Write(absl::StrFormat("column %s %s %d\n", column.name,
                                       ElementInfo(column.type).safetensors, columns_[i].size())));
      CM_RETURN_IF_ERROR(sink_->Write(columns_[i]));
    }
    return sink_->Close();
  }

 private:
  const Schema schema_;
  std::unique_ptr<PatchableSink> sink_;
  std::vector<std::string> columns_;
};

/// Reads the whole file. A container in the tree reads ranges.
class PlainFile final : public ShardFile {
 public:
  PlainFile(std::string name, std::string bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {}

  absl::Status Parse() {
    std::string_view rest = bytes_;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const std::vector<std::string> words = absl::StrSplit(ToAbsl(line), ' ');
      uint64_t bytes = 0;
      if (words.size() == 4 && words[0] == "column" && absl::SimpleAtoi(words[3], &bytes) &&
          bytes <= rest.size()) {
        columns_[words[1]] = {words[2], rest.substr(0, bytes)};
        rest.remove_prefix(bytes);
      } else if (const size_t equals = line.find('='); equals != std::string_view::npos) {
        metadata_[std::string(line.substr(0, equals))] = line.substr(equals + 1);
      } else {
        return DataError(absl::StrFormat("%s: is not a plain shard", name_));
      }
    }
    return absl::OkStatus();
  }

  const std::string& name() const override { return name_; }
  const std::string* FindMetadata(std::string_view key) const override {
    const auto found = metadata_.find(std::string(key));
    return found == metadata_.end() ? nullptr : &found->second;
  }

  absl::Status Bind(const Schema& schema) override {
    for (const Column& column : schema.columns) {
      const auto found = columns_.find(std::string(column.name));
      const uint64_t width = ElementBytes(column.type) * schema.EntryValues(column);
      if (found == columns_.end() || found->second.first != ElementInfo(column.type).safetensors ||
          found->second.second.size() % width != 0) {
        return DataError(absl::StrFormat("%s: no column %s", name_, column.name));
      }
      bound_.push_back(
          {found->second.second, ElementBytes(column.type), found->second.second.size() / width});
    }
    return absl::OkStatus();
  }

  uint64_t entries(size_t column) const override { return bound_[column].entries; }

  absl::Status Read(size_t column, uint64_t first_value, uint64_t count,
                    char* values) const override {
    const Bound& bound = bound_[column];
    std::memcpy(values, bound.bytes.data() + first_value * bound.width, count * bound.width);
    return absl::OkStatus();
  }

 private:
  struct Bound {
    std::string_view bytes;
    uint64_t width;
    uint64_t entries;
  };
  const std::string name_;
  const std::string bytes_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, std::pair<std::string, std::string_view>> columns_;
  std::vector<Bound> bound_;
};

absl::StatusOr<std::unique_ptr<ShardWriter>> MakeWriter(const Schema& schema, const std::string&,
                                                        Context&) {
  return std::make_unique<PlainWriter>(schema);
}

absl::StatusOr<std::unique_ptr<ShardFile>> OpenFile(std::unique_ptr<RandomAccessFile> file,
                                                    Context&) {
  std::string bytes(file->size_bytes(), '\0');
  CM_RETURN_IF_ERROR(file->Read(0, bytes.size(), bytes.data()));
  auto shard = std::make_unique<PlainFile>(file->name(), std::move(bytes));
  CM_RETURN_IF_ERROR(shard->Parse());
  return shard;
}

constinit const ShardContainer kPlainContainer = {
    .name = "plain", .extension = ".plain", .make_writer = MakeWriter, .open_file = OpenFile};

using testing::ElementsAre;
using testing::HasSubstr;

class ExampleContainerTest : public testing::Test {
 protected:
  /// One document in three rows of 4 tokens, the last row padded, in shards of two rows.
  void SetUp() override {
    manifest_.objective = kClmObjective.name;
    manifest_.options.seq_len = 4;
    manifest_.tokenizer = {"m.model", std::string(32, '0'), 20};
    manifest_.inputs.resize(1);
    manifest_.inputs[0].records = 1;
    CM_ASSERT_OK_AND_ASSIGN(const auto writer,
                            ShardSetWriter::Create({.folder = folder_ / "",
                                                    .temp_dir = folder_ / "",
                                                    .container = &kPlainContainer,
                                                    .tokenizer_xxh3_128 = std::string(32, '0'),
                                                    .vocab_size = 20,
                                                    .seq_len = 4,
                                                    .rows_per_shard = 2,
                                                    .token_bytes = token_bytes_},
                                                   context_));
    const std::vector<uint32_t> ids = {3, 4, 5, 6, 7, 8, 9, 10, 11};
    const PackedSegment segment{.begin = 0, .input = 0, .record = 0};
    for (size_t begin = 0; begin < ids.size(); begin += 4) {
      const size_t size = std::min<size_t>(4, ids.size() - begin);
      CM_ASSERT_OK(writer->WriteRow({.ids = std::span(ids).subspan(begin, size),
                                     .segments = std::span(&segment, 1),
                                     .last_label = begin + 4 < ids.size()
                                                       ? static_cast<int32_t>(ids[begin + 4])
                                                       : kIgnoreLabel,
                                     .continues = begin > 0}));
    }
    CM_ASSERT_OK(writer->Finish());
    shards_ = writer->shards();
  }

  absl::StatusOr<std::unique_ptr<ShardReader>> Open(size_t index) {
    CM_ASSIGN_OR_RETURN(auto file, OpenRandomAccessFile(folder_ / shards_[index].file));
    return OpenShardReader(kPlainContainer, std::move(file), manifest_, context_);
  }

  TestFolder folder_;
  Context context_{{.threads = 1}};
  const std::vector<uint32_t> token_bytes_ = std::vector<uint32_t>(20, 1);
  Manifest manifest_;
  std::vector<ManifestShard> shards_;
};

TEST_F(ExampleContainerTest, ReadsTheRowsBack) {
  ASSERT_EQ(shards_.size(), 2u);
  EXPECT_EQ(shards_[0].file, "shard-00000.plain");
  CM_ASSERT_OK_AND_ASSIGN(const auto first, Open(0));
  CM_EXPECT_OK(first->Check(context_));
  CM_ASSERT_OK_AND_ASSIGN(const Sequence row, first->ReadRow(1));
  EXPECT_THAT(row.ids, ElementsAre(7, 8, 9, 10));
  EXPECT_EQ(row.last_label, 11);
  CM_ASSERT_OK_AND_ASSIGN(const auto last, Open(1));
  CM_ASSERT_OK_AND_ASSIGN(const ShardContent content, last->Check(context_));
  EXPECT_EQ(content.tokens, 1u);
  EXPECT_EQ(content.segments, 2u);  // Includes the padding.
}

TEST_F(ExampleContainerTest, ChecksTheRulesOfTheObjective) {
  std::string bytes = ReadFile(folder_ / shards_[0].file);
  const size_t ids = bytes.find("column input_ids U16 16\n") + 24;
  bytes[ids] = 19;
  folder_.Write(shards_[0].file, bytes);
  CM_ASSERT_OK_AND_ASSIGN(const auto valid, Open(0));
  CM_EXPECT_OK(valid->Check(context_));
  bytes[ids] = 20;
  folder_.Write(shards_[0].file, bytes);
  CM_ASSERT_OK_AND_ASSIGN(const auto damaged, Open(0));
  EXPECT_THAT(damaged->Check(context_),
              Fails(absl::StatusCode::kDataLoss, HasSubstr("id 20 is not in the vocabulary")));
}

}  // namespace
}  // namespace corpusmill
