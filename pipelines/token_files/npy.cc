#include "pipelines/token_files/npy.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {
namespace {

constexpr size_t kPrefixBytes = 10;         // Magic, version, u16 length of the rest.
constexpr size_t kMaxHeaderBytes = 10'000;  // numpy's limit.

absl::Status Damaged(const RandomAccessFile& file, std::string_view what) {
  return DataError(absl::StrFormat("%s: %s", file.name(), what));
}

/// Parses the Python literal of a header:
/// {'descr': '<u2', 'fortran_order': False, 'shape': (3,), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  /// False for any other text.
  bool Parse(std::string_view* descr, uint64_t* count) {
    bool has_descr = false, has_order = false, has_shape = false;
    if (!Take('{')) return false;
    while (!Take('}')) {
      std::string_view key;
      if (!String(&key) || !Take(':')) return false;
      if (key == "descr" && !has_descr) {
        has_descr = String(descr);
        if (!has_descr) return false;
      } else if (key == "fortran_order" && !has_order) {
        has_order = Word("False") || Word("True");  // Equivalent in one dimension.
        if (!has_order) return false;
      } else if (key == "shape" && !has_shape) {
        has_shape = Take('(') && Number(count) && Take(',') && Take(')');
        if (!has_shape) return false;
      } else {
        return false;
      }
      if (!Take(',')) {
        if (!Take('}')) return false;
        break;
      }
    }
    PassSpaces();
    return rest_.empty() && has_descr && has_order && has_shape;
  }

 private:
  void PassSpaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }
  bool Word(std::string_view word) {
    PassSpaces();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool Take(char c) { return Word(std::string_view(&c, 1)); }
  bool String(std::string_view* value) {
    PassSpaces();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return false;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return false;
    *value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool Number(uint64_t* value) {
    PassSpaces();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), *value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::string NpyHeader(ElementType type, uint64_t count) {
  std::string header(kNpyMagic);
  header.append("\x01\x00", 2);
  constexpr size_t kText = kNpyHeaderBytes - kPrefixBytes;
  header.push_back(static_cast<char>(kText & 0xFF));
  header.push_back(static_cast<char>(kText >> 8));
  header += absl::StrFormat("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }",
                            ElementInfo(type).numpy, count);
  header.resize(kNpyHeaderBytes - 1, ' ');
  header.push_back('\n');
  return header;
}

absl::StatusOr<NumberArray> OpenNpy(const RandomAccessFile& file) {
  char prefix[kPrefixBytes + 2] = {};
  const size_t have = std::min<uint64_t>(file.size_bytes(), sizeof(prefix));
  CM_RETURN_IF_ERROR(file.Read(0, have, prefix));
  if (have < kPrefixBytes || !std::string_view(prefix, have).starts_with(kNpyMagic)) {
    return Damaged(file, "is not an npy file");
  }
  const auto byte = [&prefix](size_t at) { return uint32_t{static_cast<uint8_t>(prefix[at])}; };
  const uint32_t version = byte(6);
  if (version < 1 || version > 3) {
    return Damaged(file, absl::StrFormat("has the unknown npy version %d", version));
  }
  const size_t text_begin = version == 1 ? kPrefixBytes : kPrefixBytes + 2;
  uint64_t text_bytes = byte(8) | byte(9) << 8;
  if (version > 1) text_bytes |= uint64_t{byte(10)} << 16 | uint64_t{byte(11)} << 24;
  if (text_bytes > kMaxHeaderBytes) return Damaged(file, "its header is too long");
  std::string text(text_bytes, '\0');
  CM_RETURN_IF_ERROR(file.Read(text_begin, text.size(), text.data()));
  std::string_view descr;
  uint64_t count = 0;
  if (!HeaderParser(text).Parse(&descr, &count)) {
    return Damaged(file, "its header does not describe a one-dimensional array");
  }
  const std::optional<ElementType> type = FindElementType(&ElementTypeInfo::numpy, descr);
  if (!type.has_value() || !ElementInfo(*type).is_integer()) {
    return Damaged(file, absl::StrFormat("holds '%s', not little-endian integers", descr));
  }
  const uint64_t begin = text_begin + text_bytes;
  const uint64_t data_bytes = file.size_bytes() - begin;
  const uint64_t width = ElementBytes(*type);
  if (count > data_bytes / width || count * width != data_bytes) {
    return Damaged(file, absl::StrFormat("its header promises %d numbers of %d bytes, but %d "
                                         "bytes follow; it is truncated or damaged",
                                         count, width, data_bytes));
  }
  return NumberArray(file, begin, count, *type);
}

}  // namespace corpusmill
