#include "corpus/records/inputs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <set>
#include <utility>

#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "corpus/containers/content_kind.h"
#include "corpus/io/file.h"
#include "corpus/io/file_calls.h"
#include "corpus/io/file_system.h"
#include "corpus/records/pattern.h"

namespace corpusmill {
namespace {

/// Digits, optionally with a decimal point and more digits.
bool IsDecimal(std::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return all_digits(text.substr(0, point)) &&
         (point == text.size() || all_digits(text.substr(point + 1)));
}

/// Sorts paths by the name without the codec extension, so that compressing a file keeps its place.
void SortByPlainName(std::vector<std::string>* paths) {
  std::sort(paths->begin(), paths->end(), [](const std::string& a, const std::string& b) {
    return std::pair(StripCodecExtension(a), std::string_view(a)) <
           std::pair(StripCodecExtension(b), std::string_view(b));
  });
}

/// Device and inode: identifies a folder.
using FolderId = std::pair<dev_t, ino_t>;

/// Why files are left out: the phrases for one and for several.
struct Reason {
  const char* one;
  const char* several;
};
constexpr Reason kReasons[] = {
    {"name that begins with . or _", "names that begin with . or _"},
    {"unfinished .part file", "unfinished .part files"},
    {"pipe, socket or device", "pipes, sockets or devices"},
    {"link to a folder above it", "links to folders above them"},
};
enum { kHidden, kPart, kSpecial, kLoop, kReasonCount };

/// Numbers of files that an argument leaves out, by reason.
using LeftOut = std::array<uint64_t, kReasonCount>;

/// Appends the files below `folder`. `above` holds its parent folders, to stop at a link that leads
/// back up.
absl::Status ListInputs(const std::string& folder, std::set<FolderId> above,
                        std::vector<std::string>* files, LeftOut* left_out) {
  struct stat info;
  if (Uninterrupted([&] { return Files().Stat(folder.c_str(), &info); }) != 0) {
    return IoError(folder, "cannot list folder", errno);
  }
  if (!above.emplace(info.st_dev, info.st_ino).second) {
    ++(*left_out)[kLoop];
    return absl::OkStatus();
  }
  CM_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFolder(folder));
  for (const std::string& name : names) {
    const std::string path = folder + (folder.ends_with('/') ? "" : "/") + name;
    if (name.starts_with(".") || name.starts_with("_")) {
      ++(*left_out)[kHidden];
      continue;
    }
    if (name.ends_with(".part")) {
      ++(*left_out)[kPart];
      continue;
    }
    const absl::StatusOr<FileKind> kind = KindOf(path);
    if (!kind.ok() || *kind == FileKind::kMissing || *kind == FileKind::kRegular) {
      files->push_back(path);  // Opening a dangling link reports it.
    } else if (*kind == FileKind::kFolder) {
      CM_RETURN_IF_ERROR(ListInputs(path, above, files, left_out));
    } else {
      ++(*left_out)[kSpecial];
    }
  }
  return absl::OkStatus();
}

absl::Status ExpandPath(const std::string& path, std::vector<std::string>* files,
                        LeftOut* left_out) {
  CM_ASSIGN_OR_RETURN(const FileKind kind, KindOf(path));
  if (kind != FileKind::kFolder) {
    files->push_back(path);
    return absl::OkStatus();
  }
  std::vector<std::string> below;
  CM_RETURN_IF_ERROR(ListInputs(path, {}, &below, left_out));
  if (below.empty())
    return UsageError(absl::StrFormat("%s: the folder holds no input files", path));
  SortByPlainName(&below);
  files->insert(files->end(), below.begin(), below.end());
  return absl::OkStatus();
}

absl::Status ExpandArgument(const std::string& argument, std::vector<std::string>* files,
                            LeftOut* left_out) {
  if (argument == kStandardStream) {
    files->push_back(argument);
    return absl::OkStatus();
  }
  const absl::StatusOr<FileKind> kind = KindOf(argument);
  if (kind.ok() && *kind != FileKind::kMissing) return ExpandPath(argument, files, left_out);
  if (!IsPattern(argument)) {
    return kind.ok() ? IoError(argument, "cannot open", ENOENT) : kind.status();
  }
  CM_ASSIGN_OR_RETURN(std::vector<std::string> paths, ExpandPattern(argument));
  if (paths.empty()) {
    return UsageError(absl::StrFormat("%s: the pattern matches no file", argument));
  }
  SortByPlainName(&paths);
  for (const std::string& path : paths) CM_RETURN_IF_ERROR(ExpandPath(path, files, left_out));
  return absl::OkStatus();
}

void LogLeftOut(const std::string& argument, const LeftOut& left_out, Reporter* reporter) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < left_out.size(); ++i) {
    if (left_out[i] == 0) continue;
    parts.push_back(absl::StrFormat("%d %s", left_out[i],
                                    left_out[i] == 1 ? kReasons[i].one : kReasons[i].several));
  }
  if (parts.empty() || reporter == nullptr) return;
  // Hidden names are usual, such as .git or _SUCCESS.
  const bool usual = parts.size() == 1 && left_out[kHidden] > 0;
  reporter->Log(usual ? LogLevel::kInfo : LogLevel::kWarning,
                absl::StrFormat("%s: leaving out %s; name a file itself to read it", argument,
                                NameList(parts, "and")));
}

