#include "corpus/text/line_cut.h"

namespace corpusmill {

size_t LinePrefix(std::string_view text, size_t target_bytes) {
  if (text.size() <= target_bytes) return text.size();
  for (size_t end = target_bytes; end > 0;) {
    const size_t newline = text.rfind('\n', end - 1);
    if (newline == std::string_view::npos) break;
    if (text[newline + 1] != '\n') return newline + 1;
    end = newline;
  }
  const size_t newline = text.find('\n', target_bytes - 1);
  if (newline == std::string_view::npos) return text.size();
  const size_t next = text.find_first_not_of('\n', newline);
  return next == std::string_view::npos ? text.size() : next;
}

}  // namespace corpusmill
