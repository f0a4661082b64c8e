#include "tokenizer/model/text_normalizer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "corpus/base/status.h"
#include "corpus/text/unicode.h"

namespace corpusmill {
namespace {

constexpr std::string_view kLowerBlock = "\xE2\x96\x81";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Applies NFC or NFKC and records the origin of each byte.
void NormalizeWithOrigins(std::string_view text, Normalization form, std::string* out,
                          std::vector<size_t>* origins) {
  std::vector<NormalizedStretch> stretches;
  // With invalid bytes kept, only ICU's allocations can fail.
  if (!NormalizeWithOffsets(text, form, out, &stretches).ok()) throw std::bad_alloc();
  OriginalOffsets offsets(stretches);
  origins->clear();
  for (size_t i = 0; i <= out->size(); ++i) origins->push_back(offsets.Of(i));
}

}  // namespace

absl::StatusOr<TextNormalizer> TextNormalizer::Create(const TextRules& rules) {
  TextNormalizer normalizer;
  CM_ASSIGN_OR_RETURN(normalizer.charsmap_, Charsmap::Parse(rules.charsmap));
  normalizer.rules_ = rules;
  normalizer.rules_.charsmap.clear();
  normalizer.form_ = rules.normalization;
  normalizer.has_replacements_ = rules.replace_invalid_utf8 || !normalizer.charsmap_.empty() ||
                                 rules.collapse_spaces || rules.add_dummy_prefix ||
                                 rules.add_dummy_suffix || rules.lower_block_is_space;
  return normalizer;
}

absl::StatusOr<TextNormalizer> TextNormalizer::Create(const Vocabulary& vocabulary) {
  return Create(vocabulary.rules(), vocabulary);
}

absl::StatusOr<TextNormalizer> TextNormalizer::Create(const TextRules& rules,
                                                      const Vocabulary& vocabulary) {
  CM_ASSIGN_OR_RETURN(TextNormalizer normalizer, Create(rules));
  if (!vocabulary.rules().find_user_defined) return normalizer;
  for (const Vocabulary::Entry& entry : vocabulary.entries()) {
    if (entry.type != Vocabulary::Type::kUserDefined) continue;
    std::string& text = normalizer.verbatim_.emplace_back();
    for (const char c : entry.bytes) {
      if (c == ' ' && vocabulary.rules().lower_block_is_space) {
        text += kLowerBlock;
      } else {
        text += c;
      }
    }
  }
  std::sort(normalizer.verbatim_.begin(), normalizer.verbatim_.end());
  return normalizer;
}

TextNormalizer::Part TextNormalizer::Next(std::string_view text) const {
  size_t length = 0;
  for (auto it = std::lower_bound(verbatim_.begin(), verbatim_.end(), text.substr(0, 1));
       it != verbatim_.end() && (*it)[0] == text[0]; ++it) {
    if (it->size() > length && text.starts_with(*it)) length = it->size();
  }
  if (length > 0) return {text.substr(0, length), length};
  std::string_view replacement;
  length = charsmap_.LongestMatch(text, &replacement);
  if (length > 0) return {replacement, length};
  int32_t code;
  length = DecodeUtf8(text, &code);
  if (code >= 0) return {text.substr(0, length), length};
  if (rules_.replace_invalid_utf8) return {kReplacement, 1};
  return {text.substr(0, 1), 1};
}

void TextNormalizer::Replace(std::string_view text, std::string* out,
                             std::vector<size_t>* origins) const {
  out->clear();
  if (origins != nullptr) origins->clear();
  size_t consumed = 0;
  const auto add = [&](char byte) {
    out->push_back(byte);
    if (origins != nullptr) origins->push_back(consumed);
  };
  const auto finish = [&] {
    if (origins != nullptr) origins->push_back(consumed);
  };
  while (rules_.collapse_spaces && consumed < text.size()) {
    const Part part = Next(text.substr(consumed));
    if (part.out != " ") break;
    consumed += part.length;
  }
  if (consumed == text.size()) return finish();
  if (rules_.add_dummy_prefix) add(' ');
  bool after_space = rules_.collapse_spaces;
  while (consumed < text.size()) {
    Part part = Next(text.substr(consumed));
    while (after_space && part.out.starts_with(' ')) part.out.remove_prefix(1);
    for (size_t i = 0; i < part.out.size(); ++i) {
      if (rules_.lower_block_is_space && part.out.substr(i).starts_with(kLowerBlock)) {
        add(' ');
        i += kLowerBlock.size() - 1;
      } else {
        add(part.out[i]);
      }
    }
    if (!part.out.empty()) after_space = rules_.collapse_spaces && part.out.back() == ' ';
    consumed += part.length;
  }
  while (rules_.collapse_spaces && !out->empty() && out->back() == ' ') {
    out->pop_back();
    if (origins == nullptr) continue;
    consumed = origins->back();
    origins->pop_back();
  }
  if (rules_.add_dummy_suffix) add(' ');
  finish();
}

void TextNormalizer::Normalize(std::string_view text, std::string* out) const {
  if (form_ == Normalization::kNone) {
    if (has_replacements_) return Replace(text, out, nullptr);
    out->assign(text);
    return;
  }
  std::string normal;
  std::string* const target = has_replacements_ ? &normal : out;
  if (!corpusmill::Normalize(text, form_, InvalidUtf8::kKeep, target).ok()) throw std::bad_alloc();
  if (has_replacements_) Replace(normal, out, nullptr);
}

void TextNormalizer::Normalize(std::string_view text, std::string* out,
                               std::vector<size_t>* origins) const {
  if (form_ == Normalization::kNone) {
    if (has_replacements_) return Replace(text, out, origins);
    out->assign(text);
    origins->resize(text.size() + 1);
    for (size_t i = 0; i <= text.size(); ++i) (*origins)[i] = i;
    return;
  }
  if (!has_replacements_) return NormalizeWithOrigins(text, form_, out, origins);
  std::string normal;
  std::vector<size_t> normal_origins;
  NormalizeWithOrigins(text, form_, &normal, &normal_origins);
  Replace(normal, out, origins);
  for (size_t& origin : *origins) origin = normal_origins[origin];
}

}  // namespace corpusmill
