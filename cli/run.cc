#include "cli/run.h"

#include <unistd.h>

#include <cctype>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "cli/base/command.h"
#include "cli/base/flags.h"
#include "cli/base/help.h"
#include "cli/base/terminal_reporter.h"
#include "corpus/base/context.h"
#include "corpus/base/status.h"
#include "corpus/base/version.h"
#include "corpus/io/file.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

/// The flags of every command.
struct CommonFlags {
  uint64_t memory_bytes = 0;
  int threads = 0;
  std::vector<std::string> temp_dirs;
  IoMode io = IoMode::kAuto;
  TempCompression temp_compression = TempCompression::kAuto;
  std::string progress = "auto";
  std::string report_path;
  bool force = false;
  bool quiet = false;

  void Define(CLI::App& app) {
    const auto common = [](CLI::Option* option) { return option->group("Common flags"); };
    common(AddParsed<uint64_t>(app, "--memory", &memory_bytes, ParseMemory,
                               "Upper bound of the memory used, such as 512M, 2G or 40%; at least "
                               "16M")
               ->type_name("SIZE")
               ->default_str("50%"));
    common(app.add_option("-j,--threads", threads, "Compute threads; 0 is all")
               ->type_name("N")
               ->check(CLI::Range(0, 1024))
               ->default_str("0"));
    common(app.add_option("--temp-dir", temp_dirs,
                          "Folder for temporary files, may be repeated; else TMPDIR, else beside "
                          "the output")
               ->type_name("DIR")
               ->allow_extra_args(false)  // One folder each time.
               ->check(CLI::ExistingDirectory));
    common(AddParsed<TempCompression>(app, "--temp-compress", &temp_compression,
                                      ParseTempCompression,
                                      "Whether temporary files are compressed: auto is where "
                                      "that is measured to be faster than the disk")
               ->type_name("auto|off|zstd")
               ->default_str("auto"));
    common(AddParsed<IoMode>(app, "--io", &io, ParseIoMode,
                             "How big files are read and written: auto is direct, past the page "
                             "cache, except for files that are in it")
               ->type_name("auto|direct|cached")
               ->default_str("auto"));
    common(app.add_flag("-f,--force", force, "Replace an output that exists"));
    common(app.add_option("--progress", progress, "auto (on a terminal), always or never")
               ->type_name("WHEN")
               ->check(CLI::IsMember({"auto", "always", "never"}))
               ->default_str("auto"));
    common(app.add_flag("-q,--quiet", quiet, "Print errors and warnings only"));
    common(app.add_option("--report", report_path, "Write the summary to a file as JSON")
               ->type_name("FILE"));
  }

  static absl::StatusOr<TempCompression> ParseTempCompression(std::string_view text) {
    if (text == "auto") return TempCompression::kAuto;
    if (text == "off") return TempCompression::kOff;
    if (text == "zstd") return TempCompression::kZstd;
    return UsageError(absl::StrFormat("'%s': try auto, off or zstd", text));
  }

  static absl::StatusOr<IoMode> ParseIoMode(std::string_view text) {
    if (text == "auto") return IoMode::kAuto;
    if (text == "direct") return IoMode::kDirect;
    if (text == "cached") return IoMode::kCached;
    return UsageError(absl::StrFormat("'%s' is no way of IO; try auto, direct or cached", text));
  }

  static absl::StatusOr<uint64_t> ParseMemory(std::string_view text) {
    CM_ASSIGN_OR_RETURN(const uint64_t bytes, ParseByteSizeOrPercent(text, UsableMemoryBytes()));
    if (bytes < MemoryBudget::kMinimumBytes) {
      return UsageError(absl::StrFormat("%s is too little; it must be at least 16M", text));
    }
    return bytes;
  }
};

