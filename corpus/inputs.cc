#include "corpus/inputs.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "corpus/file.h"
#include "corpus/status.h"

namespace corpusmill {
namespace {

namespace fs = std::filesystem;

/// Sorts paths by what they are without their codec, so that compressing a file
/// does not move it.
void SortByPlainName(std::vector<std::string>* paths) {
  std::sort(paths->begin(), paths->end(), [](const std::string& a, const std::string& b) {
    return std::pair(StripCodecExtension(a), std::string_view(a)) <
           std::pair(StripCodecExtension(b), std::string_view(b));
  });
}

/// Appends the files below `folder`. `above` holds the real paths of the folders
/// it lies in, to end at a link that leads back up.
absl::Status ListFolder(const fs::path& folder, std::set<std::string> above,
                        std::vector<std::string>* files) {
  std::error_code error;
  if (!above.insert(fs::canonical(folder, error).string()).second) return absl::OkStatus();
  fs::directory_iterator entries(folder, error);
  // Not a range-for, whose step throws.
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::directory_entry& entry = *entries;
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || name.starts_with("_") || name.ends_with(".part")) continue;
    std::error_code unknown;  // A dangling link is told when it is opened.
    if (entry.is_directory(unknown)) {
      CM_RETURN_IF_ERROR(ListFolder(entry.path(), above, files));
    } else if (entry.is_regular_file(unknown) || !entry.exists(unknown)) {
      files->push_back(entry.path().string());
    }
  }
  if (error) return IoError(folder.string(), "cannot list folder", error.value());
  return absl::OkStatus();
}

absl::Status ExpandPath(const std::string& path, std::vector<std::string>* files) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    files->push_back(path);
    return absl::OkStatus();
  }
  std::vector<std::string> below;
  CM_RETURN_IF_ERROR(ListFolder(path, {}, &below));
  if (below.empty())
    return UsageError(absl::StrFormat("%s: the folder holds no input files", path));
  SortByPlainName(&below);
  files->insert(files->end(), below.begin(), below.end());
  return absl::OkStatus();
}

absl::Status ExpandArgument(const std::string& argument, std::vector<std::string>* files) {
  std::error_code error;
  if (argument == kStandardStream || fs::exists(argument, error)) {
    return ExpandPath(argument, files);
  }
  if (argument.find_first_of("*?[") == std::string::npos) {
    return IoError(argument, "cannot open", ENOENT);
  }
  glob_t matches{};
  const int result = glob(argument.c_str(), GLOB_NOSORT, nullptr, &matches);
  std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (result != 0 || paths.empty()) {
    return UsageError(absl::StrFormat("%s: the pattern matches no file", argument));
  }
  SortByPlainName(&paths);
  for (const std::string& path : paths) CM_RETURN_IF_ERROR(ExpandPath(path, files));
  return absl::OkStatus();
}

/// Opens a regular file once to see that it can be read and is not Parquet.
absl::Status CheckReadable(const std::string& path) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenFile(path));
  char head[4];
  CM_ASSIGN_OR_RETURN(const size_t n, source->Read(head, sizeof(head)));
  if (std::string_view(head, n) == "PAR1") {
    return DataError(absl::StrFormat(
        "%s: Parquet is not supported; convert it: python3 -c 'import sys, pandas; "
        "pandas.read_parquet(sys.argv[1]).to_json(sys.stdout, orient=\"records\", lines=True, "
        "force_ascii=False)' %s > docs.jsonl",
        path, path));
  }
  return absl::OkStatus();
}

absl::StatusOr<InputFile> Examine(const std::string& path) {
  InputFile input{.path = path};
  struct stat info;
  const int result = path == kStandardStream ? fstat(0, &info) : stat(path.c_str(), &info);
  if (result != 0) return IoError(path, "cannot open", errno);
  if (S_ISREG(info.st_mode) && path != kStandardStream) {
    CM_RETURN_IF_ERROR(CheckReadable(path));
    input.is_regular = true;
    input.size_bytes = static_cast<uint64_t>(info.st_size);
  }
  return input;
}

/// The stored bytes on their way to the decoder: counted, hashed, reported.
class StoredSource final : public ByteSource {
 public:
  StoredSource(const InputFile& input, std::unique_ptr<ByteSource> raw, Reporter& reporter)
      : input_(input), raw_(std::move(raw)), reporter_(reporter) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(buffer, size));
    bytes_ += n;
    hasher_.Update({buffer, n});
    reporter_.Advance(n);
    if (n == 0 && input_.is_regular && bytes_ != input_.size_bytes) {
      return DataError(absl::StrFormat(
          "%s: changed while it was read: %d bytes at the start, %d at the end; try again when "
          "nothing writes to it",
          name(), input_.size_bytes, bytes_));
    }
    return n;
  }
  const std::string& name() const override { return raw_->name(); }
  uint64_t bytes() const { return bytes_; }
  Hash128 hash() const { return hasher_.Digest(); }

 private:
  const InputFile input_;
  const std::unique_ptr<ByteSource> raw_;
  Reporter& reporter_;
  StreamHasher hasher_;
  uint64_t bytes_ = 0;
};

class InputStreamImpl final : public InputStream {
 public:
  InputStreamImpl(StoredSource* stored, std::unique_ptr<ByteSource> decoded, Codec codec)
      : stored_(stored), decoded_(std::move(decoded)), codec_(codec) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    return decoded_->Read(buffer, size);
  }
  const std::string& name() const override { return decoded_->name(); }
  Codec codec() const override { return codec_; }
  uint64_t stored_bytes() const override { return stored_->bytes(); }
  Hash128 stored_hash() const override { return stored_->hash(); }

 private:
  StoredSource* const stored_;  // Owned by decoded_.
  const std::unique_ptr<ByteSource> decoded_;
  const Codec codec_;
};

}  // namespace

absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    CM_RETURN_IF_ERROR(ExpandArgument(argument, &paths));
  }
  if (arguments.empty()) paths.emplace_back(kStandardStream);
  if (std::count(paths.begin(), paths.end(), kStandardStream) > 1) {
    return UsageError("'-' is named twice, but standard input can be read only once");
  }
  std::vector<InputFile> inputs;
  inputs.reserve(paths.size());
  for (const std::string& path : paths) {
    CM_ASSIGN_OR_RETURN(InputFile input, Examine(path));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

uint64_t TotalBytes(const std::vector<InputFile>& inputs) {
  uint64_t total = 0;
  for (const InputFile& input : inputs) {
    if (!input.is_regular) return 0;
    total += input.size_bytes;
  }
  return total;
}

absl::StatusOr<std::unique_ptr<InputStream>> OpenInput(const InputFile& input, Context& context) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> raw, OpenFile(input.path, &context));
  auto stored = std::make_unique<StoredSource>(input, std::move(raw), context.reporter());
  StoredSource* const stored_pointer = stored.get();
  Codec codec;
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> decoded,
                      OpenDecoder(std::move(stored), context, &codec));
  if (const Codec named = CodecForPath(input.path); codec == Codec::kNone && named != codec) {
    context.reporter().Log(
        LogLevel::kWarning,
        absl::StrFormat("%s: holds no %s data and is read as it is", input.path, CodecName(named)));
  }
  return std::make_unique<InputStreamImpl>(stored_pointer, std::move(decoded), codec);
}

}  // namespace corpusmill
