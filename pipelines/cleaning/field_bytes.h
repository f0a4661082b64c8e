#ifndef CORPUSMILL_PIPELINES_CLEANING_FIELD_BYTES_H_
#define CORPUSMILL_PIPELINES_CLEANING_FIELD_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "corpus/base/varint.h"

/// Numbers and texts in the temporary files of a run: varints, and texts after their lengths.
namespace corpusmill {

inline void PutNumber(uint64_t value, std::string* out) {
  char buffer[kMaxVarintBytes];
  out->append(buffer, static_cast<size_t>(PutVarint(buffer, value) - buffer));
}

inline void PutText(std::string_view text, std::string* out) {
  PutNumber(text.size(), out);
  out->append(text);
}

/// Reads what PutNumber and PutText wrote.
class FieldReader {
 public:
  explicit FieldReader(std::string_view fields) : rest_(fields) {}

  uint64_t Number() {
    uint64_t value = 0;
    const char* const end = GetVarint(rest_.data(), rest_.data() + rest_.size(), &value);
    if (end == nullptr) {
      failed_ = true;
      return 0;
    }
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return value;
  }
  double Real() { return std::bit_cast<double>(Number()); }
  std::string_view Text() {
    const uint64_t size = Number();
    if (size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  std::string_view rest() const { return rest_; }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_CLEANING_FIELD_BYTES_H_