/// Opens a regular file once to see that it can be read and, if wanted, that it is text. Returns
/// the memory for decoding it.
absl::StatusOr<DecoderMemory> CheckReadable(const std::string& path, RecordFormat format) {
  CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenFile(path));
  char bytes[kContentKindBytes];
  CM_ASSIGN_OR_RETURN(const size_t n, source->Read(bytes, sizeof(bytes)));
  const std::string_view head(bytes, n);
  const ContentKind* const kind = FindsContent(format) ? FindContentKind(head) : nullptr;
  if (kind != nullptr && kind->reading == ContentReading::kRefused) {
    return RefusedKindError(path, *kind);
  }
  return DecoderMemoryOf(head.substr(0, kHeadBytes));
}

/// Appends the files of a weighted argument.
absl::Status ExpandWeighted(const std::string& argument, const InputArgument& parsed,
                            const ResolveOptions& options, std::vector<std::string>* files) {
  LeftOut left_out{};
  absl::Status expanded = ExpandArgument(parsed.path, files, &left_out);
  if (!expanded.ok() && parsed.path != argument && FileExists(argument)) {
    return UsageError(
        absl::StrFormat("%s: its ending is taken as a weight; write %s@1 for the file of that name",
                        argument, argument));
  }
  CM_RETURN_IF_ERROR(expanded);
  if (!options.allow_weights && !parsed.weight.is_one()) {
    return UsageError(absl::StrFormat(
        "%s: weights (%s) are not supported by this command yet; for a file of that name, write "
        "%s@1",
        argument, argument.substr(parsed.path.size()), argument));
  }
  LogLeftOut(argument, left_out, options.reporter);
  return absl::OkStatus();
}

