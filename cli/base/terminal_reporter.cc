#include "cli/base/terminal_reporter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/memory.h"

namespace corpusmill {
namespace {

constexpr std::chrono::milliseconds kInterval(170);

std::string FormatDuration(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return absl::StrFormat("%ds", s);
  if (s < 3600) return absl::StrFormat("%dm%02ds", s / 60, s % 60);
  return absl::StrFormat("%dh%02dm", s / 3600, s / 60 % 60);
}

}  // namespace

TerminalReporter::TerminalReporter(std::ostream& out, TerminalReporterOptions options)
    : out_(out), options_(std::move(options)) {}

TerminalReporter::~TerminalReporter() { Clear(); }

void TerminalReporter::Log(LogLevel level, std::string_view message) {
  if (options_.quiet && level == LogLevel::kInfo) return;
  std::lock_guard<std::mutex> lock(mutex_);
  Clear();
  out_ << options_.prefix << (level == LogLevel::kWarning ? ": warning: " : ": ") << message
       << std::endl;
}

void TerminalReporter::StartPhase(std::string_view name, uint64_t total_bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  phase_ = name;
  total_bytes_ = total_bytes;
  done_bytes_ = 0;
  phase_start_ = Clock::now();
  next_draw_ = (phase_start_ + kInterval).time_since_epoch().count();
}

void TerminalReporter::Advance(uint64_t bytes) {
  done_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (!options_.show_progress) return;
  const Clock::time_point now = Clock::now();
  if (now.time_since_epoch().count() < next_draw_.load(std::memory_order_relaxed)) return;
  // Whoever comes while another draws goes on with its work.
  std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) Draw(now);
}

void TerminalReporter::EndPhase() {
  std::lock_guard<std::mutex> lock(mutex_);
  Clear();
  phase_.clear();
}

void TerminalReporter::Draw(Clock::time_point now) {
  next_draw_ = (now + kInterval).time_since_epoch().count();
  const uint64_t done = done_bytes_.load(std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(now - phase_start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string line = absl::StrFormat("%s: %s %s", options_.prefix, phase_, FormatByteSize(done));
  if (total_bytes_ > 0) {
    const uint64_t left = total_bytes_ > done ? total_bytes_ - done : 0;
    line += absl::StrFormat(" of %s (%d%%)", FormatByteSize(total_bytes_),
                            std::min<uint64_t>(100, 100 * done / total_bytes_));
    if (rate > 0)
      line += absl::StrFormat(", ETA %s", FormatDuration(static_cast<double>(left) / rate));
  }
  line += absl::StrFormat(", %s/s, %s memory", FormatByteSize(static_cast<uint64_t>(rate)),
                          FormatByteSize(PeakRssBytes()));
  out_ << "\r" << line << "\x1b[K" << std::flush;
  drawn_ = true;
}

void TerminalReporter::Clear() {
  if (std::exchange(drawn_, false)) out_ << "\r\x1b[K" << std::flush;
}

}  // namespace corpusmill
