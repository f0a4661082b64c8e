#include "tokenizer/encode/tokenizer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/file.h"
#include "corpus/io/sha256_file.h"
#include "tokenizer/formats/compiled_model.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/model/text_normalizer.h"
#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/segmenter.h"
#include "tokenizer/search/symbol_table.h"

namespace corpusmill {
namespace {

/// True if some piece of the automaton has no id.
bool HasGaps(const MatchAutomaton& automaton) {
  for (uint32_t state = 0; state < automaton.states(); ++state) {
    if (automaton.match(state).value == MatchAutomaton::kNone) return true;
  }
  return false;
}

}  // namespace

EncodeScratch::EncodeScratch() : segmenter_(std::make_unique<Segmenter>()) {}
EncodeScratch::~EncodeScratch() = default;
EncodeScratch::EncodeScratch(EncodeScratch&&) noexcept = default;
EncodeScratch& EncodeScratch::operator=(EncodeScratch&&) noexcept = default;

Tokenizer::Tokenizer(Vocabulary vocabulary, MatchAutomaton automaton, TextRules rules,
                     TextNormalizer normalizer)
    : vocabulary_(std::move(vocabulary)),
      rules_(std::move(rules)),
      normalizer_(std::make_unique<TextNormalizer>(std::move(normalizer))),
      automaton_(std::make_unique<MatchAutomaton>(std::move(automaton))),
      finder_(std::make_unique<SymbolFinder>(vocabulary_)),
      has_gaps_(HasGaps(*automaton_)) {
  size_t byte_pieces = 0;
  for (const Vocabulary::Entry& entry : vocabulary_.entries()) {
    has_bytes_ = has_bytes_ || entry.type == Vocabulary::Type::kByte;
    byte_pieces += entry.type == Vocabulary::Type::kPiece && entry.bytes.size() == 1;
  }
  bytes_are_pieces_ = byte_pieces == 256;
  symbols_ = std::make_unique<SymbolTable>(
      *automaton_, normalizer_->HasReplacements() ? Normalization::kNone : rules_.normalization);
}

absl::StatusOr<Tokenizer> Tokenizer::Make(Vocabulary vocabulary, MatchAutomaton automaton,
                                          const TokenizerOptions& options) {
  TextRules rules = vocabulary.rules();
  if (options.normalization.has_value()) rules.normalization = *options.normalization;
  CM_ASSIGN_OR_RETURN(TextNormalizer normalizer, TextNormalizer::Create(rules, vocabulary));
  return Tokenizer(std::move(vocabulary), std::move(automaton), std::move(rules),
                   std::move(normalizer));
}

Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

absl::StatusOr<Tokenizer> Tokenizer::Create(Vocabulary vocabulary,
                                            const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(MatchAutomaton automaton, BuildAutomaton(vocabulary));
  return Make(std::move(vocabulary), std::move(automaton), options);
}

absl::StatusOr<Tokenizer> Tokenizer::Create(const Model& model, const TokenizerOptions& options) {
  CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::FromModel(model));
  return Create(std::move(vocabulary), options);
}

absl::StatusOr<Tokenizer> Tokenizer::Open(const std::string& path,
                                          const TokenizerOptions& options) {
  if (path != kStandardStream) {
    CM_RETURN_IF_ERROR(CheckSha256(path));
    absl::StatusOr<CompiledModel> mapped = MapCompiledModel(path);
    if (mapped.ok()) {
      return Make(std::move(mapped->vocabulary), std::move(mapped->automaton), options);
    }
    if (mapped.status().code() != absl::StatusCode::kFailedPrecondition) return mapped.status();
  }
  CM_ASSIGN_OR_RETURN(std::string content, ReadFileToString(path));
  const std::string_view name = path == kStandardStream ? "<stdin>" : std::string_view(path);
  if (IsCompiledModel(content)) return Parse(content, name, options);
  CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(content, name));
  std::string().swap(content);  // Building the automaton takes the most memory.
  return Create(std::move(vocabulary), options);
}

absl::StatusOr<Tokenizer> Tokenizer::Parse(std::string_view content, std::string_view name,
                                           const TokenizerOptions& options) {
  if (IsCompiledModel(content)) {
    CM_ASSIGN_OR_RETURN(CompiledModel compiled, CopyCompiledModel(content, name));
    return Make(std::move(compiled.vocabulary), std::move(compiled.automaton), options);
  }
  CM_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(content, name));
  return Create(std::move(vocabulary), options);
}

std::string Tokenizer::Compile() const { return SerializeCompiledModel(vocabulary_, *automaton_); }

