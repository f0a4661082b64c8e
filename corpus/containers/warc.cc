#include "corpus/containers/warc.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/containers/json_content.h"
#include "corpus/containers/produced_source.h"

namespace corpusmill {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kMaxLineBytes = 1 << 20;
constexpr uint64_t kUnknown = UINT64_MAX;

bool EqualNames(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

/// The headers of a record, or of the HTTP response in it, that matter.
struct Headers {
  std::string type, uri, date, language, content_type, encoding;
  uint64_t length = kUnknown;
  bool chunked = false;
};

class WarcSource final : public ProducedSource {
 public:
  explicit WarcSource(std::unique_ptr<ByteSource> raw) : raw_(std::move(raw)) {}
  const std::string& name() const override { return raw_->name(); }

 private:
  absl::StatusOr<bool> Produce(std::string* out) override {
    if (in_text_) {
      CM_RETURN_IF_ERROR(AddText(out));
      return true;
    }
    CM_ASSIGN_OR_RETURN(const bool more, BeginRecord(out));
    return more;
  }

  /// Reads the headers of the next record. False at the end of the stream.
  absl::StatusOr<bool> BeginRecord(std::string* out) {
    CM_RETURN_IF_ERROR(Skip(std::exchange(left_, 0)));
    left_ = kUnknown;
    std::string_view line;
    do {
      CM_ASSIGN_OR_RETURN(const bool more, NextLine(&line));
      if (!more) {
        left_ = 0;
        return false;
      }
    } while (Trimmed(line).empty());
    ++record_;
    if (!line.starts_with("WARC/")) return Error("does not begin with WARC/");
    Headers headers;
    CM_RETURN_IF_ERROR(ReadHeaders(&headers));
    if (headers.length == kUnknown) return Error("has no valid Content-Length");
    left_ = headers.length;
    const bool is_response = headers.type == "response";
    if (!is_response && headers.type != "conversion" && headers.type != "resource") return true;
    if (is_response) {
      if (!headers.content_type.starts_with("application/http")) return true;
      CM_RETURN_IF_ERROR(ReadHttpHeaders(&headers));
    }
    BeginObject(headers, out);
    in_text_ = true;
    chunk_left_ = 0;
    return true;
  }

  static void BeginObject(const Headers& headers, std::string* out) {
    out->push_back('{');
    if (!headers.uri.empty()) AppendJsonMember("id", headers.uri, out);
    if (!headers.date.empty()) AppendJsonMember("date", headers.date, out);
    if (!headers.language.empty()) AppendJsonMember("language", headers.language, out);
    if (!headers.content_type.empty()) AppendJsonMember("content_type", headers.content_type, out);
    out->append(out->ends_with('{') ? "\"text\":\"" : ",\"text\":\"");
  }

  absl::Status ReadHeaders(Headers* headers) {
    while (true) {
      CM_ASSIGN_OR_RETURN(const std::string_view line, HeaderLine());
      if (line.empty()) return absl::OkStatus();
      const size_t colon = std::min(line.find(':'), line.size() - 1);
      const std::string_view name = Trimmed(line.substr(0, colon));
      const std::string_view value = Trimmed(line.substr(colon + 1));
      if (EqualNames(name, "WARC-Type")) headers->type = value;
      if (EqualNames(name, "WARC-Target-URI")) headers->uri = WithoutBrackets(value);
      if (EqualNames(name, "WARC-Date")) headers->date = value;
      if (EqualNames(name, "WARC-Identified-Content-Language")) headers->language = value;
      if (EqualNames(name, "Content-Type")) headers->content_type = value;
      if (EqualNames(name, "Content-Length")) {
        const char* const end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data(), end, headers->length);
        if (error != std::errc() || stop != end) headers->length = kUnknown;
      }
    }
  }

  /// Reads the status line and the headers of an HTTP response; the content type becomes that of
  /// the body.
  absl::Status ReadHttpHeaders(Headers* headers) {
    headers->content_type.clear();
    chunked_ = false;
    while (left_ > 0) {
      CM_ASSIGN_OR_RETURN(const std::string_view line, HeaderLine());
      if (line.empty()) break;
      const size_t colon = std::min(line.find(':'), line.size() - 1);
      const std::string_view name = Trimmed(line.substr(0, colon));
      const std::string_view value = Trimmed(line.substr(colon + 1));
      if (EqualNames(name, "Content-Type")) headers->content_type = value;
      if (EqualNames(name, "Transfer-Encoding")) chunked_ = EqualNames(value, "chunked");
      if (EqualNames(name, "Content-Encoding") && !EqualNames(value, "identity")) {
        headers->encoding = value;
      }
    }
    if (!headers->encoding.empty() && left_ > 0) {
      return Error(
          absl::StrFormat("has an HTTP body in the encoding %s, which is not supported; "
                          "try to convert the file with warcio recompress or to use its WET file",
                          headers->encoding));
    }
    CM_ASSIGN_OR_RETURN(const bool chunked, LooksChunked());
    chunked_ = chunked_ && chunked;
    return absl::OkStatus();
  }

  /// Whether a chunk size is next: many crawlers store a joined body and keep the header.
  absl::StatusOr<bool> LooksChunked() {
    constexpr size_t kMostDigits = 16;
    while (buffer_.size() - begin_ <= kMostDigits) {
      CM_ASSIGN_OR_RETURN(const bool more, Fill());
      if (!more) break;
    }
    const std::string_view line = std::string_view(buffer_).substr(begin_, kMostDigits + 1);
    const size_t digits = std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
    return digits > 0 && digits < line.size() &&
           (line[digits] == '\r' || line[digits] == '\n' || line[digits] == ';');
  }

  /// Old WARC writers put the URI in angle brackets.
  static std::string_view WithoutBrackets(std::string_view uri) {
    if (uri.size() >= 2 && uri.front() == '<' && uri.back() == '>') {
      return uri.substr(1, uri.size() - 2);
    }
    return uri;
  }

  /// Appends a part of the text, and ends the object after the last part.
  absl::Status AddText(std::string* out) {
    uint64_t size = left_;
    if (chunked_ && left_ > 0) {
      if (chunk_left_ == 0) CM_RETURN_IF_ERROR(BeginChunk());
      size = std::min(left_, chunk_left_);
    }
    if (size > 0) {
      CM_ASSIGN_OR_RETURN(const std::string_view part, Available());
      const std::string_view text = part.substr(0, std::min<uint64_t>(size, part.size()));
      AppendJsonContent(text, out);
      Consume(text.size());
      left_ -= text.size();
      if (chunked_) chunk_left_ -= text.size();
    }
    if (left_ > 0) return absl::OkStatus();
    out->append("\"}\n");
    in_text_ = chunked_ = false;
    return absl::OkStatus();
  }

  /// Reads the size of the next chunk of an HTTP body. After the last chunk skips the rest.
  absl::Status BeginChunk() {
    std::string_view line;
    do {
      if (left_ == 0) return absl::OkStatus();
      CM_ASSIGN_OR_RETURN(line, HeaderLine());
    } while (line.empty());
    const auto [stop, error] =
        std::from_chars(line.data(), line.data() + line.size(), chunk_left_, 16);
    if (error != std::errc()) return Error("has a damaged chunk in its HTTP body");
    if (chunk_left_ > 0) return absl::OkStatus();
    CM_RETURN_IF_ERROR(Skip(left_));
    left_ = 0;
    return absl::OkStatus();
  }

  /// The next line of the headers, without its end. An error at the end of the stream.
  absl::StatusOr<std::string_view> HeaderLine() {
    std::string_view line;
    CM_ASSIGN_OR_RETURN(const bool more, NextLine(&line));
    if (!more) return CutOff();
    return Trimmed(line);
  }

  /// False at the end of the stream. Counts the line as read of left_, once that is known.
  absl::StatusOr<bool> NextLine(std::string_view* line) {
    size_t searched = 0;
    size_t end;
    while ((end = buffer_.find('\n', begin_ + searched)) == buffer_.npos) {
      searched = buffer_.size() - begin_;
      if (searched > kMaxLineBytes) return Error("has a header line of more than 1 MiB");
      CM_ASSIGN_OR_RETURN(const bool more, Fill());
      if (more) continue;
      if (searched == 0) return false;
      return CutOff();
    }
    const size_t size = end + 1 - begin_;
    if (left_ != kUnknown) {
      if (size > left_) return Error("has an HTTP header that is cut off");
      left_ -= size;
    }
    *line = std::string_view(buffer_).substr(begin_, size - 1);
    Consume(size);
    return true;
  }

  absl::Status Skip(uint64_t bytes) {
    while (bytes > 0) {
      CM_ASSIGN_OR_RETURN(const std::string_view part, Available());
      const uint64_t size = std::min<uint64_t>(bytes, part.size());
      Consume(size);
      bytes -= size;
    }
    return absl::OkStatus();
  }

  /// At least one byte of the current record; an error at the end of the stream.
  absl::StatusOr<std::string_view> Available() {
    if (begin_ == buffer_.size()) {
      CM_ASSIGN_OR_RETURN(const bool more, Fill());
      if (!more) return CutOff();
    }
    return std::string_view(buffer_).substr(begin_);
  }

  /// Reads more bytes; false at the end of the stream.
  absl::StatusOr<bool> Fill() {
    buffer_.erase(0, std::exchange(begin_, 0));
    const size_t have = buffer_.size();
    buffer_.resize(have + kReadBytes);
    const absl::StatusOr<size_t> n = raw_->Read(buffer_.data() + have, kReadBytes);
    buffer_.resize(have + (n.ok() ? *n : 0));
    CM_RETURN_IF_ERROR(n.status());
    return *n > 0;
  }

  void Consume(size_t bytes) {
    begin_ += bytes;
    offset_ += bytes;
  }

  absl::Status CutOff() const { return Error("is cut off"); }
  absl::Status Error(std::string_view what) const {
    return DataError(
        absl::StrFormat("%s: WARC record %d, at byte %d: %s", name(), record_, offset_, what));
  }

  const std::unique_ptr<ByteSource> raw_;
  std::string buffer_;
  size_t begin_ = 0;     // Start of the bytes of buffer_ not yet consumed.
  uint64_t offset_ = 0;  // Bytes consumed.
  uint64_t record_ = 0;  // Records begun.
  uint64_t left_ = 0;    // Bytes of the record's block not yet consumed; kUnknown in its headers.
  uint64_t chunk_left_ = 0;  // The same of the chunk of an HTTP body.
  bool in_text_ = false;
  bool chunked_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> WarcLines(std::unique_ptr<ByteSource> warc) {
  return std::make_unique<WarcSource>(std::move(warc));
}

}  // namespace corpusmill
