#include "corpus/containers/utf16_source.h"

#include <cstdint>
#include <string>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/containers/produced_source.h"

namespace corpusmill {
namespace {

using namespace std::string_view_literals;

bool IsBigEndian(WideEncoding encoding) {
  return encoding == WideEncoding::kUtf16Be || encoding == WideEncoding::kUtf32Be;
}

size_t UnitBytes(WideEncoding encoding) {
  return encoding == WideEncoding::kUtf16Le || encoding == WideEncoding::kUtf16Be ? 2 : 4;
}

std::string_view ByteOrderMark(WideEncoding encoding) {
  switch (encoding) {
    case WideEncoding::kUtf16Le:
      return "\xFF\xFE"sv;
    case WideEncoding::kUtf16Be:
      return "\xFE\xFF"sv;
    case WideEncoding::kUtf32Le:
      return "\xFF\xFE\0\0"sv;
    case WideEncoding::kUtf32Be:
      return "\0\0\xFE\xFF"sv;
  }
  return {};
}

uint32_t UnitAt(const char* at, WideEncoding encoding) {
  const size_t size = UnitBytes(encoding);
  uint32_t unit = 0;
  for (size_t i = 0; i < size; ++i) {
    const size_t from = IsBigEndian(encoding) ? i : size - 1 - i;
    unit = unit << 8 | static_cast<unsigned char>(at[from]);
  }
  return unit;
}

bool IsPlainAscii(uint32_t unit) {
  return (unit >= 0x20 && unit < 0x7f) || (unit >= 0x09 && unit <= 0x0d);
}

/// Appends a code point, or half of a surrogate pair, in UTF-8.
void AppendUtf8(uint32_t code, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | (code >> shift & 0x3f)));
  };
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xc0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | code >> 12));
    tail(6);
    tail(0);
  } else if (code < 0x110000) {
    out->push_back(static_cast<char>(0xf0 | code >> 18));
    tail(12);
    tail(6);
    tail(0);
  } else {
    out->push_back('\xff');
  }
}

class WideTextSource final : public ProducedSource {
 public:
  WideTextSource(std::unique_ptr<ByteSource> raw, WideEncoding encoding)
      : raw_(std::move(raw)), encoding_(encoding), unit_bytes_(UnitBytes(encoding)) {}
  const std::string& name() const override { return raw_->name(); }

 private:
  absl::StatusOr<bool> Produce(std::string* out) override {
    CM_ASSIGN_OR_RETURN(const size_t n, raw_->Read(buffer_ + have_, sizeof(buffer_) - have_));
    if (n == 0) return AtEnd(out);
    have_ += n;
    const size_t whole = have_ / unit_bytes_ * unit_bytes_;
    for (size_t i = 0; i < whole; i += unit_bytes_) AddUnit(UnitAt(buffer_ + i, encoding_), out);
    bytes_ += whole;
    for (size_t i = whole; i < have_; ++i) buffer_[i - whole] = buffer_[i];
    have_ -= whole;
    return true;
  }

  absl::StatusOr<bool> AtEnd(std::string* out) {
    if (have_ > 0) {
      return DataError(absl::StrFormat("%s: the %s text ends within a code unit, at byte %d",
                                       name(), WideEncodingName(encoding_), bytes_));
    }
    FlushHigh(out);
    return false;
  }

  void AddUnit(uint32_t unit, std::string* out) {
    if (std::exchange(first_, false) && unit == 0xfeff) return;
    if (unit_bytes_ == 4) return AppendUtf8(unit, out);
    if (high_ != 0 && unit >= 0xdc00 && unit < 0xe000) {
      AppendUtf8(0x10000 + ((std::exchange(high_, 0) - 0xd800) << 10) + (unit - 0xdc00), out);
      return;
    }
    FlushHigh(out);
    if (unit >= 0xd800 && unit < 0xdc00) {
      high_ = unit;
    } else {
      AppendUtf8(unit, out);
    }
  }

  /// Appends the first half of a pair whose second half is missing.
  void FlushHigh(std::string* out) {
    if (high_ != 0) AppendUtf8(std::exchange(high_, 0), out);
  }

  const std::unique_ptr<ByteSource> raw_;
  const WideEncoding encoding_;
  const size_t unit_bytes_;
  char buffer_[32 << 10];
  size_t have_ = 0;
  uint64_t bytes_ = 0;  // Decoded so far.
  bool first_ = true;
  uint32_t high_ = 0;  // The first half of a surrogate pair; 0 if none.
};

}  // namespace

std::string_view WideEncodingName(WideEncoding encoding) {
  switch (encoding) {
    case WideEncoding::kUtf16Le:
      return "UTF-16LE";
    case WideEncoding::kUtf16Be:
      return "UTF-16BE";
    case WideEncoding::kUtf32Le:
      return "UTF-32LE";
    case WideEncoding::kUtf32Be:
      return "UTF-32BE";
  }
  return "";
}

Match MatchWideText(std::string_view head, WideEncoding encoding) {
  constexpr size_t kSampleBytes = 64;
  const Match mark = MatchMagic(head, ByteOrderMark(encoding));
  if (mark == Match::kYes || head.empty()) return mark;
  const size_t size = UnitBytes(encoding);
  for (size_t i = 0; i + size <= std::min(head.size(), kSampleBytes); i += size) {
    if (!IsPlainAscii(UnitAt(head.data() + i, encoding))) return mark;
  }
  if (head.size() >= kSampleBytes) return Match::kYes;
  return head.size() >= size ? Match::kPartial : mark;
}

std::unique_ptr<ByteSource> DecodeWideText(std::unique_ptr<ByteSource> raw, WideEncoding encoding) {
  return std::make_unique<WideTextSource>(std::move(raw), encoding);
}

}  // namespace corpusmill
