#include "corpus/containers/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/io/file_calls.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

constexpr size_t kReadBytes = 64 << 10;

/// The bytes that libarchive reads.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Sets *bytes to the next bytes and returns their number, 0 at the end.
  virtual absl::StatusOr<size_t> Next(const void** bytes) = 0;
  virtual bool can_seek() const { return false; }
  /// Moves to an offset from the begin (SEEK_SET) or the end (SEEK_END); returns the new one.
  virtual absl::StatusOr<int64_t> Seek(int64_t /*offset*/, int /*whence*/) {
    return absl::UnimplementedError("cannot seek");
  }
  virtual const std::string& name() const = 0;
  /// Number of zero bytes that ended the bytes read so far.
  virtual uint64_t last_zeros() const { return 0; }
};

class StreamFeed final : public Feed {
 public:
  explicit StreamFeed(std::unique_ptr<ByteSource> raw) : raw_(std::move(raw)) {}
  absl::StatusOr<size_t> Next(const void** bytes) override {
    *bytes = buffer_;
    CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(buffer_, sizeof(buffer_)));
    size_t zeros = 0;
    while (zeros < n && buffer_[n - 1 - zeros] == 0) ++zeros;
    last_zeros_ = zeros == n ? last_zeros_ + zeros : zeros;
    return n;
  }
  const std::string& name() const override { return raw_->name(); }
  uint64_t last_zeros() const override { return last_zeros_; }

 private:
  const std::unique_ptr<ByteSource> raw_;
  uint64_t last_zeros_ = 0;
  char buffer_[kReadBytes];
};

class FileFeed final : public Feed {
 public:
  FileFeed(FileHandle file, std::string name, std::function<void(uint64_t)> advance)
      : file_(std::move(file)), name_(std::move(name)), advance_(std::move(advance)) {}

  absl::StatusOr<size_t> Next(const void** bytes) override {
    *bytes = buffer_;
    const ssize_t n = Uninterrupted(
        [&] { return Files().PRead(file_.get(), buffer_, sizeof(buffer_), offset_); });
    if (n < 0) return IoError(name_, "read failed", errno);
    if (advance_) advance_(static_cast<uint64_t>(n));
    offset_ += n;
    return static_cast<size_t>(n);
  }
  bool can_seek() const override { return true; }
  absl::StatusOr<int64_t> Seek(int64_t offset, int whence) override {
    int64_t from = whence == SEEK_CUR ? offset_ : 0;
    if (whence == SEEK_END) {
      CM_ASSIGN_OR_RETURN(const struct stat info, file_.Stat(name_));
      from = info.st_size;
    }
    return offset_ = std::max<int64_t>(0, from + offset);
  }
  const std::string& name() const override { return name_; }

 private:
  const FileHandle file_;
  const std::string name_;
  const std::function<void(uint64_t)> advance_;
  int64_t offset_ = 0;
  char buffer_[kReadBytes];
};

/// Makes this thread's encoding of names UTF-8 while it exists: libarchive converts names to the
/// encoding of the locale, and fails where it cannot.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(Utf8())) {}
  ~Utf8Locale() { uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  /// The C library has it built in; without it, names are those of the process's locale.
  static locale_t Utf8() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
  }

  const locale_t before_;
};

class LibArchive final : public Archive {
 public:
  /// `end_zeros`: the archive is whole only if so many zero bytes end it.
  explicit LibArchive(std::unique_ptr<Feed> feed, uint64_t end_zeros = 0)
      : feed_(std::move(feed)), end_zeros_(end_zeros), archive_(archive_read_new()) {}
  ~LibArchive() override { archive_read_free(archive_); }

  struct archive* handle() {
    return archive_;
  }

  absl::Status Open() {
    const Utf8Locale locale;
    archive_read_set_callback_data(archive_, this);
    archive_read_set_read_callback(archive_, &LibArchive::OnRead);
    if (feed_->can_seek()) archive_read_set_seek_callback(archive_, &LibArchive::OnSeek);
    return Check(archive_read_open1(archive_));
  }