/// The parsed definition of the whole command line.
class CommandLine {
 public:
  CommandLine() : root_("text into training tensors", "corpusmill") {
    root_.footer(
        "Examples:\n"
        "  corpusmill shuffle --seed 1 -o shuffled.jsonl.zst corpus/*.jsonl\n"
        "  corpusmill tokenizer train --vocab-size 32000 -o zh.model shuffled.jsonl.zst\n"
        "  corpusmill prepare -m zh.model --seq-len 2048 -o shards/ shuffled.jsonl.zst\n");
    root_.require_subcommand(1);
    root_.set_version_flag(
        "--version", absl::StrFormat("corpusmill %s (Unicode %s)", kVersion, UnicodeVersion()),
        "Print the version");
    SetHelpFlag(root_);
    Add(MakeJsonlCommand());
    Add(MakeShuffleCommand());
    Add(MakeJobPlanCommand());
    Add(MakeJobCountCommand());
    Add(MakeJobScatterCommand());
    Add(MakeJobFinalizeCommand());
    Add(MakeJobGatherCommand());
    Add(MakeJobVerifyCommand());
    Add(MakeJobStatusCommand());
    Add(MakeJobRunCommand());
    Add(MakeTokenizerTrainCommand());
    Add(MakeTokenizerCountNgramsCommand());
    Add(MakeTokenizerCountPiecesCommand());
    Add(MakeTokenizerMergeCountsCommand());
    Add(MakeTokenizerFromWordsCommand());
    Add(MakeTokenizerPruneCommand());
    Add(MakeTokenizerReEstimateCommand());
    Add(MakeTokenizerMergeCommand());
    Add(MakeTokenizerEncodeCommand());
    Add(MakeTokenizerDecodeCommand());
    Add(MakeTokenizerInfoCommand());
    Add(MakeTokenizerCompareCommand());
    Add(MakeTokenizerAuditCommand());
    Add(MakeTokenizerConvertCommand());
    Add(MakePrepareCommand());
    Add(MakeShardsInfoCommand());
    Add(MakeShardsHeadCommand());
    Add(MakeShardsVerifyCommand());
    AddMeta();
  }

  CLI::App& root() { return root_; }
  const CommonFlags& common() const { return common_; }

  /// The app that was asked for, or the innermost that was reached.
  const CLI::App& Reached() const {
    const CLI::App* app = &root_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *app;
  }

  /// The command that was asked for; nullptr if it is one of the meta commands.
  Command* Chosen() const {
    for (const auto& [app, command] : commands_) {
      if (app == &Reached()) return command.get();
    }
    return nullptr;
  }

  /// Writes what `docs` or `completion` were asked for.
  void RunMeta(std::ostream& out) const {
    out << (Reached().get_name() == "docs" ? RenderMarkdown(root_)
                                           : RenderCompletion(root_, shell_));
  }

 private:
  static void SetHelpFlag(CLI::App& app) { app.set_help_flag("-h,--help", "Print this help"); }

  /// The parent of commands like "shards info", made when it is first needed.
  CLI::App* Family(CLI::App& parent, const std::string& name, const std::string& group) {
    for (CLI::App* app : parent.get_subcommands([](CLI::App*) { return true; })) {
      if (app->get_name() == name) return app;
    }
    CLI::App* const family = parent.add_subcommand(
        name, name == "tokenizer" ? "train, use and judge tokenizers"
              : name == "count"   ? "count parts of a corpus, for training"
              : name == "job"     ? "shuffle in tasks, on several machines or after a crash"
                                  : "read prepared shards");
    family->require_subcommand(1);
    if (&parent != &root_) family->group(group);
    SetHelpFlag(*family);
    return family;
  }

  void Add(std::unique_ptr<Command> command) {
    const CommandInfo& info = command->info();
    CLI::App* parent = &root_;
    std::string name(info.path);
    for (size_t space; (space = name.find(' ')) != std::string::npos;) {
      parent = Family(*parent, name.substr(0, space), std::string(info.group));
      name = name.substr(space + 1);
    }
    CLI::App* const app = parent->add_subcommand(name, std::string(info.summary));
    app->group(std::string(info.group));
    std::string footer = "Examples:\n";
    std::istringstream examples{std::string(info.examples)};
    for (std::string line; std::getline(examples, line);) footer += "  " + line + "\n";
    if (!info.details.empty()) footer += "\n" + std::string(info.details) + "\n";
    app->footer(footer);
    command->Define(*app);
    common_.Define(*app);
    SetHelpFlag(*app);
    commands_.emplace_back(app, std::move(command));
  }

