#ifndef CORPUSMILL_TOKENIZER_ENCODE_TOKENIZER_H_
#define CORPUSMILL_TOKENIZER_ENCODE_TOKENIZER_H_

#include <cstdint>
#include <functional>
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
  /// In place of the vocabulary's own rule, which for BytePiece models is NFC. With
  /// kNone decoding gives back exactly the bytes that were encoded.
  std::optional<Normalization> normalization;
};

/// Where a token's text is: bytes [begin, end) of the text that was encoded.
struct TokenSpan {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool operator==(const TokenSpan&) const = default;
};

/// Buffers that Encode reuses from text to text, one per thread.
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

/// Text to ids and back by the most probable segmentation into pieces of a
/// Unigram model.
///
///   CM_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::Create(std::move(model)));
///   std::vector<uint32_t> ids;
///   tokenizer.Encode("Hello, world", &ids);
///
/// Ids are those of BytePiece 0.6.3 with the C library's logarithm, id for id,
/// ties included: text is normalised, cut into lines (each with the newlines
/// after it), and every line is segmented by itself by a Viterbi search in
/// double precision. Time is linear in the text, however long its lines; memory
/// too, a few bytes per byte of the longest stretch without a sure cut (tens of
/// bytes in text, all of it in a run of one repeated character).
///
/// Bytes that are not UTF-8 are encoded as they are. Immutable, hence
/// thread-safe. Movable.
class Tokenizer {
 public:
  /// kResourceExhausted when the pieces make a trie of more than 2^31 nodes.
  static absl::StatusOr<Tokenizer> Create(Vocabulary vocabulary,
                                          const TokenizerOptions& options = {});
  static absl::StatusOr<Tokenizer> Create(const Model& model, const TokenizerOptions& options = {});

  /// Reads a model file of any kind, known by its content; it may be compressed. A
  /// compiled model that is not is mapped.
  static absl::StatusOr<Tokenizer> Open(const std::string& path,
                                        const TokenizerOptions& options = {});

  /// Open of a file's content; `name` is for messages.
  static absl::StatusOr<Tokenizer> Parse(std::string_view content, std::string_view name,
                                         const TokenizerOptions& options = {});

  /// The content of a compiled model file: the vocabulary with everything that it has,
  /// to be opened in milliseconds. Options are not part of it.
  std::string Compile() const;

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Text may be encoded in pieces: if `a` ends with "\n" and `b` does not begin
  /// with it, the ids of a + b are those of a and those of b.
  ///
  /// Appends the ids of `text`; never kPadId, kBosId or kEosId. The scratch must
  /// not be in use by another call; it may move between tokenizers.
  void Encode(std::string_view text, std::vector<uint32_t>* ids, EncodeScratch* scratch) const;

  /// The same with a scratch of the calling thread.
  void Encode(std::string_view text, std::vector<uint32_t>* ids) const;

  /// For sampling with Sample, by any number of samplers. kInvalidArgument as
  /// SampleTables::Create says.
  absl::StatusOr<std::shared_ptr<const SampleTables>> PrepareSampling(SampleMethod method,
                                                                      double alpha) const;

  /// Appends the ids of a segmentation that is drawn, of a text that belongs to the
  /// sampler's record. A record may be given in pieces, as to Encode.
  ///
  ///   CM_ASSIGN_OR_RETURN(auto tables, tokenizer.PrepareSampling(SampleMethod::kExact, 0.2));
  ///   Sampler sampler(tables, RandomKey("seed"));   // one per thread
  ///   sampler.BeginRecord(input, record);
  ///   tokenizer.Sample(text, &sampler, &ids, &scratch);
  void Sample(std::string_view text, Sampler* sampler, std::vector<uint32_t>* ids,
              EncodeScratch* scratch) const;

  /// Splits text at the names of control and user-defined symbols, so that these can be
  /// found in it, which Encode never does: from left to right, the longest at each place.
  ///
  ///   tokenizer.ForEachSymbol(text, [&](auto part) { tokenizer.Encode(part, &ids); },
  ///                           [&](uint32_t id) { ids.push_back(id); });
  void ForEachSymbol(std::string_view text, const std::function<void(std::string_view)>& between,
                     const std::function<void(uint32_t id)>& symbol) const {
    finder_->Split(text, between, symbol);
  }

  /// The n most probable segmentations as ids, the best first, which is Encode's; see
  /// FindNBest.
  std::vector<ScoredSegmentation> NBest(std::string_view text, size_t n,
                                        EncodeScratch* scratch) const;

  /// Encode that also appends a span for each id, in the text as it was given, before
  /// any normalisation. Spans leave no gap and do not overlap: each begins where the
  /// one before ends, the first at 0, the last ends with the text. Where normalisation
  /// made several tokens of one stretch of the text, the last of them has all of it and
  /// the others are empty.
  void EncodeWithOffsets(std::string_view text, std::vector<uint32_t>* ids,
                         std::vector<TokenSpan>* spans, EncodeScratch* scratch) const;

  /// The bytes of the pieces, one after the other; pad, bos and eos are nothing.
  /// kDataLoss, naming the id and its position, when one is not in the vocabulary.
  absl::StatusOr<std::string> DecodeBytes(std::span<const uint32_t> ids) const;

  /// As DecodeBytes, without the bytes that are not UTF-8.
  absl::StatusOr<std::string> DecodeText(std::span<const uint32_t> ids) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// The vocabulary's rules, as the options changed them.
  const TextRules& rules() const { return rules_; }
  uint32_t vocab_size() const { return vocabulary_.size(); }

 private:
  static absl::StatusOr<Tokenizer> Make(Vocabulary vocabulary, MatchAutomaton automaton,
                                        const TokenizerOptions& options);
  Tokenizer(Vocabulary vocabulary, MatchAutomaton automaton, TextRules rules,
            TextNormalizer normalizer);

  /// The symbols of a text under the rules, in the scratch.
  std::span<const uint16_t> Symbols(std::string_view text, EncodeScratch* scratch,
                                    std::vector<uint32_t>* out_of_vocabulary = nullptr) const;
  /// Encode but for JoinUnknown: each unknown character has its ids.
  void Segment(std::string_view text, std::vector<uint32_t>* ids, EncodeScratch* scratch) const;
  /// Removes from ids[begin, …) what has no id.
  void DropGaps(std::vector<uint32_t>* ids, size_t begin) const;
  /// A run of unknown characters is one id, as in SentencePiece, where they are not bytes.
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
  bool has_bytes_ = false;  ///< Unknown characters are given as bytes.
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_ENCODE_TOKENIZER_H_
