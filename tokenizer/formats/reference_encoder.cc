#include "tokenizer/formats/reference_encoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "corpus/base/status.h"
#include "corpus/text/unicode.h"
#include "tokenizer/model/chunker.h"
#include "tokenizer/model/text_normalizer.h"

namespace corpusmill {
namespace {

using Entry = Vocabulary::Entry;
using Type = Vocabulary::Type;

/// A trie of byte strings with ids.
class Trie {
 public:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  void Add(std::string_view bytes, uint32_t id) {
    uint32_t node = kRoot;
    for (const char byte : bytes) {
      const auto [it, is_new] = edges_.try_emplace(Key(node, byte), ids_.size());
      if (is_new) ids_.push_back(kNone);
      node = it->second;
    }
    ids_[node] = id;
  }

  /// Returns kNone if no string continues with this byte.
  uint32_t Next(uint32_t node, char byte) const {
    const auto found = edges_.find(Key(node, byte));
    return found == edges_.end() ? kNone : found->second;
  }

  /// Returns kNone if no string ends here.
  uint32_t id(uint32_t node) const { return ids_[node]; }

 private:
  static uint64_t Key(uint32_t node, char byte) {
    return uint64_t{node} << 8 | static_cast<uint8_t>(byte);
  }

  absl::flat_hash_map<uint64_t, uint32_t> edges_;
  std::vector<uint32_t> ids_ = {kNone};
};

/// Length of the character at text[0] according to its first byte.
size_t CharacterLength(std::string_view text) {
  static constexpr size_t kLengths[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
  return std::min(text.size(), kLengths[static_cast<uint8_t>(text[0]) >> 4]);
}

}  // namespace

struct ReferenceEncoder::Impl {
  ModelFormat format;
  Vocabulary vocabulary;
  TextNormalizer normalizer;
  Trie pieces;
  Trie added_tokens;  ///< Hugging Face's added_tokens.
  std::array<uint32_t, 256> byte_ids{};
  bool has_byte_fallback = false;
  float min_score = std::numeric_limits<float>::max();
  float max_score = std::numeric_limits<float>::min();

  Impl(ModelFormat format, Vocabulary vocabulary_in, TextNormalizer normalizer_in)
      : format(format), vocabulary(std::move(vocabulary_in)), normalizer(std::move(normalizer_in)) {
    for (uint32_t id = 0; id < vocabulary.size(); ++id) {
      const Entry& entry = vocabulary[id];
      switch (entry.type) {
        case Type::kPiece:
          pieces.Add(entry.bytes, id);
          min_score = std::min(min_score, static_cast<float>(entry.score));
          max_score = std::max(max_score, static_cast<float>(entry.score));
          break;
        case Type::kByte:
          byte_ids[static_cast<uint8_t>(entry.bytes[0])] = id;
          has_byte_fallback = true;
          break;
        case Type::kUserDefined:
          if (format == ModelFormat::kSentencePiece) pieces.Add(entry.bytes, id);
          if (format == ModelFormat::kHuggingFace) added_tokens.Add(entry.bytes, id);
          break;
        case Type::kControl:
          if (format == ModelFormat::kHuggingFace && !vocabulary.HasRole(id)) {
            added_tokens.Add(entry.bytes, id);
          }
          break;
        default:
          break;
      }
    }
  }

