#include "shuffle/estimate.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <chrono>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/io/block_file.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_system.h"
#include "shuffle/order/selector.h"

namespace corpusmill {
namespace {

constexpr uint64_t kProbeBytes = 64 << 20;
constexpr uint64_t kProbeBlockBytes = 4 << 20;

uint64_t FreeBytes(const std::string& folder) {
  struct statvfs info;
  if (Files().StatVfs(folder.c_str(), &info) != 0) return 0;
  return uint64_t{info.f_bavail} * info.f_frsize;
}

/// Seconds for writing a byte to a folder and reading it again.
absl::StatusOr<double> SecondsPerByte(const std::string& folder, IoMode io) {
  CM_ASSIGN_OR_RETURN(const auto file, BlockFile::CreateUnnamed(folder, io));
  CM_ASSIGN_OR_RETURN(AlignedBuffer buffer, AlignedBuffer::Create(kProbeBlockBytes));
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t at = 0; at < kProbeBytes; at += kProbeBlockBytes) {
    CM_RETURN_IF_ERROR(file->Write(at, {{buffer.data(), buffer.size()}}));
  }
  CM_RETURN_IF_ERROR(file->Sync());
  for (uint64_t at = 0; at < kProbeBytes; at += kProbeBlockBytes) {
    CM_RETURN_IF_ERROR(file->Read(at, buffer.data(), buffer.size()));
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return taken.count() / static_cast<double>(kProbeBytes);
}

}  // namespace

uint64_t ExpectedBytes(const std::vector<InputFile>& inputs) {
  constexpr double kCompression = 4;
  double sum = 0;
  for (const InputFile& input : inputs) {
    if (!input.is_regular) return 0;
    const double copies = static_cast<double>(input.weight.copies) +
                          static_cast<double>(input.weight.fraction) * 0x1p-64;
    const bool compressed = CodecForPath(input.path) != Codec::kNone;
    sum += static_cast<double>(input.size_bytes) * copies * (compressed ? kCompression : 1);
  }
  return sum < 0x1p64 ? static_cast<uint64_t>(sum) : ~uint64_t{0};
}

absl::StatusOr<ShuffleEstimate> EstimateShuffle(const std::vector<InputFile>& inputs,
                                                const ShuffleOptions& options,
                                                const std::vector<std::string>& folders,
                                                Context& context) {
  ShuffleEstimate estimate;
  estimate.input_bytes = ExpectedBytes(inputs);
  estimate.memory_bytes = context.memory().limit_bytes();
  const Selector selector(options, inputs);
  estimate.sizing = ChooseSizing(context.memory().available_bytes(), context.threads(),
                                 estimate.input_bytes, selector.streams());
  for (const std::string& folder : folders) {
    estimate.folders.push_back({.path = folder, .free_bytes = FreeBytes(folder)});
  }
  if (estimate.input_bytes == 0) return estimate;
  estimate.passes = estimate.sizing.fits ? 1 : 2;
  if (estimate.sizing.fits) return estimate;
  double seconds_per_byte = 0;
  for (ShuffleEstimate::Folder& folder : estimate.folders) {
    folder.temp_bytes = estimate.input_bytes / folders.size();
    CM_ASSIGN_OR_RETURN(const double seconds, SecondsPerByte(folder.path, context.io()));
    seconds_per_byte += seconds / static_cast<double>(folders.size());
  }
  // Counts temporary data, input and output, all at about the same disk rate.
  estimate.seconds = 2 * seconds_per_byte * static_cast<double>(estimate.input_bytes);
  return estimate;
}

std::string ShuffleEstimate::ToText() const {
  std::string text;
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += absl::StrFormat("%-12s %s\n", name, value);
  };
  line("input", input_bytes == 0 ? "of unknown size" : "about " + FormatByteSize(input_bytes));
  line("passes", passes == 0   ? "1 if it fits in memory, else 2 or more"
                 : passes == 1 ? "1, in memory"
                               : "2, over temporary files");
  line("buckets", absl::StrFormat("%d", sizing.buckets));
  line("memory", "at most " + FormatByteSize(memory_bytes) + " + 64 MiB");
  for (const Folder& folder : folders) {
    line("temporary",
         absl::StrFormat("%s: %s%s free", folder.path,
                         passes == 2 ? "about " + FormatByteSize(folder.temp_bytes) + " of " : "",
                         FormatByteSize(folder.free_bytes)));
  }
  if (seconds > 0) line("time", absl::StrFormat("at least %.0f s of disk time", seconds));
  return text;
}

absl::Status CheckTempSpace(const std::vector<InputFile>& inputs, const ShuffleOptions& options,
                            const std::vector<std::string>& folders) {
  if (options.take || options.below) return absl::OkStatus();
  for (const InputFile& input : inputs) {
    if (CodecForPath(input.path) != Codec::kNone) return absl::OkStatus();
  }
  const uint64_t need = ExpectedBytes(inputs) / folders.size();
  for (const std::string& folder : folders) {
    const uint64_t free = FreeBytes(folder);
    if (free >= need) continue;
    return IoError(folder, absl::StrFormat("has %s free, but %s of temporary files will go "
                                           "there; name another folder with --temp-dir",
                                           FormatByteSize(free), FormatByteSize(need)));
  }
  return absl::OkStatus();
}

absl::Status CheckOutputSpace(const std::string& path, uint64_t output_bytes,
                              const std::vector<std::string>& folders, uint64_t temp_bytes) {
  if (path == kStandardStream || (FileExists(path) && !IsRegularFile(path))) {
    return absl::OkStatus();
  }
  std::string folder = ParentFolder(path);
  if (folder.empty()) folder = ".";
  struct stat output, temp;
  if (Files().Stat(folder.c_str(), &output) != 0) return absl::OkStatus();
  uint64_t free = FreeBytes(folder);
  for (const std::string& other : folders) {
    if (Files().Stat(other.c_str(), &temp) == 0 && temp.st_dev == output.st_dev) {
      free += temp_bytes / folders.size();
    }
  }
  if (free >= output_bytes) return absl::OkStatus();
  return IoError(folder, absl::StrFormat("has room for %s, but the output takes %s; write to "
                                         "another place",
                                         FormatByteSize(free), FormatByteSize(output_bytes)));
}

}  // namespace corpusmill
