#ifndef CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "corpus/base/random.h"
#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/path_search.h"

namespace corpusmill {

enum class SampleMethod {
  /// Draws a segmentation with probability ∝ Π p(piece)^alpha, exactly: sums over all paths
  /// forward, then one draw per piece backward (forward filtering, backward sampling).
  kExact,
  /// The rule of kexue.fm/archives/9811 and BytePiece before 0.5. At each position it considers
  /// pieces from the longest on. A piece replaces the current choice with probability σ(alpha·(its
  /// path's score - the chosen path's score)). Biased by construction: three equal paths have the
  /// probabilities ¼, ¼ and ½.
  kViterbi,
};

/// The weights of an automaton's pieces for one alpha. Any number of samplers may share them.
///
///   CM_ASSIGN_OR_RETURN(auto tables, SampleTables::Create(automaton, SampleMethod::kExact, 0.2));
///   Sampler sampler(tables, RandomKey("my seed"));
///   sampler.BeginRecord(input, record);
///   sampler.Run(automaton, symbols, true, &values);
///
/// With bytes_are_pieces, every character of several bytes may also be spelled by the pieces of its
/// bytes; otherwise only a character that is not a piece.
///
/// alpha ≥ 0. In kExact, 0 makes all segmentations equally likely. Large values approach the most
/// probable segmentation. Immutable, hence thread-safe.
class SampleTables {
 public:
  /// kInvalidArgument if alpha is negative or not finite, or if kExact cannot represent p^alpha of
  /// a piece as a double.
  static absl::StatusOr<std::shared_ptr<const SampleTables>> Create(const MatchAutomaton& automaton,
                                                                    SampleMethod method,
                                                                    double alpha,
                                                                    bool bytes_are_pieces = true);

  /// The alternative spelling of the character of a code by the pieces of its bytes; size 0 if it
  /// has none.
  const MatchAutomaton::Spelling& spelling(uint16_t code) const { return spellings_[code]; }

 private:
  friend class Sampler;

  /// The pieces of up to kQuick symbols of a match state; the piece of l symbols is at [kQuick -
  /// l]. For kExact its weight p^alpha, or 0 if there is none; for kViterbi its score, or -∞.
  struct alignas(64) State {
    double of[MatchAutomaton::kQuick];
  };
  /// The same for the longest piece of a match state, if it has more than kQuick symbols, and the
  /// state of the next shorter piece; kNone if that has at most kQuick.
  struct LongPiece {
    double of;
    uint32_t length;
    uint32_t next;
  };

  /// Fills the tables of characters that are spelled in bytes. Returns the least score of a piece
  /// or a spelling.
  double AddSpellings(const MatchAutomaton& automaton, bool bytes_are_pieces);
  /// kInvalidArgument if alpha is too large for a piece of the least score.
  absl::Status SetLeastSum(double least_score);
  void AddState(const MatchAutomaton& automaton, uint32_t state);
  double Of(double score) const;

  SampleMethod method_;
  double alpha_;
  double least_sum_ = 0;          ///< Sums below this are rescaled to about 1.
  std::vector<State> states_;     ///< By match state.
  std::vector<uint8_t> lengths_;  ///< By match state: bit k is set if of[k] is a piece.
  std::vector<LongPiece> longs_;  ///< Of the automaton's long_states().
  std::vector<MatchAutomaton::Spelling> spellings_;  ///< By code.
  std::vector<double> spelled_weights_;  ///< kExact: by code, 0 without an alternative spelling.
  std::vector<double> spelled_scores_;   ///< kViterbi: by code, -∞ without one.
};

/// Draws segmentations. A draw is a function of the seed, the text's identity and the position, so
/// results do not depend on threads or batches. Not thread-safe.
class Sampler {
 public:
  Sampler(std::shared_ptr<const SampleTables> tables, const RandomKey& key);
  ~Sampler();
  Sampler(Sampler&&) noexcept;

  /// Starts the record with this identity at `position`, a place in the record. Every place has its
  /// own draws.
  void BeginRecord(uint64_t input, uint64_t record, uint64_t position = 0);

  /// Appends the values of a segmentation, as PathSearch::Run. The next call continues the record.
  void Run(const MatchAutomaton& automaton, std::span<const uint16_t> symbols, bool cut_at_newlines,
           std::vector<uint32_t>* values);

 private:
  class Drawing;
  class Exact;
  class Viterbi;
  static std::unique_ptr<Drawing> NewExact(std::shared_ptr<const SampleTables> tables,
                                           const RandomKey& key);
  static std::unique_ptr<Drawing> NewViterbi(std::shared_ptr<const SampleTables> tables,
                                             const RandomKey& key);
  std::unique_ptr<Drawing> search_;
};

}  // namespace corpusmill

#endif  // CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_H_
