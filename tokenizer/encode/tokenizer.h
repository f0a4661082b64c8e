#ifndef CORPUSMILL_TOKENIZER_ENCODE_TOKENIZER_H_
#define CORPUSMILL_TOKENIZER_ENCODE_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/text/unicode.h"
#include "tokenizer/model/model.h"
#include "tokenizer/model/symbol_finder.h"
#include "tokenizer/model/vocabulary.h"
#include "tokenizer/search/nbest.h"
#include "tokenizer/search/sampler.h"

namespace corpusmill {

class MatchAutomaton;
class Segmenter;
class SymbolTable;
class TextNormalizer;

struct TokenizerOptions {
  /// Overrides the vocabulary's normalization, which is NFC for BytePiece models. With kNone,
  /// decoding returns exactly the encoded bytes.
  std::optional<Normalization> normalization;
};

/// What decoding does with control symbols, such as <eos>.
enum class ControlSymbols {
  kDrop,  ///< They decode to nothing.
  kKeep,  ///< They decode to their names.
};

/// The source of a token: bytes [begin, end) of the original text.
struct TokenSpan {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool operator==(const TokenSpan&) const = default;
};

/// Reusable buffers for Encode. Use one per thread.
class EncodeScratch {
 public:
  EncodeScratch();
  ~EncodeScratch();
  EncodeScratch(EncodeScratch&&) noexcept;
  EncodeScratch& operator=(EncodeScratch&&) noexcept;

 private:
  friend class Tokenizer;
  std::unique_ptr<Segmenter> segmenter_;
  std::string normalized_;
  std::vector<uint16_t> symbols_;
  std::vector<uint32_t> out_of_vocabulary_;
};

/// Encodes text to the ids of its most probable segmentation under a Unigram model, and decodes
/// ids.
///
///   CM_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::Create(std::move(model)));
///   std::vector<uint32_t> ids;
///   tokenizer.Encode("Hello, world", &ids);
///
/// Ids equal those of BytePiece 0.6.3 with the C library's logarithm, ties included. Text is
/// normalised and cut into lines, each with the newlines after it. Each line is segmented
/// separately by a Viterbi search in double precision. Time is linear in the text, however long the
/// lines. Memory is a few bytes per byte of the longest stretch without a boundary that every
/// segmentation has: tens of bytes in ordinary text, all of a run of one repeated character.
///
/// Invalid UTF-8 is encoded byte by byte. Immutable, hence thread-safe. Movable.
class Tokenizer {
 public:
  /// kResourceExhausted as MatchAutomaton::Build; kDataLoss if the charsmap is malformed.
  static absl::StatusOr<Tokenizer> Create(Vocabulary vocabulary,
                                          const TokenizerOptions& options = {});
  static absl::StatusOr<Tokenizer> Create(const Model& model, const TokenizerOptions& options = {});

  /// Opens a model file of any format, detected from its content. It may be compressed. Memory-maps
  /// an uncompressed compiled model (.cmtok).
  static absl::StatusOr<Tokenizer> Open(const std::string& path,
                                        const TokenizerOptions& options = {});

  /// As Open, of a file's content; `name` appears in messages.
  static absl::StatusOr<Tokenizer> Parse(std::string_view content, std::string_view name,
                                         const TokenizerOptions& options = {});

  /// Returns the content of a compiled model file, which contains the vocabulary and opens in
  /// milliseconds. Options are not stored.
  std::string Compile() const;

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Text may be encoded in parts: if `a` ends with "\n" and `b` does not begin with it, the ids of
  /// a + b are the ids of a followed by those of b.
  ///
  /// Appends the ids of `text`; never kPadId, kBosId or kEosId. The scratch must not be in use by
  /// another call. It may be used with several tokenizers.
  void Encode(std::string_view text, std::vector<uint32_t>* ids, EncodeScratch* scratch) const;

  /// The same with a thread-local scratch.
  void Encode(std::string_view text, std::vector<uint32_t>* ids) const;

  /// Prepares tables for Sample, which any number of samplers may share. Errors as
  /// SampleTables::Create.
  absl::StatusOr<std::shared_ptr<const SampleTables>> PrepareSampling(SampleMethod method,
                                                                      double alpha) const;

