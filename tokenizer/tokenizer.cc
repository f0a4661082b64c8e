#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/file.h"
#include "corpus/status.h"
#include "tokenizer/compiled_model.h"
#include "tokenizer/match_automaton.h"
#include "tokenizer/segmenter.h"
#include "tokenizer/symbol_table.h"

namespace corpusmill {
namespace {

/// The value of a byte that an unknown character's symbol stands for already.
constexpr uint32_t kNoId = 0xFFFFFFFF;
/// What an unknown character costs beyond the least probable piece, as in SentencePiece.
constexpr double kUnknownPenalty = 10;

/// The pieces to search with. Where a byte is no piece, the characters that begin
/// with it are unknown: the first byte bears the cost, and the others none.
std::vector<ScoredPiece> ScoredPieces(const Vocabulary& vocabulary) {
  static constexpr auto kBytes = [] {
    std::array<char, 256> bytes{};
    for (int i = 0; i < 256; ++i) bytes[i] = static_cast<char>(i);
    return bytes;
  }();
  std::vector<ScoredPiece> pieces;
  pieces.reserve(vocabulary.size());
  std::array<bool, 256> is_piece{};
  std::array<uint32_t, 256> values;
  values.fill(kNoId);
  double least = 0;
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const Vocabulary::Entry& entry = vocabulary[id];
    if (entry.type == Vocabulary::Type::kPiece) {
      pieces.push_back({.bytes = entry.bytes, .score = entry.score, .value = id});
      least = std::min(least, entry.score);
      if (entry.bytes.size() == 1) is_piece[static_cast<uint8_t>(entry.bytes[0])] = true;
    } else if (entry.type == Vocabulary::Type::kByte) {
      values[static_cast<uint8_t>(entry.bytes[0])] = id;
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (is_piece[byte]) continue;
    const bool first = byte < 0x80 || byte >= 0xC0;
    uint32_t value = values[byte];
    if (value == kNoId && first) value = vocabulary.roles().unknown.value_or(kNoId);
    pieces.push_back({.bytes = {&kBytes[byte], 1},
                      .score = first ? least - kUnknownPenalty : 0,
                      .value = value});
  }
  return pieces;
}

/// Whether some piece of the automaton has no id.
bool HasGaps(const MatchAutomaton& automaton) {
  for (uint32_t row = 0; row < automaton.rows(); ++row) {
    if (automaton.match(row).value == kNoId) return true;
  }
  return false;
}

/// An automaton's values must be ids: what a file says is not believed.
absl::Status CheckValues(const MatchAutomaton& automaton, uint32_t vocab_size) {
  const auto is_id = [&](uint32_t value) { return value < vocab_size || value == kNoId; };
  bool good = true;
  for (uint32_t row = 0; row < automaton.rows(); ++row) {
    const uint32_t value = automaton.match(row).value;
    if (!MatchAutomaton::IsSpelled(value)) {
      good = good && is_id(value);
      continue;
    }
    for (const uint32_t part : automaton.spellings()[value - MatchAutomaton::kSpelled].values) {
      good = good && is_id(part);
    }
  }
  return good ? absl::OkStatus() : DataError("the automaton is of another vocabulary");
}

}  // namespace

EncodeScratch::EncodeScratch() : segmenter_(std::make_unique<Segmenter>()) {}
EncodeScratch::~EncodeScratch() = default;
EncodeScratch::EncodeScratch(EncodeScratch&&) noexcept = default;
EncodeScratch& EncodeScratch::operator=(EncodeScratch&&) noexcept = default;

Tokenizer::Tokenizer(Vocabulary vocabulary, MatchAutomaton automaton,
                     const TokenizerOptions& options)
    : vocabulary_(std::move(vocabulary)),
      rules_(vocabulary_.rules()),
      automaton_(std::make_unique<MatchAutomaton>(std::move(automaton))),
      has_gaps_(HasGaps(*automaton_)) {
  if (options.normalization.has_value()) rules_.normalization = *options.normalization;
  symbols_ = std::make_unique<SymbolTable>(*automaton_, rules_.normalization);
}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

absl::StatusOr<Tokenizer> Tokenizer::Create(Vocabulary vocabulary,
                                            const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(
      MatchAutomaton automaton,
      MatchAutomaton::Build(ScoredPieces(vocabulary), vocabulary.rules().cut_at_newlines));
  return Tokenizer(std::move(vocabulary), std::move(automaton), options);
}

absl::StatusOr<Tokenizer> Tokenizer::Create(const Model& model, const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
  return Create(std::move(vocabulary), options);
}

absl::StatusOr<Tokenizer> Tokenizer::Open(const std::string& path,
                                          const TokenizerOptions& options) {
  if (path != kStandardStream) {
    absl::StatusOr<CompiledModel> mapped = MapCompiledModel(path);
    if (mapped.ok()) {
      CM_RETURN_IF_ERROR(Annotate(CheckValues(mapped->automaton, mapped->vocabulary.size()), path));
      return Tokenizer(std::move(mapped->vocabulary), std::move(mapped->automaton), options);
    }
    if (mapped.status().code() != absl::StatusCode::kFailedPrecondition) return mapped.status();
  }
  CM_ASSIGN_OR_RETURN(const std::string content, ReadFileToString(path));
  return Parse(content, path == kStandardStream ? "<stdin>" : path, options);
}

absl::StatusOr<Tokenizer> Tokenizer::Parse(std::string_view content, std::string_view name,
                                           const TokenizerOptions& options) {
  if (IsCompiledModel(content)) {
    const std::shared_ptr<char> copy(
        static_cast<char*>(std::aligned_alloc(
            MatchAutomaton::kAlignment,
            (content.size() / MatchAutomaton::kAlignment + 1) * MatchAutomaton::kAlignment)),
        [](char* p) { std::free(p); });
    if (copy == nullptr) throw std::bad_alloc();
    std::memcpy(copy.get(), content.data(), content.size());
    CM_ASSIGN_OR_RETURN(CompiledModel compiled,
                        ParseCompiledModel({copy.get(), content.size()}, copy, name));
    CM_RETURN_IF_ERROR(Annotate(CheckValues(compiled.automaton, compiled.vocabulary.size()), name));
    return Tokenizer(std::move(compiled.vocabulary), std::move(compiled.automaton), options);
  }
  CM_ASSIGN_OR_RETURN(const Model model, Model::Parse(content, name));
  return Create(model, options);
}

std::string Tokenizer::Compile() const { return SerializeCompiledModel(vocabulary_, *automaton_); }

std::span<const uint16_t> Tokenizer::Symbols(std::string_view text, EncodeScratch* scratch) const {
  std::vector<uint16_t>& symbols = scratch->symbols_;
  const auto reserve = [&] {
    if (symbols.size() < text.size()) symbols.resize(std::max(text.size(), 2 * symbols.size()));
  };
  reserve();
  size_t count;
  if (!symbols_->Convert(text, symbols.data(), &count)) {
    // Keeping invalid bytes, nothing can fail but ICU's allocations.
    if (!Normalize(text, rules_.normalization, InvalidUtf8::kKeep, &scratch->normalized_).ok()) {
      throw std::bad_alloc();
    }
    text = scratch->normalized_;
    reserve();
    count = symbols_->ConvertNormal(text, symbols.data());
  }
  return {symbols.data(), count};
}

void Tokenizer::DropGaps(std::vector<uint32_t>* ids, size_t begin) const {
  if (has_gaps_) {
    ids->erase(std::remove(ids->begin() + static_cast<ptrdiff_t>(begin), ids->end(), kNoId),
               ids->end());
  }
}

void Tokenizer::Encode(std::string_view text, std::vector<uint32_t>* ids,
                       EncodeScratch* scratch) const {
  const size_t before = ids->size();
  scratch->segmenter_->Run(*automaton_, Symbols(text, scratch), rules_.cut_at_newlines, ids);
  DropGaps(ids, before);
}

absl::StatusOr<std::shared_ptr<const SampleTables>> Tokenizer::PrepareSampling(SampleMethod method,
                                                                               double alpha) const {
  return SampleTables::Create(*automaton_, method, alpha);
}

void Tokenizer::Sample(std::string_view text, Sampler* sampler, std::vector<uint32_t>* ids,
                       EncodeScratch* scratch) const {
  const size_t before = ids->size();
  sampler->Run(*automaton_, Symbols(text, scratch), rules_.cut_at_newlines, ids);
  DropGaps(ids, before);
}

std::vector<ScoredSegmentation> Tokenizer::NBest(std::string_view text, size_t n,
                                                 EncodeScratch* scratch) const {
  std::vector<ScoredSegmentation> best =
      FindNBest(*automaton_, Symbols(text, scratch), rules_.cut_at_newlines, n);
  for (ScoredSegmentation& segmentation : best) DropGaps(&segmentation.values, 0);
  return best;
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
