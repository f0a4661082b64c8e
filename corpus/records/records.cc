#include "corpus/records/records.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/text/json.h"

namespace corpusmill {
namespace {

constexpr size_t kFirstBufferBytes = 256 << 10;
constexpr std::string_view kBlank = " \t\r";
static_assert(kRecordPadding >= kJsonPadding);  // Records are parsed where they lie.

/// One reader serves all formats: they differ only in where a record ends.
class RecordReaderImpl final : public RecordReader {
 public:
  RecordReaderImpl(std::unique_ptr<ByteSource> source, const RecordOptions& options,
                   Context& context)
      : source_(std::move(source)),
        options_(options),
        context_(context),
        lease_(context.memory().EmptyLease()) {}

  absl::Status Init() {
    CM_RETURN_IF_ERROR(Grow(std::min<uint64_t>(
        kFirstBufferBytes, std::max<uint64_t>(4096, context_.memory().available_bytes() / 8))));
    if (options_.format == RecordFormat::kAuto) {
      options_.format = RecordFormat::kLines;  // While looking for the first line.
      CM_ASSIGN_OR_RETURN(const bool json, BeginsLikeJsonObject());
      options_.format = json ? RecordFormat::kJsonl : options_.auto_fallback;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Next(Record* record) override {
    begin_ = next_;
    size_t size;
    bool delimited = false;
    switch (options_.format) {
      case RecordFormat::kBytes: {
        CM_ASSIGN_OR_RETURN(size, FillTo(options_.record_bytes));
        if (size == 0) return AtEnd();
        if (size < options_.record_bytes) {
          return DataError(
              absl::StrFormat("%s: record %d has %d bytes instead of %d: the size of the input is "
                              "not a multiple of "
                              "the record size",
                              name(), index_ + 1, size, options_.record_bytes));
        }
        size = options_.record_bytes;
        next_ = begin_ + size;
        break;
      }
      case RecordFormat::kWhole: {
        if (index_ > 0) return AtEnd();
        CM_ASSIGN_OR_RETURN(size, FillTo(SIZE_MAX));
        next_ = begin_ + size;
        break;
      }
      default: {
        CM_ASSIGN_OR_RETURN(size, FindDelimiter());
        delimited = begin_ + size < end_;
        if (size == 0 && !delimited) return AtEnd();
        next_ = begin_ + size + (delimited ? 1 : 0);
      }
    }
    record->bytes = {buffer_.get() + begin_, size};
    record->index = index_++;
    record->delimited = delimited;
    return true;
  }

  RecordFormat format() const override { return options_.format; }
  const std::string& name() const override { return source_->name(); }

 private:
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };

  /// Makes the buffer `capacity` bytes large. realloc moves big blocks by
  /// remapping them, so that old and new are never held at once.
  absl::Status Grow(uint64_t capacity) {
    const absl::Status taken = lease_.Resize(capacity + kRecordPadding, "a long record");
    if (!taken.ok()) {
      return Annotate(taken, absl::StrFormat("%s: record %d", name(), index_ + 1));
    }
    char* const moved = static_cast<char*>(std::realloc(buffer_.get(), capacity + kRecordPadding));
    if (moved == nullptr) return MemoryError(absl::StrFormat("%s: no memory", name()));
    (void)buffer_.release();
    buffer_.reset(moved);
    capacity_ = capacity;
    return absl::OkStatus();
  }

  /// False, and again when asked again: ReadMore may have moved what next_ pointed to.
  bool AtEnd() {
    next_ = begin_;
    return false;
  }

  /// Reads on; false at the end of the stream.
  absl::StatusOr<bool> ReadMore() {
    if (ended_) return false;
    if (begin_ > 0 && (end_ == capacity_ || begin_ == end_)) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    if (end_ == capacity_) CM_RETURN_IF_ERROR(Grow(2 * capacity_));
    CM_ASSIGN_OR_RETURN(const size_t n, source_->Read(buffer_.get() + end_, capacity_ - end_));
    end_ += n;
    ended_ = n == 0;
    return n > 0;
  }

  /// Reads until `size` bytes lie behind begin_, or to the end; returns how many do.
  absl::StatusOr<size_t> FillTo(size_t size) {
    while (end_ - begin_ < size) {
      CM_ASSIGN_OR_RETURN(const bool more, ReadMore());
      if (!more) break;
    }
    return end_ - begin_;
  }

  /// Distance from begin_ to the next delimiter that is at least `searched` away,
  /// or to the end of the stream.
  absl::StatusOr<size_t> FindDelimiter(size_t searched = 0) {
    const char delimiter = RecordDelimiter(options_.format)[0];
    while (true) {
      if (const size_t rest = end_ - begin_ - searched; rest > 0) {
        const char* const from = buffer_.get() + begin_ + searched;
        if (const void* hit = std::memchr(from, delimiter, rest)) {
          return searched + static_cast<size_t>(static_cast<const char*>(hit) - from);
        }
      }
      searched = end_ - begin_;
      CM_ASSIGN_OR_RETURN(const bool more, ReadMore());
      if (!more) return end_ - begin_;
    }
  }

  /// Whether the first line that is not blank begins like a JSON object; consumes
  /// nothing.
  absl::StatusOr<bool> BeginsLikeJsonObject() {
    size_t line_begin = 0;
    while (line_begin < kFirstBufferBytes) {
      CM_ASSIGN_OR_RETURN(const size_t line_end, FindDelimiter(line_begin));
      const std::string_view line(buffer_.get() + line_begin, line_end - line_begin);
      if (line.find_first_not_of(kBlank) != std::string_view::npos) return LooksLikeObject(line);
      if (line_end == end_) break;
      line_begin = line_end + 1;
    }
    return false;
  }

  /// `{}` alone, or `{"name":` and anything: a record with a mistake further on must
  /// stop the run, not make the whole input plain lines.
  static bool LooksLikeObject(std::string_view line) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    const auto take = [&line](char wanted) {
      line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
      if (!line.starts_with(wanted)) return false;
      line.remove_prefix(1);
      return true;
    };
    if (!take('{')) return false;
    if (take('}')) return line.find_first_not_of(kBlank) == std::string_view::npos;
    if (!take('"')) return false;
    size_t quote = 0;
    while (quote < line.size() && line[quote] != '"') quote += line[quote] == '\\' ? 2 : 1;
    line.remove_prefix(std::min(quote, line.size()));
    return take('"') && take(':');
  }