  /// Draws a segmentation of a text of the sampler's record and appends its ids. A record may be
  /// given in parts, as to Encode.
  ///
  ///   CM_ASSIGN_OR_RETURN(auto tables, tokenizer.PrepareSampling(SampleMethod::kExact, 0.2));
  ///   Sampler sampler(tables, RandomKey("seed"));   // one per thread
  ///   sampler.BeginRecord(input, record);
  ///   tokenizer.Sample(text, &sampler, &ids, &scratch);
  void Sample(std::string_view text, Sampler* sampler, std::vector<uint32_t>* ids,
              EncodeScratch* scratch) const;

  /// Finds the names of control and user-defined symbols, which Encode never matches.
  ///
  ///   tokenizer.symbols().Split(text, [&](auto run) { tokenizer.Encode(run, &ids, &scratch); },
  ///                             [&](uint32_t id, auto) { ids.push_back(id); });
  const SymbolFinder& symbols() const { return *finder_; }

  /// As Encode, but the names of symbols in the text become these symbols.
  void EncodeWithSymbols(std::string_view text, std::vector<uint32_t>* ids,
                         EncodeScratch* scratch) const;

  /// True if text may be cut at lines and its parts encoded separately, with or without symbols.
  bool CutsAtLines(bool match_symbols) const {
    return rules_.cut_at_newlines && !(match_symbols && finder_->CrossesLines());
  }

  /// Returns the ids of the n most probable segmentations, best first; the first equals Encode's.
  /// See FindNBest.
  std::vector<ScoredSegmentation> NBest(std::string_view text, size_t n,
                                        EncodeScratch* scratch) const;

  /// As Encode, and appends a span in the original text, before normalisation, for each id. Spans
  /// cover the text without gaps or overlaps. If normalisation turned one stretch of text into
  /// several tokens, the last token has the whole span and the others are empty.
  void EncodeWithOffsets(std::string_view text, std::vector<uint32_t>* ids,
                         std::vector<TokenSpan>* spans, EncodeScratch* scratch) const;

  /// The same with the ids of EncodeWithSymbols. A symbol has the span of its name.
  void EncodeSymbolsWithOffsets(std::string_view text, std::vector<uint32_t>* ids,
                                std::vector<TokenSpan>* spans, EncodeScratch* scratch) const;

  /// Concatenates the bytes of the pieces, and the names of control symbols if they are kept.
  /// kDataLoss, with the id and its position, if an id is not in the vocabulary.
  absl::StatusOr<std::string> DecodeBytes(
      std::span<const uint32_t> ids, ControlSymbols control_symbols = ControlSymbols::kDrop) const;

  /// As DecodeBytes, without invalid UTF-8.
  absl::StatusOr<std::string> DecodeText(
      std::span<const uint32_t> ids, ControlSymbols control_symbols = ControlSymbols::kDrop) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// The vocabulary's rules, with the options applied.
  const TextRules& rules() const { return rules_; }
  uint32_t vocab_size() const { return vocabulary_.size(); }

 private:
  static absl::StatusOr<Tokenizer> Make(Vocabulary vocabulary, MatchAutomaton automaton,
                                        const TokenizerOptions& options);
  Tokenizer(Vocabulary vocabulary, MatchAutomaton automaton, TextRules rules,
            TextNormalizer normalizer);

  /// Normalises a text and converts it to symbols, in the scratch.
  std::span<const uint16_t> Symbols(std::string_view text, EncodeScratch* scratch,
                                    std::vector<uint32_t>* out_of_vocabulary = nullptr) const;
  /// As Encode, without JoinUnknown: each unknown character has its own ids.
  void Segment(std::string_view text, std::vector<uint32_t>* ids, EncodeScratch* scratch) const;
  /// Removes entries without an id from ids[begin, …).
  void DropGaps(std::vector<uint32_t>* ids, size_t begin) const;
  /// True if a run of unknown characters becomes one id, as in SentencePiece without byte fallback.
  bool JoinsUnknown() const { return vocabulary_.roles().unknown.has_value() && !has_bytes_; }
  void JoinUnknown(std::vector<uint32_t>* ids, size_t begin) const;

  Vocabulary vocabulary_;
  TextRules rules_;
  std::unique_ptr<TextNormalizer> normalizer_;
  std::unique_ptr<MatchAutomaton> automaton_;
  std::unique_ptr<SymbolTable> symbols_;
  std::unique_ptr<SymbolFinder> finder_;
  bool has_gaps_;           ///< Some bytes of unknown characters have no id.
  bool bytes_are_pieces_;   ///< All 256.
  bool has_bytes_ = false;  ///< Unknown characters are encoded as bytes (byte fallback).
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_TOKENIZER_H_
