#include "corpus/codecs/member_source.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/base/memory.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kInputBytes = 64 << 10;
constexpr size_t kMagicBytes = 16;  // Enough for CodecInfo::match of a member.
// Most bytes of one read, so that memory can be charged before it is touched.
constexpr size_t kMaxReadBytes = 256 << 10;

class MemberSource final : public ByteSource {
 public:
  MemberSource(std::unique_ptr<CountingSource> raw, std::unique_ptr<MemberDecoder> decoder,
               const CodecInfo& codec, uint64_t padding_unit, Context& context)
      : raw_(std::move(raw)),
        decoder_(std::move(decoder)),
        codec_(codec),
        padding_unit_(padding_unit),
        lease_(context.decoder_memory().EmptyLease()),
        input_(kInputBytes) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (size == 0) return 0;
    std::span<char> out(buffer, std::min(size, kMaxReadBytes));
    const size_t wanted = out.size();
    while (out.size() == wanted) {
      if (!in_member_) {
        CM_ASSIGN_OR_RETURN(const bool more, BeginMember());
        if (!more) return 0;
      }
      CM_RETURN_IF_ERROR(Charge(produced_ + wanted));
      if (input_begin_ == input_end_) {
        CM_ASSIGN_OR_RETURN(const bool more, Fill());
        if (!more) return Truncated();
      }
      CM_RETURN_IF_ERROR(Step(&out));
    }
    return wanted - out.size();
  }
  const std::string& name() const override { return raw_->name(); }

 private:
  uint64_t Offset() const { return raw_->offset() - (input_end_ - input_begin_); }
  absl::Status Truncated() const {
    return DataError(
        absl::StrFormat("%s: truncated %s data: it ends at compressed byte %d in the "
                        "middle of a member",
                        name(), codec_.name, raw_->offset()));
  }

  /// Reads more input and appends it to the unread bytes; false at the end of the stream.
  absl::StatusOr<bool> Fill() {
    std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
    input_end_ -= std::exchange(input_begin_, 0);
    CM_ASSIGN_OR_RETURN(const size_t n,
                        raw_->Read(input_.data() + input_end_, input_.size() - input_end_));
    input_end_ += n;
    return n > 0;
  }

  /// Skips padding and begins the next member; false at the end of the stream.
  absl::StatusOr<bool> BeginMember() {
    uint64_t padding = 0;
    while (true) {
      while (members_ > 0 && input_begin_ < input_end_ && input_[input_begin_] == '\0') {
        ++input_begin_;
        ++padding;
      }
      if (input_end_ - input_begin_ >= kMagicBytes) break;
      CM_ASSIGN_OR_RETURN(const bool more, Fill());
      if (!more) break;
    }
    const std::string_view head(input_.data() + input_begin_, input_end_ - input_begin_);
    const Match match = head.empty() ? Match::kYes : codec_.match(head);
    if (padding % padding_unit_ != 0 || match == Match::kNo) {
      return DataError(absl::StrFormat("%s: bytes that are not %s data follow compressed byte %d",
                                       name(), codec_.name, Offset() - padding));
    }
    if (match == Match::kPartial) return Truncated();
    if (head.empty()) return false;
    ++members_;
    in_member_ = true;
    produced_ = 0;
    return decoder_->Begin() ? absl::StatusOr<bool>(true) : NoMemory();
  }

  absl::Status Step(std::span<char>* out) {
    std::span<const char> in(input_.data() + input_begin_, input_end_ - input_begin_);
    const size_t room = out->size();
    const MemberDecoder::State state = decoder_->Step(&in, out);
    input_begin_ = input_end_ - in.size();
    produced_ += room - out->size();
    switch (state) {
      case MemberDecoder::State::kMore:
        return absl::OkStatus();
      case MemberDecoder::State::kEnd:
        in_member_ = false;
        return absl::OkStatus();
      case MemberDecoder::State::kCorrupt:
        return DataError(absl::StrFormat("%s: corrupt %s data near compressed byte %d", name(),
                                         codec_.name, Offset()));
      case MemberDecoder::State::kNoMemory:
        return NoMemory();
    }
    return absl::OkStatus();
  }

  absl::Status NoMemory() const {
    return MemoryError(absl::StrFormat("%s: no memory to decode it", name()));
  }

  /// Charges the memory for members of up to `produced` bytes.
  absl::Status Charge(uint64_t produced) {
    const uint64_t need = kInputBytes + decoder_->MemoryBytes(produced);
    if (need <= lease_.bytes()) return absl::OkStatus();
    if (lease_.Resize(need, "").ok()) return absl::OkStatus();
    return lease_.Resize(kInputBytes + decoder_->MemoryBytes(UINT64_MAX),
                         absl::StrFormat("%s: decoding", name()));
  }

  const std::unique_ptr<CountingSource> raw_;
  const std::unique_ptr<MemberDecoder> decoder_;
  const CodecInfo& codec_;
  const uint64_t padding_unit_;
  MemoryLease lease_;
  std::vector<char> input_;
  size_t input_begin_ = 0, input_end_ = 0;
  bool in_member_ = false;
  uint64_t members_ = 0;
  uint64_t produced_ = 0;  // By this member.
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenMembers(std::unique_ptr<CountingSource> raw,
                                                        std::unique_ptr<MemberDecoder> decoder,
                                                        const CodecInfo& codec,
                                                        uint64_t padding_unit, Context& context) {
  return std::make_unique<MemberSource>(std::move(raw), std::move(decoder), codec, padding_unit,
                                        context);
}

}  // namespace corpusmill
