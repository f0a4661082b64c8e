#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/file.h"
#include "corpus/status.h"
#include "tokenizer/chunker.h"
#include "tokenizer/piece_trie.h"
#include "tokenizer/viterbi.h"

namespace corpusmill {
namespace {

bool IsAscii(std::string_view text) {
  uint8_t bits = 0;
  for (const char c : text) bits |= static_cast<uint8_t>(c);
  return bits < 0x80;
}

}  // namespace

EncodeScratch::EncodeScratch() : viterbi_(std::make_unique<Viterbi>()) {}
EncodeScratch::~EncodeScratch() = default;
EncodeScratch::EncodeScratch(EncodeScratch&&) noexcept = default;
EncodeScratch& EncodeScratch::operator=(EncodeScratch&&) noexcept = default;

Tokenizer::Tokenizer(Vocabulary vocabulary, TextRules rules, std::unique_ptr<PieceTrie> trie)
    : vocabulary_(std::move(vocabulary)), rules_(std::move(rules)), trie_(std::move(trie)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

absl::StatusOr<Tokenizer> Tokenizer::Create(Vocabulary vocabulary,
                                            const TokenizerOptions& options) {
  TextRules rules = vocabulary.rules();
  if (options.normalization.has_value()) rules.normalization = *options.normalization;
  std::vector<ScoredPiece> pieces;
  pieces.reserve(vocabulary.size());
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type != Vocabulary::Type::kPiece) continue;
    pieces.push_back({.bytes = entry.bytes, .score = entry.score, .value = id});
  }
  CM_ASSIGN_OR_RETURN(PieceTrie trie, PieceTrie::Build(std::move(pieces)));
  return Tokenizer(std::move(vocabulary), std::move(rules),
                   std::make_unique<PieceTrie>(std::move(trie)));
}

absl::StatusOr<Tokenizer> Tokenizer::Create(const Model& model, const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
  return Create(std::move(vocabulary), options);
}

absl::StatusOr<Tokenizer> Tokenizer::Open(const std::string& path,
                                          const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(path));
  return Parse(content, path == kStandardStream ? "<stdin>" : path, options);
}

absl::StatusOr<Tokenizer> Tokenizer::Parse(std::string_view content, std::string_view name,
                                           const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(const Model model, Model::Parse(content, name));
  return Create(model, options);
}

void Tokenizer::Encode(std::string_view text, std::vector<uint32_t>* ids,
                       EncodeScratch* scratch) const {
  if (rules_.normalization != Normalization::kNone && !IsAscii(text)) {
    // Keeping invalid bytes, nothing can fail but ICU's allocations.
    if (!Normalize(text, rules_.normalization, InvalidUtf8::kKeep, &scratch->normalized_).ok()) {
      throw std::bad_alloc();
    }
    text = scratch->normalized_;
  }
  LineChunker lines(text);
  for (std::string_view line; lines.Next(&line);) scratch->viterbi_->Segment(*trie_, line, ids);
}

void Tokenizer::Encode(std::string_view text, std::vector<uint32_t>* ids) const {
  thread_local EncodeScratch scratch;
  Encode(text, ids, &scratch);
}

absl::StatusOr<std::string> Tokenizer::DecodeBytes(std::span<const uint32_t> ids) const {
  std::string bytes;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= vocabulary_.size()) {
      return DataError(absl::StrFormat("id %d at position %d is not in the vocabulary of %d ids",
                                       ids[i], i, vocabulary_.size()));
    }
    bytes += vocabulary_.DecodedBytes(ids[i]);
  }
  return bytes;
}

absl::StatusOr<std::string> Tokenizer::DecodeText(std::span<const uint32_t> ids) const {
  CM_ASSIGN_OR_RETURN(const std::string bytes, DecodeBytes(ids));
  return DropInvalidUtf8(bytes);
}

}  // namespace corpusmill