  void AddMeta() {
    CLI::App* const completion =
        root_.add_subcommand("completion", "print a completion script for bash, zsh or fish");
    completion->group("About the program");
    completion->footer("Examples:\n  source <(corpusmill completion bash)\n");
    completion->add_option("SHELL", shell_, "bash, zsh or fish")
        ->required()
        ->type_name("")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    SetHelpFlag(*completion);
    CLI::App* const docs =
        root_.add_subcommand("docs", "print this help for all commands as Markdown");
    docs->group("About the program");
    docs->footer("Examples:\n  corpusmill docs > docs/cli.md\n");
    SetHelpFlag(*docs);
  }

  CLI::App root_;
  CommonFlags common_;
  std::string shell_;
  std::vector<std::pair<const CLI::App*, std::unique_ptr<Command>>> commands_;
};

std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : FullName(*app.get_parent()) + " " + app.get_name();
}

/// What CLI11 says of wrong arguments, in our words and on one line.
std::string UsageMessage(const CLI::ParseError& error, const CLI::App& app,
                         const std::vector<std::string>& args) {
  const bool is_family = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  if (is_family) {
    const std::string name = FullName(app) + " ";
    for (const std::string& arg : args) {
      if (arg.starts_with("-") || absl::StrContains(name, " " + arg + " ")) continue;
      return absl::StrFormat("'%s' is not a command", arg);
    }
    return "name a command";
  }
  std::string message = error.what();
  constexpr std::string_view kExtra = "The following argument was not expected: ";
  constexpr std::string_view kExtras = "The following arguments were not expected: ";
  for (const std::string_view prefix : {kExtra, kExtras}) {
    if (!message.starts_with(prefix)) continue;
    message = message.substr(prefix.size());
    message += message.starts_with("-") ? ": unknown flag" : ": one argument too many";
  }
  for (char& c : message) {
    if (c == '\n') c = ' ';
  }
  return message;
}

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
  reporter.Log(LogLevel::kInfo, summary.ToLine());
  if (flags.report_path.empty()) return absl::OkStatus();
  return WriteStringToFile(flags.report_path, summary.ToJson(), {.overwrite = flags.force});
}

}  // namespace

int Run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err,
        const std::atomic<bool>* cancelled) {
  if (!args.empty() && args.front() == "help") {  // `help shuffle` is `shuffle --help`.
    std::vector<std::string> rest(args.begin() + 1, args.end());
    rest.push_back("--help");
    return Run(rest, out, err, cancelled);
  }
  CommandLine line;
  try {
    line.root().parse(std::vector<std::string>(args.rbegin(), args.rend()));
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
  Command* const command = line.Chosen();
  if (command == nullptr) {
    line.RunMeta(out);
    return 0;
  }
  const CommonFlags& flags = line.common();
  const std::string name = FullName(line.Reached());
  TerminalReporter reporter(
      err, {.prefix = name,
            .show_progress = flags.progress == "always" ||
                             (flags.progress == "auto" && !flags.quiet && isatty(STDERR_FILENO)),
            .quiet = flags.quiet});
  Context context({.memory_limit_bytes = flags.memory_bytes,
                   .threads = flags.threads,
                   .temp_dirs = flags.temp_dirs,
                   .io = flags.io,
                   .temp_compression = flags.temp_compression,
                   .reporter = &reporter,
                   .cancelled = cancelled});
  absl::Status status;
  try {
    status = RunCommand(*command, flags, context, reporter, out);
  } catch (const std::bad_alloc&) {
    status = MemoryError("the system has no memory left; try a smaller --memory or fewer threads");
  } catch (const std::exception& error) {
    status = absl::InternalError(error.what());
  }
  if (!status.ok() && status.code() != absl::StatusCode::kAborted) {
    err << name << ": " << Message(status) << "\n";
  }
  return ExitCode(status);
}

}  // namespace corpusmill
