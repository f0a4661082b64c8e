#include "corpus/containers/content_stream.h"

#include <algorithm>
#include <map>
#include <utility>

#include "corpus/base/name_list.h"
#include "corpus/base/status.h"
#include "corpus/codecs/codec.h"
#include "corpus/containers/content_kind.h"
#include "corpus/containers/json_values.h"
#include "corpus/containers/peek_source.h"

namespace corpusmill {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The current member of an archive, as a source of its own.
class MemberSource final : public ByteSource {
 public:
  explicit MemberSource(Archive& archive)
      : archive_(archive), name_(absl::StrFormat("%s/%s", archive.name(), archive.member())) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    return archive_.Read(buffer, size);
  }
  const std::string& name() const override { return name_; }

 private:
  Archive& archive_;
  const std::string name_;
};

/// What a source was found to be.
struct Opened {
  std::unique_ptr<ByteSource> text;  // Null for an archive, or for a kind that is refused.
  std::unique_ptr<Archive> archive;
  const ContentKind* refused = nullptr;
  bool rows = false;
  bool unchanged = true;
};

/// Finds the kind by the first bytes, reading no more of them than needed.
absl::StatusOr<const ContentKind*> PeekKind(PeekSource& source) {
  size_t want = 1;
  while (true) {
    CM_ASSIGN_OR_RETURN(std::string_view head, source.Peek(want));
    const bool all = head.size() < want;
    head = head.substr(0, kContentKindBytes);
    bool more = false;
    const ContentKind* const kind = FindContentKind(head, &more);
    if (!more || all || head.size() == kContentKindBytes) return kind;
    want = head.size() + 1;
  }
}

class Opener {
 public:
  Opener(const ContentOptions& options, Context& context) : options_(options), context_(context) {}

  /// Decodes `source` until its kind is text, rows or an archive.
  absl::StatusOr<Opened> Open(std::unique_ptr<ByteSource> source, std::string path) const {
    constexpr int kMaxLayers = 8;
    Opened opened;
    for (int layer = 0; layer < kMaxLayers; ++layer) {
      auto bytes = std::make_unique<PeekSource>(std::move(source));
      CM_ASSIGN_OR_RETURN(const ContentKind* const kind, PeekKind(*bytes));
      if (kind == nullptr) {
        Codec codec;
        CM_ASSIGN_OR_RETURN(source, OpenDecoder(std::move(bytes), context_, &codec));
        if (codec == Codec::kNone) {
          return OpenText(std::make_unique<PeekSource>(std::move(source)), std::move(opened));
        }
      } else if (kind->reading == ContentReading::kRefused) {
        opened.refused = kind;
        return opened;
      } else {
        Content content{.path = path,
                        .advance = options_.advance,
                        .columns = options_.columns,
                        .required_column = options_.required_column};
        content.bytes = std::move(bytes);
        if (kind->reading == ContentReading::kMembers) {
          CM_ASSIGN_OR_RETURN(opened.archive, kind->open_archive(std::move(content), context_));
          return opened;
        }
        CM_ASSIGN_OR_RETURN(source, kind->open(std::move(content), context_));
        if (kind->reading == ContentReading::kRows) {
          return Opened{.text = std::move(source), .rows = true, .unchanged = false};
        }
      }
      path.clear();
      opened.unchanged = false;
    }
    return DataError(
        absl::StrFormat("%s: is compressed more than %d times", source->name(), kMaxLayers));
  }

 private:
  /// Removes a byte order mark; splits JSON that is not JSONL into lines.
  absl::StatusOr<Opened> OpenText(std::unique_ptr<PeekSource> text, Opened opened) const {
    // Reads more than the first byte only of what may have a mark.
    CM_ASSIGN_OR_RETURN(std::string_view head, text->Peek(1));
    if (head.starts_with(kByteOrderMark.front())) {
      CM_ASSIGN_OR_RETURN(head, text->Peek(kByteOrderMark.size()));
    }
    if (head.starts_with(kByteOrderMark)) {
      context_.reporter().LogOnce(
          LogLevel::kWarning, "UTF-8",
          absl::StrFormat("%s: is UTF-8 text with a byte order mark; removing the mark, and that "
                          "of further inputs",
                          text->name()));
      text->Skip(kByteOrderMark.size());
      opened.unchanged = false;
    }
    CM_ASSIGN_OR_RETURN(const JsonLayout layout, FindJsonLayout(*text));
    bool split = layout != JsonLayout::kNone;
    if (split && options_.whole_files) {
      CM_ASSIGN_OR_RETURN(split, MentionsMember(*text, options_.field));
    }
    if (!split) {
      opened.text = std::move(text);
      return opened;
    }
    return Opened{.text = JsonValueLines(std::move(text)), .rows = true, .unchanged = false};
  }

  const ContentOptions& options_;
  Context& context_;
};