std::span<const uint16_t> Tokenizer::Symbols(std::string_view text, EncodeScratch* scratch,
                                             std::vector<uint32_t>* out_of_vocabulary) const {
  std::vector<uint16_t>& symbols = scratch->symbols_;
  const auto reserve = [&] {
    if (symbols.size() < text.size()) symbols.resize(std::max(text.size(), 2 * symbols.size()));
  };
  size_t count;
  if (normalizer_->HasReplacements()) {
    normalizer_->Normalize(text, &scratch->normalized_);
    text = scratch->normalized_;
    reserve();
    return {symbols.data(), symbols_->ConvertNormal(text, symbols.data(), out_of_vocabulary)};
  }
  reserve();
  if (!symbols_->Convert(text, symbols.data(), &count, out_of_vocabulary)) {
    // With invalid bytes kept, only ICU's allocations can fail.
    if (!Normalize(text, rules_.normalization, InvalidUtf8::kKeep, &scratch->normalized_).ok()) {
      throw std::bad_alloc();
    }
    text = scratch->normalized_;
    reserve();
    count = symbols_->ConvertNormal(text, symbols.data(), out_of_vocabulary);
  }
  return {symbols.data(), count};
}

void Tokenizer::DropGaps(std::vector<uint32_t>* ids, size_t begin) const {
  if (has_gaps_) {
    ids->erase(std::remove(ids->begin() + static_cast<ptrdiff_t>(begin), ids->end(),
                           MatchAutomaton::kNone),
               ids->end());
  }
}

void Tokenizer::Segment(std::string_view text, std::vector<uint32_t>* ids,
                        EncodeScratch* scratch) const {
  const size_t before = ids->size();
  const std::span<const uint16_t> symbols = Symbols(text, scratch, &scratch->out_of_vocabulary_);
  scratch->segmenter_->Run(*automaton_, symbols, rules_.cut_at_newlines, ids,
                           scratch->out_of_vocabulary_);
  DropGaps(ids, before);
}

void Tokenizer::Encode(std::string_view text, std::vector<uint32_t>* ids,
                       EncodeScratch* scratch) const {
  const size_t before = ids->size();
  Segment(text, ids, scratch);
  JoinUnknown(ids, before);
}

void Tokenizer::EncodeWithSymbols(std::string_view text, std::vector<uint32_t>* ids,
                                  EncodeScratch* scratch) const {
  finder_->Split(
      text, [&](std::string_view run) { Encode(run, ids, scratch); },
      [&](uint32_t id, std::string_view) { ids->push_back(id); });
}

void Tokenizer::JoinUnknown(std::vector<uint32_t>* ids, size_t begin) const {
  if (!JoinsUnknown()) return;
  const uint32_t unknown = *vocabulary_.roles().unknown;
  ids->erase(std::unique(ids->begin() + static_cast<ptrdiff_t>(begin), ids->end(),
                         [&](uint32_t a, uint32_t b) { return a == unknown && b == unknown; }),
             ids->end());
}

absl::StatusOr<std::shared_ptr<const SampleTables>> Tokenizer::PrepareSampling(SampleMethod method,
                                                                               double alpha) const {
  return SampleTables::Create(*automaton_, method, alpha, bytes_are_pieces_);
}

void Tokenizer::Sample(std::string_view text, Sampler* sampler, std::vector<uint32_t>* ids,
                       EncodeScratch* scratch) const {
  const size_t before = ids->size();
  sampler->Run(*automaton_, Symbols(text, scratch), rules_.cut_at_newlines, ids);
  DropGaps(ids, before);
  JoinUnknown(ids, before);
}

std::vector<ScoredSegmentation> Tokenizer::NBest(std::string_view text, size_t n,
                                                 EncodeScratch* scratch) const {
  std::vector<ScoredSegmentation> best =
      FindNBest(*automaton_, Symbols(text, scratch), rules_.cut_at_newlines, n, bytes_are_pieces_);
  for (ScoredSegmentation& segmentation : best) {
    DropGaps(&segmentation.values, 0);
    JoinUnknown(&segmentation.values, 0);
  }
  return best;
}

void Tokenizer::Encode(std::string_view text, std::vector<uint32_t>* ids) const {
  thread_local EncodeScratch scratch;
  Encode(text, ids, &scratch);
}

absl::StatusOr<std::string> Tokenizer::DecodeBytes(std::span<const uint32_t> ids,
                                                   ControlSymbols control_symbols) const {
  const bool keep = control_symbols == ControlSymbols::kKeep;
  std::string bytes;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= vocabulary_.size()) {
      return DataError(absl::StrFormat("id %d at position %d is not in the vocabulary of %d ids",
                                       ids[i], i, vocabulary_.size()));
    }
    bytes += keep ? vocabulary_.SpelledBytes(ids[i]) : vocabulary_.DecodedBytes(ids[i]);
  }
  return bytes;
}

absl::StatusOr<std::string> Tokenizer::DecodeText(std::span<const uint32_t> ids,
                                                  ControlSymbols control_symbols) const {
  CM_ASSIGN_OR_RETURN(const std::string bytes, DecodeBytes(ids, control_symbols));
  return DropInvalidUtf8(bytes);
}

}  // namespace corpusmill