  /// Finds the best segmentation of a text in which every character begins a piece or is unknown.
  /// Running sums are rounded to `Sum`.
  template <typename Sum>
  void Segment(std::string_view text, std::vector<uint32_t>* ids) const {
    struct Node {
      uint32_t id = Trie::kNone;
      Sum score = 0;
      size_t start = 0;
    };
    std::vector<Node> best(text.size() + 1);
    const auto relax = [&best](size_t start, size_t end, uint32_t id, Sum score) {
      Node& node = best[end];
      if (node.id != Trie::kNone && !(score > node.score)) return;
      node = {.id = id, .score = score, .start = start};
    };
    const uint32_t unknown = vocabulary.roles().unknown.value_or(Trie::kNone);
    for (size_t start = 0; start < text.size();) {
      const Sum before = best[start].score;
      const size_t character = unknown == Trie::kNone ? 1 : CharacterLength(text.substr(start));
      bool has_character = false;
      uint32_t at = Trie::kRoot;
      for (size_t end = start; end < text.size();) {
        at = pieces.Next(at, text[end++]);
        if (at == Trie::kNone) break;
        const uint32_t id = pieces.id(at);
        if (id == Trie::kNone) continue;
        relax(start, end, id, Score<Sum>(id, end - start) + before);
        has_character = has_character || end - start == character;
      }
      if (!has_character && unknown != Trie::kNone) {
        relax(start, start + character, unknown, static_cast<Sum>(min_score - 10.0f) + before);
      }
      start += character;
    }
    const size_t begin = ids->size();
    for (size_t end = text.size(); end > 0; end = best[end].start) {
      const Node& node = best[end];
      if (node.id == unknown && has_byte_fallback) {
        for (size_t i = end; i-- > node.start;) {
          ids->push_back(byte_ids[static_cast<uint8_t>(text[i])]);
        }
      } else if (node.id != unknown || ids->size() == begin || ids->back() != unknown) {
        ids->push_back(node.id);
      }
    }
    std::reverse(ids->begin() + begin, ids->end());
  }

  template <typename Sum>
  Sum Score(uint32_t id, size_t length) const {
    if (vocabulary[id].type == Type::kUserDefined) {
      return static_cast<Sum>(static_cast<float>(length) * max_score - 0.1);
    }
    return static_cast<Sum>(vocabulary[id].score);
  }

  void EncodeLines(std::string_view text, std::vector<uint32_t>* ids) const {
    std::string normal;
    normalizer.Normalize(text, &normal);
    LineChunker lines(normal);
    for (std::string_view line; lines.Next(&line);) Segment<double>(line, ids);
  }

  /// Length of the longest added token that is a prefix of the text.
  size_t AddedToken(std::string_view text, uint32_t* id) const {
    size_t longest = 0;
    uint32_t at = Trie::kRoot;
    for (size_t i = 0; i < text.size(); ++i) {
      at = added_tokens.Next(at, text[i]);
      if (at == Trie::kNone) break;
      if (added_tokens.id(at) == Trie::kNone) continue;
      *id = added_tokens.id(at);
      longest = i + 1;
    }
    return longest;
  }
};

ReferenceEncoder::ReferenceEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReferenceEncoder::ReferenceEncoder(ReferenceEncoder&&) noexcept = default;
ReferenceEncoder& ReferenceEncoder::operator=(ReferenceEncoder&&) noexcept = default;
ReferenceEncoder::~ReferenceEncoder() = default;

absl::StatusOr<ReferenceEncoder> ReferenceEncoder::Create(std::string_view content,
                                                          std::string_view name) {
  CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(content, name));
  absl::StatusOr<TextNormalizer> normalizer = TextNormalizer::Create(vocabulary);
  if (!normalizer.ok()) return Annotate(normalizer.status(), name);
  return ReferenceEncoder(std::make_unique<Impl>(DetectModelFormat(content), std::move(vocabulary),
                                                 *std::move(normalizer)));
}

void ReferenceEncoder::Encode(std::string_view text, std::vector<uint32_t>* ids) const {
  if (impl_->format == ModelFormat::kSentencePiece) {
    std::string normal;
    impl_->normalizer.Normalize(text, &normal);
    return impl_->Segment<float>(normal, ids);
  }
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    uint32_t id = Trie::kNone;
    const size_t length = impl_->AddedToken(text.substr(i), &id);
    if (length == 0) {
      ++i;
      continue;
    }
    impl_->EncodeLines(text.substr(begin, i - begin), ids);
    ids->push_back(id);
    begin = i += length;
  }
  impl_->EncodeLines(text.substr(begin), ids);
}

const Vocabulary& ReferenceEncoder::vocabulary() const { return impl_->vocabulary; }
ModelFormat ReferenceEncoder::format() const { return impl_->format; }

}  // namespace corpusmill