  absl::StatusOr<bool> NextMember() override {
    const Utf8Locale locale;
    while (true) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(archive_, &entry);
      if (result == ARCHIVE_EOF) return AtEnd();
      CM_RETURN_IF_ERROR(Check(result));
      const auto type = archive_entry_filetype(entry);
      if (type == AE_IFDIR) continue;
      if (type != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
        ++special_members_;
        continue;
      }
      SetMember(entry);
      if (archive_entry_is_encrypted(entry) != 0) {
        return DataError(
            absl::StrFormat("%s: the member %s is encrypted; decrypt it first", name(), member_));
      }
      return true;
    }
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const ssize_t n = archive_read_data(archive_, buffer, size);
    if (n >= 0) return static_cast<size_t>(n);
    return Error();  // Also for a warning, such as of a wrong checksum.
  }

  const std::string& name() const override { return feed_->name(); }
  const std::string& member() const override { return member_; }
  uint64_t special_members() const override { return special_members_; }

  absl::Status Check(int result) {
    // A warning is about a name or an attribute.
    if (error_.ok() && (result == ARCHIVE_OK || result == ARCHIVE_WARN || result == ARCHIVE_EOF)) {
      return absl::OkStatus();
    }
    return Error();
  }

 private:
  absl::Status Error() {
    if (!error_.ok()) return error_;
    if (archive_errno(archive_) == ENOMEM) {
      return MemoryError(absl::StrFormat("%s: no memory to decode it", name()));
    }
    const char* const what = archive_error_string(archive_);
    return DataError(absl::StrFormat("%s: truncated or corrupt data%s", name(),
                                     what == nullptr ? "" : absl::StrFormat(" (%s)", what)));
  }

  static la_ssize_t OnRead(struct archive* archive, void* self, const void** bytes) {
    auto* const me = static_cast<LibArchive*>(self);
    const absl::StatusOr<size_t> n = me->feed_->Next(bytes);
    if (n.ok()) return static_cast<la_ssize_t>(*n);
    me->error_ = n.status();
    archive_set_error(archive, EIO, "read failed");
    return ARCHIVE_FATAL;
  }
  static la_int64_t OnSeek(struct archive* archive, void* self, la_int64_t offset, int whence) {
    auto* const me = static_cast<LibArchive*>(self);
    const absl::StatusOr<int64_t> at = me->feed_->Seek(offset, whence);
    if (at.ok()) return *at;
    me->error_ = at.status();
    archive_set_error(archive, EIO, "seek failed");
    return ARCHIVE_FATAL;
  }

  absl::StatusOr<bool> AtEnd() {
    if (feed_->last_zeros() >= end_zeros_) return false;
    return DataError(
        absl::StrFormat("%s: truncated tar data: the end-of-archive mark is missing", name()));
  }

  void SetMember(archive_entry* entry) {
    const char* path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) path = archive_entry_pathname(entry);
    // Old archives have names in other encodings.
    if (path == nullptr ||
        !Normalize(path, Normalization::kNone, InvalidUtf8::kReplace, &member_).ok()) {
      member_ = "(a name that cannot be read)";
    }
  }

  const std::unique_ptr<Feed> feed_;
  const uint64_t end_zeros_;
  struct archive* const archive_;
  absl::Status error_;  // Of the feed.
  std::string member_;
  uint64_t special_members_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Archive>> OpenTar(std::unique_ptr<ByteSource> raw) {
  constexpr uint64_t kBlockBytes = 512;
  auto archive =
      std::make_unique<LibArchive>(std::make_unique<StreamFeed>(std::move(raw)), kBlockBytes);
  archive_read_support_format_tar(archive->handle());
  archive_read_set_option(archive->handle(), "tar", "read_concatenated_archives", "1");
  CM_RETURN_IF_ERROR(archive->Open());
  return archive;
}

absl::StatusOr<std::unique_ptr<Archive>> OpenZipOr7z(FileHandle file, std::string name,
                                                     std::function<void(uint64_t)> advance) {
  auto archive = std::make_unique<LibArchive>(
      std::make_unique<FileFeed>(std::move(file), std::move(name), std::move(advance)));
  archive_read_support_format_zip_seekable(archive->handle());
  archive_read_support_format_7zip(archive->handle());
  CM_RETURN_IF_ERROR(archive->Open());
  return archive;
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenArchiveFilter(std::unique_ptr<ByteSource> raw) {
  auto archive = std::make_unique<LibArchive>(std::make_unique<StreamFeed>(std::move(raw)));
  archive_read_support_filter_lz4(archive->handle());
  archive_read_support_filter_lzma(archive->handle());
  archive_read_support_filter_lzip(archive->handle());
  archive_read_support_filter_compress(archive->handle());
  archive_read_support_format_raw(archive->handle());
  archive_read_support_format_empty(archive->handle());
  CM_RETURN_IF_ERROR(archive->Open());
  CM_RETURN_IF_ERROR(archive->NextMember().status());
  return archive;
}

}  // namespace corpusmill