  const std::unique_ptr<ByteSource> source_;
  RecordOptions options_;
  Context& context_;
  MemoryLease lease_;
  std::unique_ptr<char, Free> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;  // Of the record handed out last.
  size_t next_ = 0;   // Of the next record.
  size_t end_ = 0;    // Of what was read.
  bool ended_ = false;
  uint64_t index_ = 0;
};

}  // namespace

absl::StatusOr<RecordOptions> ParseRecordOptions(std::string_view text) {
  if (text == "auto") return RecordOptions{RecordFormat::kAuto};
  if (text == "lines") return RecordOptions{RecordFormat::kLines};
  if (text == "nul") return RecordOptions{RecordFormat::kNul};
  if (text == "jsonl") return RecordOptions{RecordFormat::kJsonl};
  if (text == "whole") return RecordOptions{RecordFormat::kWhole};
  constexpr std::string_view kBytesPrefix = "bytes:";
  if (text.starts_with(kBytesPrefix)) {
    const std::string_view digits = text.substr(kBytesPrefix.size());
    uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
    if (error == std::errc() && end == digits.data() + digits.size() && bytes > 0) {
      return RecordOptions{RecordFormat::kBytes, bytes};
    }
  }
  return UsageError(absl::StrFormat(
      "'%s' is no record format; try auto, lines, nul, jsonl, whole or bytes:N", text));
}

std::string RecordOptionsName(const RecordOptions& options) {
  switch (options.format) {
    case RecordFormat::kAuto:
      return "auto";
    case RecordFormat::kLines:
      return "lines";
    case RecordFormat::kNul:
      return "nul";
    case RecordFormat::kJsonl:
      return "jsonl";
    case RecordFormat::kWhole:
      return "whole";
    case RecordFormat::kBytes:
      return absl::StrFormat("bytes:%d", options.record_bytes);
  }
  return "";
}

std::string_view RecordDelimiter(RecordFormat format) {
  switch (format) {
    case RecordFormat::kWhole:
    case RecordFormat::kBytes:
      return {};
    case RecordFormat::kNul:
      return std::string_view("\0", 1);
    default:
      return "\n";
  }
}

absl::StatusOr<std::unique_ptr<RecordReader>> RecordReader::Open(std::unique_ptr<ByteSource> source,
                                                                 const RecordOptions& options,
                                                                 Context& context) {
  if (options.format == RecordFormat::kBytes && options.record_bytes == 0) {
    return UsageError("records of 0 bytes; the record size must be at least 1");
  }
  auto reader = std::make_unique<RecordReaderImpl>(std::move(source), options, context);
  CM_RETURN_IF_ERROR(reader->Init());
  return reader;
}

}  // namespace corpusmill
