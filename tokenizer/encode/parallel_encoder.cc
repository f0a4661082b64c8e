#include "tokenizer/encode/parallel_encoder.h"

#include <algorithm>

#include "corpus/base/status.h"

namespace corpusmill {
namespace {

/// A text is split into parts of about this size.
constexpr size_t kPartBytes = 128 << 10;

/// A part of a text that can be encoded separately (see Tokenizer::Encode).
struct Part {
  size_t text;
  std::string_view bytes;
  std::vector<uint32_t> ids;
};

/// Length of the longest prefix of at most `limit` bytes that is followed by a line start; 0 if
/// there is none.
size_t LinesWithin(std::string_view text, size_t limit) {
  for (size_t end = std::min(limit, text.size() - 1); end > 0; --end) {
    if (text[end - 1] == '\n' && text[end] != '\n') return end;
  }
  return 0;
}

/// Size of the first part of a text.
size_t PartSize(std::string_view text) {
  if (text.size() <= 2 * kPartBytes) return text.size();
  if (const size_t size = LinesWithin(text, kPartBytes); size > 0) return size;
  size_t at = text.find('\n', kPartBytes);
  if (at == std::string_view::npos) return text.size();
  at = text.find_first_not_of('\n', at);
  return std::min(at, text.size());
}

}  // namespace

absl::Status EncodeBatch(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                         Context& context, std::vector<std::vector<uint32_t>>* ids) {
  std::vector<Part> parts;
  for (size_t i = 0; i < texts.size(); ++i) {
    for (std::string_view rest = texts[i]; !rest.empty();) {
      const size_t size = tokenizer.rules().cut_at_newlines ? PartSize(rest) : rest.size();
      parts.push_back({i, rest.substr(0, size), {}});
      rest.remove_prefix(size);
    }
  }
  CM_RETURN_IF_ERROR(context.ParallelFor(parts.size(), 1, [&](size_t begin, size_t end) {
    EncodeScratch scratch;
    for (size_t i = begin; i < end; ++i) {
      CM_RETURN_IF_ERROR(context.CheckCancelled());
      tokenizer.Encode(parts[i].bytes, &parts[i].ids, &scratch);
    }
    return absl::OkStatus();
  }));
  ids->assign(texts.size(), {});
  for (Part& part : parts) {
    std::vector<uint32_t>& all = (*ids)[part.text];
    if (all.empty()) {
      all = std::move(part.ids);
    } else {
      all.insert(all.end(), part.ids.begin(), part.ids.end());
      std::vector<uint32_t>().swap(part.ids);
    }
  }
  return absl::OkStatus();
}

void StreamEncoder::Feed(std::string_view part, std::vector<uint32_t>* ids) {
  const size_t looked_at = rest_.empty() ? 0 : rest_.size() - 1;
  rest_.append(part);
  if (!tokenizer_.rules().cut_at_newlines || rest_.empty()) return;
  const std::string_view text = rest_;
  const size_t sure = looked_at + LinesWithin(text.substr(looked_at), text.size());
  if (sure == looked_at) return;
  tokenizer_.Encode(text.substr(0, sure), ids, &scratch_);
  rest_.erase(0, sure);
}

void StreamEncoder::Finish(std::vector<uint32_t>* ids) {
  tokenizer_.Encode(rest_, ids, &scratch_);
  rest_.clear();
}

}  // namespace corpusmill