class ContentStreamImpl final : public ContentStream {
 public:
  ContentStreamImpl(const ContentOptions& options, Context& context)
      : options_(options), context_(context) {}

  absl::Status Open(std::unique_ptr<ByteSource> source, const std::string& path) {
    name_ = source->name();
    CM_ASSIGN_OR_RETURN(current_, Opener(options_, context_).Open(std::move(source), path));
    if (current_.refused != nullptr) return RefusedKindError(name_, *current_.refused);
    if (current_.archive == nullptr) return absl::OkStatus();
    archive_ = std::move(current_.archive);
    current_.unchanged = false;
    return MoveToMember().status();
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    while (current_.text != nullptr) {
      CM_ASSIGN_OR_RETURN(const size_t n, current_.text->Read(buffer, size));
      if (n > 0) last_ = buffer[n - 1];
      if (n > 0 || !options_.join_members) return n;
      if (archive_ == nullptr) return 0;
      CM_ASSIGN_OR_RETURN(const bool more, MoveToMember());
      if (!more || std::exchange(last_, '\n') == '\n') continue;
      *buffer = '\n';
      return 1;
    }
    return 0;
  }

  bool is_rows() const override { return current_.rows; }
  bool is_unchanged() const override { return current_.unchanged; }
  std::string_view member() const override {
    return archive_ == nullptr || current_.text == nullptr ? std::string_view()
                                                           : archive_->member();
  }
  const std::string& name() const override {
    return archive_ != nullptr && current_.text != nullptr ? current_.text->name() : name_;
  }
  absl::StatusOr<bool> NextMember() override {
    if (archive_ == nullptr) return false;
    return MoveToMember();
  }

 private:
  /// Opens the next member that is text or rows.
  absl::StatusOr<bool> MoveToMember() {
    while (true) {
      CM_RETURN_IF_ERROR(context_.CheckCancelled());
      current_ = {.unchanged = false};
      CM_ASSIGN_OR_RETURN(const bool more, archive_->NextMember());
      if (!more) {
        LogLeftOut();
        return false;
      }
      if (IsHidden(archive_->member())) {
        ++left_out_["with a name that begins with . or _"];
        continue;
      }
      CM_ASSIGN_OR_RETURN(
          current_, Opener(options_, context_).Open(std::make_unique<MemberSource>(*archive_), ""));
      current_.unchanged = false;
      if (current_.text != nullptr) return true;
      if (current_.archive != nullptr) {
        ++left_out_["that is an archive itself"];
      } else {
        ++left_out_[absl::StrFormat("that is %s", current_.refused->name)];
      }
    }
  }

  /// Whether a part of the path begins with . or _, other than "." and "..".
  static bool IsHidden(std::string_view path) {
    while (!path.empty()) {
      const std::string_view part = path.substr(0, path.find('/'));
      if (part.starts_with('_') || (part.starts_with('.') && part != "." && part != "..")) {
        return true;
      }
      path.remove_prefix(std::min(part.size() + 1, path.size()));
    }
    return false;
  }

  void LogLeftOut() {
    if (archive_->special_members() > 0) left_out_["that is a link"] += archive_->special_members();
    std::vector<std::string> parts;
    for (const auto& [reason, count] : left_out_) {
      parts.push_back(
          absl::StrFormat("%d %s %s", count, count == 1 ? "member" : "members", reason));
    }
    left_out_.clear();
    if (parts.empty()) return;
    context_.reporter().LogOnce(
        LogLevel::kWarning, name_,
        absl::StrFormat("%s: leaving out %s", name_, NameList(parts, "and")));
  }

  const ContentOptions options_;
  Context& context_;
  std::string name_;
  Opened current_;
  std::unique_ptr<Archive> archive_;
  std::map<std::string, uint64_t> left_out_;  // Members by reason.
  char last_ = '\n';                          // The last byte that Read returned.
};

}  // namespace

absl::StatusOr<bool> IsPlainContent(std::unique_ptr<ByteSource> source) {
  PeekSource text(std::move(source));
  CM_ASSIGN_OR_RETURN(const ContentKind* const kind, PeekKind(text));
  CM_ASSIGN_OR_RETURN(const std::string_view head, text.Peek(kHeadBytes));
  if (kind != nullptr || DetectCodec(head) != Codec::kNone || head.starts_with(kByteOrderMark)) {
    return false;
  }
  CM_ASSIGN_OR_RETURN(const JsonLayout layout, FindJsonLayout(text));
  return layout == JsonLayout::kNone;
}

absl::StatusOr<std::unique_ptr<ContentStream>> OpenContent(std::unique_ptr<ByteSource> source,
                                                           const std::string& path,
                                                           const ContentOptions& options,
                                                           Context& context) {
  auto stream = std::make_unique<ContentStreamImpl>(options, context);
  CM_RETURN_IF_ERROR(stream->Open(std::move(source), path));
  return stream;
}

}  // namespace corpusmill
