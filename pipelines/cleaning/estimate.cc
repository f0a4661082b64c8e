#include "pipelines/cleaning/estimate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "corpus/base/reporter.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "pipelines/cleaning/waiting_documents.h"

namespace corpusmill {
namespace {

using Clock = std::chrono::steady_clock;

// The largest batch of documents.
constexpr uint64_t kBatchBytes = 256 << 10;
// Documents that are compressed to see how far they shrink.
constexpr uint64_t kCompressedBytes = 1u << 20;
// A document that is shuffled is in the waiting documents, a bucket, and the shuffled documents.
constexpr uint64_t kShuffleCopies = 3;

/// Counts the stored bytes that are read, and notes when reading began. Passes cancellation on to
/// the context of the sample.
class SampleReporter final : public Reporter {
 public:
  explicit SampleReporter(const Context& context) : context_(context) {}

  void Log(LogLevel, std::string_view) override {}
  void StartPhase(std::string_view, uint64_t) override {
    if (!begin_) begin_ = Clock::now();
    ++phases_;
  }
  void Advance(uint64_t bytes) override {
    if (phases_ == 1) bytes_ += bytes;  // Later phases read temporary files.
    if (!context_.CheckCancelled().ok()) cancelled_ = true;
  }
  void EndPhase() override {}

  uint64_t bytes() const { return bytes_; }
  double Seconds() const {
    return begin_ ? std::chrono::duration<double>(Clock::now() - *begin_).count() : 0;
  }
  const std::atomic<bool>* cancelled() const { return &cancelled_; }

 private:
  const Context& context_;
  std::optional<Clock::time_point> begin_;
  std::atomic<uint64_t> phases_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<bool> cancelled_{false};
};

/// Discards documents; of the first it keeps what a temporary file of waiting documents would hold.
class DiscardingSink final : public DocumentSink {
 public:
  absl::StatusOr<std::unique_ptr<Rendered>> Render(
      std::span<const CleanDocument> documents) const override {
    auto lines = std::make_unique<Lines>();
    for (const CleanDocument& clean : documents) {
      if (lines->text.size() >= kCompressedBytes) break;
      lines->text_bytes += clean.document->text().size();
      AppendWaiting({.identity = clean.document->identity(),
                     .text = clean.document->text(),
                     .json = clean.json,
                     .annotations = clean.document->annotations()},
                    &lines->text);
    }
    return lines;
  }

  absl::Status Write(Rendered& rendered) override {
    const Lines& lines = static_cast<Lines&>(rendered);
    if (lines_.size() >= kCompressedBytes) return absl::OkStatus();
    lines_ += lines.text;
    text_bytes_ += lines.text_bytes;
    return absl::OkStatus();
  }

  const std::string& lines() const { return lines_; }
  uint64_t text_bytes() const { return text_bytes_; }

 private:
  struct Lines final : Rendered {
    std::string text;
    uint64_t text_bytes = 0;
  };
  std::string lines_;
  uint64_t text_bytes_ = 0;
};

/// Adds up the samples of the sources.
class Estimator {
 public:
  Estimator(const Recipe& recipe, const CleanOptions& options, Context& context)
      : recipe_(recipe), options_(options), context_(context) {
    options_.rejects_path.clear();
    options_.take_samples = false;
    if (options_.documents.on_bad_record.action == BadRecordAction::kQuarantine) {
      options_.documents.on_bad_record = {.action = BadRecordAction::kSkip, .quarantine_path = ""};
    }
    const uint64_t batches = static_cast<uint64_t>(context.threads()) * kBatchBytes;
    options_.max_text_bytes =
        std::max(kSampleTextBytes / std::max<uint64_t>(1, recipe.sources.size()), batches);
    estimate_.is_whole = true;
  }

  absl::Status AddSource(const std::vector<std::vector<InputFile>>& sources, size_t source) {
    std::vector<std::vector<InputFile>> only(sources.size());
    only[source] = sources[source];
    SampleReporter reporter(context_);
    Context sample({.memory_limit_bytes = context_.memory().limit_bytes(),
                    .threads = context_.threads(),
                    .temp_dirs = context_.TempDirsFor(options_.output_path),
                    // Reading ahead would count bytes that the sample does not need.
                    .io = IoMode::kCached,
                    .temp_compression = context_.temp_compression(),
                    .reporter = &reporter,
                    .cancelled = reporter.cancelled()});
    DiscardingSink sink;
    CM_ASSIGN_OR_RETURN(const CleanReport report, Clean(recipe_, only, options_, sink, sample));
    const double seconds = reporter.Seconds();
    estimate_.sample_documents += report.read.documents;
    estimate_.sample_text_bytes += report.read.text_bytes;
    estimate_.sample_seconds += seconds;
    double scale = 1;
    if (report.inputs.size() < sources[source].size()) {
      estimate_.is_whole = false;
      scale = static_cast<double>(TotalBytes(sources[source])) /
              static_cast<double>(std::max<uint64_t>(1, reporter.bytes()));
    }
    estimate_.seconds += seconds * scale;
    estimate_.text_bytes +=
        static_cast<uint64_t>(static_cast<double>(report.read.text_bytes) * scale);
    return AddTempBytes(sink, sample);
  }

  CleaningEstimate Finish() {
    // Without a sample a waiting document takes its text and the object that holds the text.
    constexpr double kPlain = 2;
    estimate_.temp_bytes_per_text_byte =
        kept_text_bytes_ == 0
            ? kPlain
            : static_cast<double>(temp_bytes_) / static_cast<double>(kept_text_bytes_);
    return estimate_;
  }

 private:
  absl::Status AddTempBytes(const DiscardingSink& sink, Context& sample) {
    CM_ASSIGN_OR_RETURN(const std::unique_ptr<WaitingDocuments> waiting,
                        WaitingDocuments::Create(sample.TempDirFor(options_.output_path), sample));
    CM_RETURN_IF_ERROR(waiting->Append(sink.lines()));
    CM_RETURN_IF_ERROR(waiting->Finish());
    temp_bytes_ += waiting->temp_bytes();
    kept_text_bytes_ += sink.text_bytes();
    return absl::OkStatus();
  }

  const Recipe& recipe_;
  CleanOptions options_;
  Context& context_;
  uint64_t temp_bytes_ = 0;
  uint64_t kept_text_bytes_ = 0;
  CleaningEstimate estimate_;
};

}  // namespace

uint64_t CleaningEstimate::TempBytes(const PlannedStage& stage) const {
  if (stage.global == nullptr) return 0;
  const uint64_t copies = stage.global->shuffle_seed() ? kShuffleCopies : 1;
  return static_cast<uint64_t>(static_cast<double>(text_bytes) * temp_bytes_per_text_byte) * copies;
}

bool CanEstimate(const std::vector<std::vector<InputFile>>& sources) {
  for (const std::vector<InputFile>& inputs : sources) {
    for (const InputFile& input : inputs) {
      if (!input.is_regular) return false;
    }
  }
  return true;
}

absl::StatusOr<CleaningEstimate> EstimateCleaning(
    const Recipe& recipe, const std::vector<std::vector<InputFile>>& sources,
    const CleanOptions& options, Context& context) {
  Estimator estimator(recipe, options, context);
  for (size_t source = 0; source < sources.size(); ++source) {
    if (sources[source].empty()) continue;
    CM_RETURN_IF_ERROR(estimator.AddSource(sources, source));
  }
  return estimator.Finish();
}

}  // namespace corpusmill
