#include "cli/run.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/base/common_flags.h"
#include "cli/base/flags.h"
#include "cli/base/help.h"
#include "cli/base/interruption.h"
#include "cli/base/summary.h"
#include "cli/base/terminal_reporter.h"
#include "cli/command_line.h"
#include "cli/commands/command_table.h"
#include "corpus/base/context.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"
#include "corpus/io/file_system.h"

namespace corpusmill {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kAborted:  // The reader of our output has gone.
      return 0;
    case absl::StatusCode::kInvalidArgument:
      return kExitUsage;
    case absl::StatusCode::kCancelled:
      return kExitInterrupted;
    default:
      return kExitFailure;
  }
}

absl::Status RunCommand(Command& command, const CommonFlags& flags, Context& context,
                        TerminalReporter& reporter, std::ostream& out) {
  std::vector<std::string> outputs = command.OutputPaths();
  if (!flags.report_path.empty()) outputs.push_back(flags.report_path);
  CM_RETURN_IF_ERROR(CheckOutputs(std::move(outputs), command.InputArguments()));
  if (!flags.report_path.empty()) {
    CM_RETURN_IF_ERROR(CheckOutputPath(flags.report_path, {.overwrite = flags.force}));
  }
  Summary summary;
  Session session{context, summary, out, flags.force};
  const auto start = std::chrono::steady_clock::now();
  CM_RETURN_IF_ERROR(command.Run(session));
  if (summary.empty()) return absl::OkStatus();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  summary.Add("seconds", seconds.count());
  summary.Add("peak_memory_bytes", PeakRssBytes());
  reporter.Log(LogLevel::kInfo, summary.ToTable());
  if (flags.report_path.empty()) return absl::OkStatus();
  return WriteStringToFile(flags.report_path, summary.ToJson(), {.overwrite = flags.force});
}

/// Columns of the terminal on standard error.
int TerminalColumns() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// How to go on after an interruption: "; to continue: …", or "" if there is no job.
std::string ResumeHint(const std::string& job_folder) {
  if (job_folder.empty() || !FileExists(job_folder + "/plan.json")) return "";
  const bool odd = job_folder.find_first_of(" \t'\"$`*?\\&;|<>()") != std::string::npos;
  return absl::StrFormat("; to continue: corpusmill job run --job-dir %s",
                         odd ? "'" + job_folder + "'" : job_folder);
}

/// Parses `args`. Returns the exit code if that is all: after --help, --version and wrong use.
std::optional<int> Parse(CommandLine& line, const std::vector<std::string>& args, std::ostream& out,
                         std::ostream& err) {
  try {
    line.root().parse(std::vector<std::string>(args.rbegin(), args.rend()));
    return std::nullopt;
  } catch (const CLI::CallForVersion& version) {
    out << version.what() << "\n";
    return 0;
  } catch (const CLI::CallForHelp&) {
    out << RenderHelp(line.Reached());
    return 0;
  } catch (const CLI::ParseError& error) {
    const std::string name = FullName(line.Reached());
    err << name << ": " << UsageMessage(error, line.Reached(), args) << "; try '" << name
        << " --help'\n";
    return kExitUsage;
  }
}

}  // namespace

int Run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err,
        const std::atomic<bool>* cancelled) {
  return Run(AllCommands(), args, out, err, cancelled);
}

int Run(const CommandTable& table, const std::vector<std::string>& args, std::ostream& out,
        std::ostream& err, const std::atomic<bool>* cancelled) {
  if (!args.empty() && args.front() == "help") {  // `help shuffle` is `shuffle --help`.
    std::vector<std::string> rest(args.begin() + 1, args.end());
    rest.push_back("--help");
    return Run(table, rest, out, err, cancelled);
  }
  CommandLine line(table);
  if (const std::optional<int> code = Parse(line, args, out, err)) return *code;
  const CommonFlags& flags = line.common();
  const std::string name = FullName(line.Reached());
  TerminalReporter reporter(
      err, {.prefix = name,
            .show_progress = flags.progress == "always" ||
                             (flags.progress == "auto" && !flags.quiet && isatty(STDERR_FILENO)),
            .quiet = flags.quiet,
            .columns = TerminalColumns});
  const auto interrupted = [name, folder = line.Chosen()->JobFolder()] {
    return absl::StrFormat("%s: %s%s", name, Message(CancelledError()), ResumeHint(folder));
  };
  SetInterruptedMessage(interrupted);
  Context context({.memory_limit_bytes = flags.memory_bytes,
                   .threads = flags.threads,
                   .temp_dirs = flags.temp_dirs,
                   .io = flags.io,
                   .temp_compression = flags.temp_compression,
                   .reporter = &reporter,
                   .cancelled = cancelled});
  absl::Status status;
  try {
    status = RunCommand(*line.Chosen(), flags, context, reporter, out);
  } catch (const std::bad_alloc&) {
    status = MemoryError("the system has no memory left; try a smaller --memory or fewer threads");
  } catch (const std::exception& error) {
    status = absl::InternalError(error.what());
  }
  if (absl::IsCancelled(status)) {
    EndWatch();  // One of the two threads says so.
    err << interrupted() << "\n";
  } else if (!status.ok() && status.code() != absl::StatusCode::kAborted) {
    err << name << ": " << Message(status) << "\n";
  }
  return ExitCode(status);
}

}  // namespace corpusmill