int64_t ModifiedNs(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

absl::StatusOr<InputFile> Examine(const std::string& path, const Weight& weight,
                                  RecordFormat format) {
  InputFile input{.path = path, .weight = weight};
  struct stat info;
  const int result = Uninterrupted([&] {
    return path == kStandardStream ? Files().FStat(STDIN_FILENO, &info)
                                   : Files().Stat(path.c_str(), &info);
  });
  if (result != 0) return IoError(path, "cannot open", errno);
  if (S_ISREG(info.st_mode) && path != kStandardStream) {
    CM_ASSIGN_OR_RETURN(input.decoder, CheckReadable(path, format));
    input.is_regular = true;
    input.size_bytes = static_cast<uint64_t>(info.st_size);
    input.modified_ns = ModifiedNs(info);
    input.inode = info.st_ino;
  }
  return input;
}

/// A source of stored bytes for the decoder. Counts, hashes and reports them.
class StoredSource final : public ByteSource {
 public:
  StoredSource(const InputFile& input, std::unique_ptr<ByteSource> raw,
               const OpenInputOptions& options, Reporter& reporter)
      : input_(input),
        raw_(std::move(raw)),
        hash_(options.hash),
        report_progress_(options.report_progress),
        reporter_(reporter),
        bytes_(options.begin_byte),
        reported_(options.begin_byte) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(buffer, size));
    bytes_ += n;
    if (hash_) hasher_.Update({buffer, n});
    if (bytes_ > reported_) Report(bytes_ - reported_);
    if (n == 0) {
      ended_ = true;
      if (input_.is_regular) CM_RETURN_IF_ERROR(CheckUnchanged());
    }
    return n;
  }
  const std::string& name() const override { return raw_->name(); }
  uint64_t bytes() const { return bytes_; }
  Hash128 hash() const { return hasher_.Digest(); }

  /// Reports bytes that were read of the file itself.
  void ReportOther(uint64_t bytes) {
    if (reported_ < input_.size_bytes) Report(std::min(bytes, input_.size_bytes - reported_));
  }

  /// Ends an input that was read without this source.
  absl::Status Finish(const Context& context) {
    if (ended_ || (!hash_ && !input_.is_regular)) return absl::OkStatus();
    if (!hash_) {
      ended_ = true;
      ReportOther(input_.size_bytes);
      bytes_ = input_.size_bytes;
      return CheckUnchanged();
    }
    std::vector<char> buffer(256 << 10);
    while (!ended_) {
      CM_RETURN_IF_ERROR(context.CheckCancelled());
      CM_RETURN_IF_ERROR(Read(buffer.data(), buffer.size()).status());
    }
    return absl::OkStatus();
  }

 private:
  void Report(uint64_t bytes) {
    reported_ += bytes;
    if (report_progress_) reporter_.Advance(bytes);
  }

  absl::Status CheckUnchanged() const {
    if (bytes_ != input_.size_bytes) {
      return DataError(absl::StrFormat(
          "%s: changed while it was read: %d bytes at the start, %d at the end; try again when "
          "nothing writes to it",
          name(), input_.size_bytes, bytes_));
    }
    struct stat info;  // A file that was removed or replaced meanwhile was read unchanged.
    if (Files().Stat(input_.path.c_str(), &info) != 0 ||
        (input_.inode != 0 && info.st_ino != input_.inode) ||
        ModifiedNs(info) == input_.modified_ns) {
      return absl::OkStatus();
    }
    return DataError(absl::StrFormat(
        "%s: was written to while it was read; try again when nothing writes to it", name()));
  }

  const InputFile input_;
  const std::unique_ptr<ByteSource> raw_;
  const bool hash_;
  const bool report_progress_;
  Reporter& reporter_;
  StreamHasher hasher_;
  uint64_t bytes_;
  uint64_t reported_;  // At least bytes_, if other readers of the file report too.
  bool ended_ = false;
};

/// Decompressed bytes that are the content as they are.
class PlainContent final : public ContentStream {
 public:
  explicit PlainContent(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    return bytes_->Read(buffer, size);
  }
  const std::string& name() const override { return bytes_->name(); }
  bool is_rows() const override { return false; }
  bool is_unchanged() const override { return true; }
  std::string_view member() const override { return {}; }
  absl::StatusOr<bool> NextMember() override { return false; }

 private:
  const std::unique_ptr<ByteSource> bytes_;
};

class InputStreamImpl final : public InputStream {
 public:
  InputStreamImpl(const InputFile& input, std::unique_ptr<ByteSource> raw,
                  const OpenInputOptions& options, Context& context)
      : context_(context), stored_(input, std::move(raw), options, context.reporter()) {}

  absl::Status Open(const InputFile& input, const OpenInputOptions& options) {
    auto stored = std::make_unique<BorrowedSource>(stored_);
    if (options.begin_byte > 0) {
      content_ = std::make_unique<PlainContent>(std::move(stored));
      return absl::OkStatus();
    }
    CM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> decoded,
                        OpenDecoder(std::move(stored), context_, &codec_));
    if (const Codec named = CodecForPath(input.path); codec_ == Codec::kNone && named != codec_) {
      context_.reporter().Log(LogLevel::kWarning,
                              absl::StrFormat("%s: is not %s data; reading it as plain bytes",
                                              input.path, CodecName(named)));
    }
    if (!options.content) {
      content_ = std::make_unique<PlainContent>(std::move(decoded));
      return absl::OkStatus();
    }
    ContentOptions content = *options.content;
    content.advance = [this](uint64_t bytes) { stored_.ReportOther(bytes); };
    const bool is_path = codec_ == Codec::kNone && input.is_regular && !input.open;
    CM_ASSIGN_OR_RETURN(
        content_, OpenContent(std::move(decoded), is_path ? input.path : "", content, context_));
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    CM_ASSIGN_OR_RETURN(const size_t n, content_->Read(buffer, size));
    if (n == 0 && content_->member().empty()) CM_RETURN_IF_ERROR(stored_.Finish(context_));
    return n;
  }
  absl::StatusOr<bool> NextMember() override {
    CM_ASSIGN_OR_RETURN(const bool more, content_->NextMember());
    if (!more) CM_RETURN_IF_ERROR(stored_.Finish(context_));
    return more;
  }
  const std::string& name() const override { return content_->name(); }
  bool is_rows() const override { return content_->is_rows(); }
  bool is_unchanged() const override { return content_->is_unchanged(); }
  std::string_view member() const override { return content_->member(); }
  Codec codec() const override { return codec_; }
  uint64_t stored_bytes() const override { return stored_.bytes(); }
  Hash128 stored_hash() const override { return stored_.hash(); }

 private:
  Context& context_;
  StoredSource stored_;
  Codec codec_ = Codec::kNone;
  std::unique_ptr<ContentStream> content_;
};

}  // namespace

