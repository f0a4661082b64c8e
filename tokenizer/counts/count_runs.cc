#include "tokenizer/counts/count_runs.h"

#include <algorithm>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/block_stream.h"

namespace corpusmill {
namespace {

constexpr uint64_t kWritingBytes = BlockFileSink::kMemoryBytes + CountWriter::kMemoryBytes;
/// Read buffer of a run.
constexpr size_t kLeastBuffer = 16 << 10, kMostBuffer = 1 << 20;
/// Further memory of a reader.
constexpr size_t kReaderBytes = CountWriter::kMemoryBytes;

/// A stream that holds its memory lease.
class LeasedStream final : public CountStream {
 public:
  LeasedStream(MemoryLease lease, std::unique_ptr<CountStream> stream)
      : lease_(std::move(lease)), stream_(std::move(stream)) {}
  absl::StatusOr<bool> Next(std::string_view* bytes, uint64_t* count) override {
    return stream_->Next(bytes, count);
  }

 private:
  const MemoryLease lease_;
  const std::unique_ptr<CountStream> stream_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CountRuns>> CountRuns::Create(std::string folder, Context& context) {
  std::unique_ptr<CountRuns> runs(new CountRuns(std::move(folder), context));
  CM_ASSIGN_OR_RETURN(runs->writing_, context.memory().Take(kWritingBytes, "writing counts"));
  return runs;
}

absl::StatusOr<CountRuns::Run> CountRuns::WriteRun(
    const std::function<absl::Status(uint8_t first, CountWriter& writer)>& write) {
  if (file_ == nullptr) {
    CM_ASSIGN_OR_RETURN(file_, BlockFile::CreateUnnamed(folder_, context_.io()));
  }
  CM_ASSIGN_OR_RETURN(const auto sink, BlockFileSink::Create(file_.get(), end_));
  CountWriter writer(sink.get());
  Run run;
  for (int first = 0; first < 256; ++first) {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    run.begins[first] = sink->position();
    CM_RETURN_IF_ERROR(write(static_cast<uint8_t>(first), writer));
    CM_RETURN_IF_ERROR(writer.EndBlock());
  }
  run.begins[256] = sink->position();
  CM_RETURN_IF_ERROR(sink->Close());
  written_bytes_ += run.begins[256] - run.begins[0];
  end_ = RoundUpToBlock(run.begins[256]);
  return run;
}

absl::Status CountRuns::AddRun(
    const std::function<absl::Status(uint8_t first, CountWriter& writer)>& write) {
  CM_ASSIGN_OR_RETURN(Run run, WriteRun(write));
  runs_.push_back(std::move(run));
  ++added_;
  return absl::OkStatus();
}

absl::Status CountRuns::Finish() {
  const uint64_t memory = context_.memory().limit_bytes() / 4;
  const size_t readers = static_cast<size_t>(context_.threads());
  const auto most = [&](size_t streams) {
    return std::max<size_t>(2, memory / (streams * (kLeastBuffer + kReaderBytes)));
  };
  while (runs_.size() > most(readers)) {
    // Merge as many of the oldest runs as one reader can, to leave the fewest.
    const size_t together = std::min(runs_.size(), most(1));
    const std::vector<Run> old(runs_.begin(), runs_.begin() + together);
    CM_ASSIGN_OR_RETURN(
        const MemoryLease lease,
        context_.memory().Take(together * (kLeastBuffer + kReaderBytes), "merging counts"));
    const auto merge = [&](uint8_t first, CountWriter& writer) -> absl::Status {
      CM_ASSIGN_OR_RETURN(const auto stream, Merge(old, first, kLeastBuffer));
      return writer.AddAll(*stream);
    };
    CM_ASSIGN_OR_RETURN(Run merged, WriteRun(merge));
    for (const Run& run : old) {
      CM_RETURN_IF_ERROR(
          file_->PunchHole(run.begins[0], RoundUpToBlock(run.begins[256]) - run.begins[0]));
    }
    runs_.erase(runs_.begin(), runs_.begin() + together);
    runs_.push_back(std::move(merged));
  }
  writing_.Release();
  const uint64_t each = memory / std::max<size_t>(1, readers * runs_.size());
  buffer_bytes_ = RoundDownToBlock(std::clamp<uint64_t>(
      each > kReaderBytes ? each - kReaderBytes : 0, kLeastBuffer, kMostBuffer));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<CountStream>> CountRuns::Merge(const std::vector<Run>& runs,
                                                              uint8_t first,
                                                              size_t buffer_bytes) const {
  std::vector<std::unique_ptr<CountStream>> streams;
  for (const Run& run : runs) {
    if (run.begins[first] == run.begins[first + 1]) continue;
    CM_ASSIGN_OR_RETURN(auto source, BlockFileSource::Create(file_.get(), run.begins[first],
                                                             run.begins[first + 1], buffer_bytes));
    streams.push_back(std::make_unique<CountReader>(std::move(source)));
  }
  return std::make_unique<CountMerger>(std::move(streams));
}

absl::StatusOr<std::unique_ptr<CountStream>> CountRuns::Open(uint8_t first) const {
  CM_ASSIGN_OR_RETURN(
      MemoryLease lease,
      context_.memory().Take(runs_.size() * (buffer_bytes_ + kReaderBytes), "reading counts"));
  CM_ASSIGN_OR_RETURN(auto stream, Merge(runs_, first, buffer_bytes_));
  return std::make_unique<LeasedStream>(std::move(lease), std::move(stream));
}

}  // namespace corpusmill
