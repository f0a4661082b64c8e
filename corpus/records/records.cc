#include "corpus/records/records.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "corpus/records/record_format_table.h"
#include "corpus/text/json.h"

namespace corpusmill {
namespace {

constexpr std::string_view kAutoName = "auto";
constexpr size_t kFirstBufferBytes = 256 << 10;
constexpr std::string_view kBlank = " \t\r";
static_assert(kRecordPadding >= kJsonPadding);  // Records are parsed in place.

/// Reads records of all formats, which differ only in where a record ends.
class RecordReaderImpl final : public RecordReader, private RecordWindow {
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
      CM_ASSIGN_OR_RETURN(const bool json, BeginsLikeJsonObject());
      options_.format = json ? RecordFormat::kJsonl : options_.auto_fallback;
    }
    cut_ = InfoOf(options_.format).cut;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Next(Record* record) override {
    begin_ = next_;
    CM_ASSIGN_OR_RETURN(const RecordCut cut, cut_(*this, options_));
    if (!cut.found) return AtEnd();
    next_ = begin_ + cut.size + (cut.delimited ? 1 : 0);
    record->bytes = {buffer_.get() + begin_, cut.size};
    record->index = index_++;
    record->delimited = cut.delimited;
    return true;
  }

  RecordFormat format() const override { return options_.format; }
  const std::string& name() const override { return source_->name(); }

  absl::StatusOr<size_t> FillTo(size_t size) override {
    while (end_ - begin_ < size) {
      CM_ASSIGN_OR_RETURN(const bool more, ReadMore());
      if (!more) break;
    }
    return end_ - begin_;
  }
  absl::StatusOr<size_t> Find(char delimiter) override { return FindFrom(0, delimiter); }
  size_t available() const override { return end_ - begin_; }
  uint64_t index() const override { return index_; }

 private:
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };

  /// Resizes the buffer to `capacity` bytes. realloc remaps big blocks, so that old and new are
  /// never held at once.
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

  /// Returns false, now and on later calls: ReadMore may have moved the bytes at next_.
  bool AtEnd() {
    next_ = begin_;
    return false;
  }

  /// Reads more; false at the end of the stream.
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

  /// Distance from begin_ to the next delimiter that is at least `searched` away,
  /// or to the end of the stream.
  absl::StatusOr<size_t> FindFrom(size_t searched, char delimiter) {
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

  /// Whether the first line that is not blank begins like a JSON object. Consumes nothing.
  absl::StatusOr<bool> BeginsLikeJsonObject() {
    size_t line_begin = 0;
    while (line_begin < kFirstBufferBytes) {
      CM_ASSIGN_OR_RETURN(const size_t line_end, FindFrom(line_begin, '\n'));
      const std::string_view line(buffer_.get() + line_begin, line_end - line_begin);
      if (line.find_first_not_of(kBlank) != std::string_view::npos) return LooksLikeObject(line);
      if (line_end == end_) break;
      line_begin = line_end + 1;
    }
    return false;
  }

  /// `{}` alone, or `{"name":` followed by anything: a later mistake in the record must stop the
  /// run, not turn the whole input into plain lines.
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
  decltype(RecordFormatInfo::cut) cut_ = nullptr;
  Context& context_;
  MemoryLease lease_;
  std::unique_ptr<char, Free> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;  // Start of the last record returned.
  size_t next_ = 0;   // Start of the next record.
  size_t end_ = 0;    // End of the bytes read.
  bool ended_ = false;
  uint64_t index_ = 0;
};

}  // namespace

absl::StatusOr<RecordOptions> ParseRecordOptions(std::string_view text) {
  if (text == kAutoName) return RecordOptions{};
  const size_t colon = std::min(text.find(':'), text.size());
  for (size_t i = 0; i < RecordFormats().size(); ++i) {
    const RecordFormatInfo& info = *RecordFormats()[i];
    RecordOptions options{.format = static_cast<RecordFormat>(i + 1)};
    if (text == info.name && !info.has_size) return options;
    if (text.substr(0, colon) != info.name || !info.has_size || colon == text.size()) continue;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, options.record_bytes);
    if (error == std::errc() && stop == end && options.record_bytes > 0) return options;
  }
  return UsageError(absl::StrFormat("'%s' is not a record format; try %s, %s", text, kAutoName,
                                    RecordFormatNames("or")));
}

std::string RecordOptionsName(const RecordOptions& options) {
  if (options.format == RecordFormat::kAuto) return std::string(kAutoName);
  const RecordFormatInfo& info = InfoOf(options.format);
  return info.has_size ? absl::StrFormat("%s:%d", info.name, options.record_bytes)
                       : std::string(info.name);
}

std::string RecordFormatNames(std::string_view conjunction) {
  std::vector<std::string> names;
  for (const RecordFormatInfo* const info : RecordFormats()) {
    names.push_back(std::string(info->name) + (info->has_size ? ":N" : ""));
  }
  return NameList(names, conjunction);
}

std::string_view RecordDelimiter(RecordFormat format) {
  return format == RecordFormat::kAuto ? "\n" : InfoOf(format).delimiter;
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