absl::StatusOr<Weight> ParseWeight(std::string_view text) {
  constexpr size_t kMaxDigits = 18;  // 10^18 × 2^64 fits in 128 bits.
  constexpr uint64_t kMaxCopies = 1'000'000;
  const absl::Status bad = UsageError(
      absl::StrFormat("'%s' is not a weight; use a number above 0 and at most 1000000 with at most "
                      "18 digits, such as 2 or 0.25",
                      text));
  if (!IsDecimal(text)) return bad;
  const size_t point = std::min(text.find('.'), text.size());
  if (text.size() - (point < text.size() ? 1 : 0) > kMaxDigits) return bad;
  Weight weight{.copies = 0};
  for (const char c : text.substr(0, point)) {
    weight.copies = weight.copies * 10 + static_cast<uint64_t>(c - '0');
  }
  unsigned __int128 numerator = 0, denominator = 1;
  for (size_t i = point + 1; i < text.size(); ++i) {
    numerator = numerator * 10 + static_cast<unsigned>(text[i] - '0');
    denominator *= 10;
  }
  weight.fraction = static_cast<uint64_t>((numerator << 64) / denominator);
  if (weight == Weight{.copies = 0} || weight.copies > kMaxCopies ||
      (weight.copies == kMaxCopies && weight.fraction > 0)) {
    return bad;
  }
  return weight;
}

absl::StatusOr<WholeWeights> ToWholeWeights(const std::vector<Weight>& weights) {
  constexpr uint64_t kMaxUnit = WholeWeights::kMaxUnit;
  WholeWeights whole;
  // In millionths; numbers that round down to the same fraction are equal.
  uint64_t common = kMaxUnit;
  for (const Weight& weight : weights) {
    const auto millionths = static_cast<uint64_t>(
        (static_cast<unsigned __int128>(weight.fraction) * kMaxUnit + UINT64_MAX) >> 64);
    if ((static_cast<unsigned __int128>(millionths) << 64) / kMaxUnit != weight.fraction) {
      return UsageError("a weight has more than 6 digits after the decimal point; try fewer");
    }
    whole.weights.push_back(weight.copies * kMaxUnit + millionths);
    common = std::gcd(common, whole.weights.back());
  }
  whole.unit = kMaxUnit / common;
  for (uint64_t& weight : whole.weights) weight /= common;
  return whole;
}

absl::StatusOr<InputArgument> ParseInputArgument(const std::string& argument) {
  const size_t at = argument.rfind('@');
  if (at == std::string::npos || at == 0 || !IsDecimal(std::string_view(argument).substr(at + 1))) {
    return InputArgument{.path = argument};
  }
  const absl::StatusOr<Weight> weight = ParseWeight(std::string_view(argument).substr(at + 1));
  if (!weight.ok()) {
    return UsageError(absl::StrFormat("%s: %s; for a file of that name, write %s@1", argument,
                                      Message(weight.status()), argument));
  }
  return InputArgument{.path = argument.substr(0, at), .weight = *weight};
}

absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments,
                                                     const ResolveOptions& options) {
  std::vector<std::string> paths;
  std::vector<Weight> weights;
  for (const std::string& argument : arguments) {
    CM_ASSIGN_OR_RETURN(const InputArgument parsed, ParseInputArgument(argument));
    CM_RETURN_IF_ERROR(ExpandWeighted(argument, parsed, options, &paths));
    weights.resize(paths.size(), parsed.weight);
  }
  if (arguments.empty()) {
    paths.emplace_back(kStandardStream);
    weights.emplace_back();
  }
  if (std::count(paths.begin(), paths.end(), kStandardStream) > 1) {
    return UsageError("'-' is named twice, but standard input can be read only once");
  }
  std::vector<InputFile> inputs;
  inputs.reserve(paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    CM_ASSIGN_OR_RETURN(InputFile input, Examine(paths[i], weights[i], options.format));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

InputFile SourceInput(std::string name,
                      std::function<absl::StatusOr<std::unique_ptr<ByteSource>>()> open) {
  return {.path = std::move(name), .open = std::move(open)};
}

absl::Status CheckReadableAgain(const std::vector<InputFile>& inputs) {
  for (const InputFile& input : inputs) {
    if (input.is_regular || input.open != nullptr) continue;
    return UsageError(absl::StrFormat(
        "%s: the documents are read more than once, which a pipe cannot be; try a file",
        input.path == "-" ? "<stdin>" : input.path));
  }
  return absl::OkStatus();
}

uint64_t TotalBytes(const std::vector<InputFile>& inputs) {
  uint64_t total = 0;
  for (const InputFile& input : inputs) {
    if (!input.is_regular) return 0;
    total += input.size_bytes;
  }
  return total;
}

absl::StatusOr<MemoryReservation> ReserveDecoders(const std::vector<InputFile>& inputs,
                                                  Context& context) {
  // The rest of the budget beside a window that may not fill.
  constexpr uint64_t kRestBytes = MemoryBudget::kMinimumBytes;
  // The rest beside any window.
  constexpr uint64_t kLeastRestBytes = 12 << 20;
  // The default of `zstd --ultra -22`, for a pipe, whose first bytes are unknown.
  constexpr uint64_t kPipeBytes = 129 << 20;
  MemoryBudget& budget = context.decoder_memory();
  const uint64_t available = budget.available_bytes();
  uint64_t bytes = 0;
  std::string_view name;
  for (const InputFile& input : inputs) {
    DecoderMemory decoder = {.bytes = std::min(kPipeBytes, available / 8)};
    if (input.decoder) {
      decoder = *input.decoder;
    } else if (input.is_regular) {
      CM_ASSIGN_OR_RETURN(decoder, CheckReadable(input.path, RecordFormat::kLines));
    }
    uint64_t need = decoder.bytes;
    // The window of a short input does not fill: it is tried with what there is.
    if (decoder.at_most) need = std::min(need, available - std::min(available, kRestBytes));
    if (need <= bytes) continue;
    bytes = need;
    name = input.path;
  }
  CM_ASSIGN_OR_RETURN(MemoryReservation reservation,
                      budget.Reserve(bytes, absl::StrFormat("%s: decoding", name)));
  if (bytes > Context::kFreeDecoderBytes && context.memory().available_bytes() < kLeastRestBytes) {
    return MemoryError(absl::StrFormat(
        "%s: decoding needs %s, which leaves too little of the %s memory budget; try %s", name,
        FormatByteSize(bytes), FormatByteSize(budget.limit_bytes()), MemoryFlagFor(bytes)));
  }
  return reservation;
}

absl::StatusOr<MemoryLease> ChargeInputList(const std::vector<InputFile>& inputs, int lists,
                                            Context& context) {
  constexpr uint64_t kFreeBytes = 16 << 20;
  constexpr uint64_t kBytesPerEntry = sizeof(InputFile) + 16;
  uint64_t bytes = 32 * inputs.size();  // Weights and counts.
  for (const InputFile& input : inputs) {
    bytes += static_cast<uint64_t>(lists) * (kBytesPerEntry + input.path.size());
  }
  const uint64_t need = bytes - std::min(bytes, kFreeBytes);
  absl::StatusOr<MemoryLease> lease = context.memory().Take(need, "the list of inputs");
  if (lease.ok()) return lease;
  return MemoryError(absl::StrFormat(
      "the list of %d inputs needs %s of the %s memory budget; try %s, or fewer and larger files",
      inputs.size(), FormatByteSize(need), FormatByteSize(context.memory().limit_bytes()),
      MemoryFlagFor(need)));
}

absl::StatusOr<std::unique_ptr<InputStream>> OpenInput(const InputFile& input, Context& context,
                                                       const OpenInputOptions& options) {
  CM_ASSIGN_OR_RETURN(
      std::unique_ptr<ByteSource> raw,
      input.open ? input.open() : OpenFile(input.path, &context, options.begin_byte));
  auto stream = std::make_unique<InputStreamImpl>(input, std::move(raw), options, context);
  CM_RETURN_IF_ERROR(stream->Open(input, options));
  return stream;
}

}  // namespace corpusmill
