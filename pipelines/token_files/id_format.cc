#include "pipelines/token_files/id_format.h"

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"

namespace corpusmill {

absl::StatusOr<std::optional<ElementType>> ParseIdType(std::string_view name) {
  if (name == "auto") return std::optional<ElementType>();
  if (name == "u16") return std::optional<ElementType>(ElementType::kU16);
  if (name == "u32") return std::optional<ElementType>(ElementType::kU32);
  return UsageError(absl::StrFormat("'%s' is not an id type; try u16, u32 or auto", name));
}

absl::StatusOr<ElementType> ChooseIdType(std::optional<ElementType> asked, const IdFormat& format,
                                         uint32_t vocab_size) {
  const bool small = vocab_size < kTokenFileU16VocabularyLimit;
  if (!asked.has_value()) return small ? ElementType::kU16 : ElementType::kU32;
  if (*asked == ElementType::kU32 || small || vocab_size <= format.pair.max_u16_vocabulary) {
    return *asked;
  }
  return UsageError(absl::StrFormat(
      "%s stores at most %d ids as u16, and this vocabulary has %d; try --dtype u32", format.name,
      format.pair.max_u16_vocabulary, vocab_size));
}

}  // namespace corpusmill
