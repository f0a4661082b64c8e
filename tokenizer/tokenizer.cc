#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "absl/strings/str_format.h"
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

Tokenizer::Tokenizer(Model model, const TokenizerOptions& options, std::unique_ptr<PieceTrie> trie)
    : model_(std::move(model)), options_(options), trie_(std::move(trie)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

absl::StatusOr<Tokenizer> Tokenizer::Create(Model model, const TokenizerOptions& options) {
  const double log_total = std::log(static_cast<double>(model.total_count()));
  std::vector<ScoredPiece> pieces;
  pieces.reserve(model.pieces().size());
  for (const Piece& piece : model.pieces()) {
    pieces.push_back({.bytes = piece.bytes,
                      .score = std::log(static_cast<double>(piece.count)) - log_total,
                      .value = static_cast<uint32_t>(pieces.size()) + Model::kFirstPieceId});
  }
  CM_ASSIGN_OR_RETURN(PieceTrie trie, PieceTrie::Build(std::move(pieces)));
  return Tokenizer(std::move(model), options, std::make_unique<PieceTrie>(std::move(trie)));
}

void Tokenizer::Encode(std::string_view text, std::vector<uint32_t>* ids,
                       EncodeScratch* scratch) const {
  if (options_.normalization != Normalization::kNone && !IsAscii(text)) {
    // Keeping invalid bytes, nothing can fail but ICU's allocations.
    if (!Normalize(text, options_.normalization, InvalidUtf8::kKeep, &scratch->normalized_).ok()) {
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
    if (ids[i] >= model_.vocab_size()) {
      return DataError(absl::StrFormat("id %d at position %d is not in the vocabulary of %d ids",
                                       ids[i], i, model_.vocab_size()));
    }
    if (ids[i] >= Model::kFirstPieceId) {
      bytes += model_.pieces()[ids[i] - Model::kFirstPieceId].bytes;
    }
  }
  return bytes;
}

absl::StatusOr<std::string> Tokenizer::DecodeText(std::span<const uint32_t> ids) const {
  CM_ASSIGN_OR_RETURN(const std::string bytes, DecodeBytes(ids));
  return DropInvalidUtf8(bytes);
}

}  // namespace corpusmill
