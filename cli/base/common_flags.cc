#include "cli/base/common_flags.h"

#include <string_view>

#include "absl/status/statusor.h"
#include "cli/base/flags.h"
#include "corpus/base/memory.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

absl::StatusOr<TempCompression> ParseTempCompression(std::string_view text) {
  if (text == "auto") return TempCompression::kAuto;
  if (text == "off") return TempCompression::kOff;
  if (text == "zstd") return TempCompression::kZstd;
  return UsageError(
      absl::StrFormat("'%s' is not a compression of temporary files; try auto, off or zstd", text));
}

absl::StatusOr<IoMode> ParseIoMode(std::string_view text) {
  if (text == "auto") return IoMode::kAuto;
  if (text == "direct") return IoMode::kDirect;
  if (text == "cached") return IoMode::kCached;
  return UsageError(absl::StrFormat("'%s' is not an IO mode; try auto, direct or cached", text));
}

absl::StatusOr<uint64_t> ParseMemory(std::string_view text) {
  CM_ASSIGN_OR_RETURN(const uint64_t bytes, ParseByteSizeOrPercent(text, UsableMemoryBytes()));
  if (bytes < MemoryBudget::kMinimumBytes) {
    return UsageError(absl::StrFormat("%s is too little; it must be at least 16M", text));
  }
  return bytes;
}

}  // namespace

void CommonFlags::Define(CLI::App& app) {
  const auto common = [](CLI::Option* option) { return option->group("Common flags"); };
  common(AddParsed<uint64_t>(
             app, "--memory", &memory_bytes, ParseMemory,
             "Memory limit, such as 512M, 2G or 40% of what the system allows; at least 16M")
             ->type_name("SIZE")
             ->default_str("50%"));
  common(app.add_option("-j,--threads", threads, "Compute threads; 0 uses all cores")
             ->type_name("N")
             ->check(CLI::Range(0, 1024))
             ->default_str("0"));
  common(app.add_option("--temp-dir", temp_dirs,
                        "Folder for temporary files; may be repeated; by default TMPDIR, else the "
                        "folder of the output")
             ->type_name("DIR")
             ->allow_extra_args(false)  // One folder each time.
             ->check(CLI::ExistingDirectory));
  common(AddParsed<TempCompression>(app, "--temp-compress", &temp_compression, ParseTempCompression,
                                    "Compression of temporary files: auto compresses them if that "
                                    "is measured to be faster than the disk")
             ->type_name("auto|off|zstd")
             ->default_str("auto"));
  common(AddParsed<IoMode>(app, "--io", &io, ParseIoMode,
                           "How large files are read and written: auto bypasses the page cache "
                           "(direct IO), except for files that are already in it")
             ->type_name("auto|direct|cached")
             ->default_str("auto"));
  common(app.add_flag("-f,--force", force, "Replace existing outputs"));
  common(app.add_option("--progress", progress,
                        "When to show progress: auto (on a terminal), always or never")
             ->type_name("WHEN")
             ->check(CLI::IsMember({"auto", "always", "never"}))
             ->default_str("auto"));
  common(app.add_flag("-q,--quiet", quiet, "Print errors and warnings only"));
  common(app.add_option("--report", report_path, "Write the summary to a file as JSON")
             ->type_name("FILE"));
}

}  // namespace corpusmill
