#include "cli/base/terminal_reporter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/base/summary.h"
#include "corpus/base/memory.h"

namespace corpusmill {
namespace {

constexpr std::chrono::milliseconds kInterval(170);
constexpr size_t kFewestColumns = 20;
/// After this time a rate is worth showing.
constexpr double kRateSeconds = 0.5;

std::string FormatDuration(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return absl::StrFormat("%ds", s);
  if (s < 3600) return absl::StrFormat("%dm%02ds", s / 60, s % 60);
  return absl::StrFormat("%dh%02dm", s / 3600, s / 60 % 60);
}

/// "229 of 1,650 MiB": both in the unit of the total.
std::string DoneOf(uint64_t done, uint64_t total) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t unit = 0;
  while (total >> (10 * unit) >= 100'000 && unit + 1 < std::size(kUnits)) ++unit;
  return absl::StrFormat("%s of %s %s", WithCommas(done >> (10 * unit)),
                         WithCommas(total >> (10 * unit)), kUnits[unit]);
}

}  // namespace

std::string ProgressLine(std::string_view prefix, const PhaseProgress& phase, uint64_t memory_bytes,
                         size_t columns) {
  // In the order of use: the last are left out first.
  std::vector<std::string> parts;
  const double rate = phase.seconds > 0 ? static_cast<double>(phase.done_bytes) / phase.seconds : 0;
  const bool has_rate = phase.done_bytes > 0 && phase.seconds >= kRateSeconds;
  if (phase.total_bytes > 0) {
    // A total is an estimate if files grow.
    const uint64_t total = std::max(phase.total_bytes, phase.done_bytes);
    parts.push_back(
        absl::StrFormat("%d %%", static_cast<int>(100.0 * static_cast<double>(phase.done_bytes) /
                                                  static_cast<double>(total))));
    if (has_rate) {
      const double left = static_cast<double>(total - phase.done_bytes);
      parts.push_back(FormatDuration(left / rate) + " left");
    }
    if (has_rate) parts.push_back(FormatByteSize(static_cast<uint64_t>(rate)) + "/s");
    parts.push_back(DoneOf(phase.done_bytes, total));
  } else if (phase.done_bytes > 0) {
    parts.push_back(FormatByteSize(phase.done_bytes));
    if (has_rate) parts.push_back(FormatByteSize(static_cast<uint64_t>(rate)) + "/s");
    parts.push_back(FormatDuration(phase.seconds));
  } else {
    parts.push_back(FormatDuration(phase.seconds));
  }
  parts.push_back(FormatByteSize(memory_bytes) + " memory");
  std::string line = absl::StrFormat("%s: %s", prefix, phase.name);
  if (line.size() > columns) line = std::string(phase.name.substr(0, columns));
  while (line.ends_with(' ')) line.pop_back();
  std::string_view separator = " ";
  for (const std::string& part : parts) {
    if (line.size() + separator.size() + part.size() > columns) break;
    absl::StrAppendFormat(&line, "%s%s", separator, part);
    separator = ", ";
  }
  return line;
}

TerminalReporter::TerminalReporter(std::ostream& out, TerminalReporterOptions options)
    : out_(out), options_(std::move(options)) {
  if (options_.show_progress) drawing_ = std::thread([this] { DrawUntilStopped(); });
}

TerminalReporter::~TerminalReporter() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    Clear();
  }
  stop_.notify_all();
  if (drawing_.joinable()) drawing_.join();
}

void TerminalReporter::Log(LogLevel level, std::string_view message) {
  if (options_.quiet && level == LogLevel::kInfo) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  Clear();
  out_ << options_.prefix << (level == LogLevel::kWarning ? ": warning: " : ": ") << message
       << std::endl;
}

void TerminalReporter::StartPhase(std::string_view name, uint64_t total_bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  phase_ = name;
  idle_name_ = "working";
  total_bytes_ = total_bytes;
  done_bytes_ = 0;
  phase_start_ = Clock::now();
}

void TerminalReporter::EndPhase() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Clear();
  phase_ = idle_name_;
  total_bytes_ = done_bytes_ = 0;
  phase_start_ = Clock::now();
}

void TerminalReporter::DrawUntilStopped() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_) {
    stop_.wait_for(lock, kInterval);
    // Short phases are not worth a line.
    if (!stopped_ && Clock::now() - phase_start_ >= kInterval) Draw();
  }
}

void TerminalReporter::Draw() {
  const auto columns = static_cast<size_t>(std::max(0, options_.columns()));
  const PhaseProgress phase = {
      .name = phase_,
      .done_bytes = done_bytes_.load(std::memory_order_relaxed),
      .total_bytes = total_bytes_,
      .seconds = std::chrono::duration<double>(Clock::now() - phase_start_).count()};
  // The last column stays free: a full line makes some terminals begin the next.
  out_ << "\r"
       << ProgressLine(options_.prefix, phase, PeakRssBytes(),
                       std::max(columns, kFewestColumns) - 1)
       << "\x1b[K" << std::flush;
  drawn_ = true;
}

void TerminalReporter::Clear() {
  if (std::exchange(drawn_, false)) out_ << "\r\x1b[K" << std::flush;
}

}  // namespace corpusmill
