#ifndef CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_H_
#define CORPUSMILL_TOKENIZER_SEARCH_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/random.h"
#include "tokenizer/search/match_automaton.h"
#include "tokenizer/search/path_search.h"

namespace corpusmill {

enum class SampleMethod {
  /// A segmentation with probability ∝ Π p(piece)^alpha: exactly, by sums over all
  /// paths forward and one draw for each piece backward.
  kExact,
  /// The rule of kexue.fm/archives/9811 and BytePiece before 0.5: at each position,
  /// pieces from the longest on; each next one takes the place of the one before with
  /// probability σ(alpha·(its path's score - that path's score)). Biased by
  /// construction: of three equal paths they are ¼, ¼ and ½.
  kViterbi,
};

/// What the scores of an automaton's pieces become for one alpha, for any number of
/// samplers.
///
///   CM_ASSIGN_OR_RETURN(auto tables, SampleTables::Create(automaton, SampleMethod::kExact, 0.2));
///   Sampler sampler(tables, RandomKey("my seed"));
///   sampler.BeginRecord(input, record);
///   sampler.Run(automaton, symbols, true, &values);
///
/// Where bytes are pieces, every character of several bytes can also be taken by theirs;
/// otherwise only one that is no piece itself.
///
/// alpha is at least 0: 0 makes all segmentations equally likely in kExact, large
/// values approach the most probable one. Immutable, hence thread-safe.
class SampleTables {
 public:
  /// kInvalidArgument when alpha is negative, not finite, or for kExact so large that
  /// p^alpha of a piece gets lost in a double.
  static absl::StatusOr<std::shared_ptr<const SampleTables>> Create(const MatchAutomaton& automaton,
                                                                    SampleMethod method,
                                                                    double alpha,
                                                                    bool bytes_are_pieces = true);

  /// The other way to take the character of a code, by the pieces of its bytes; of
  /// size 0 for what is one byte.
  const MatchAutomaton::Spelling& spelling(uint16_t code) const { return spellings_[code]; }

 private:
  friend class Sampler;

  /// The pieces of a row of up to kQuick symbols: the one of length l at [kQuick - l], its
  /// weight p^alpha for kExact, 0 where there is none; for kViterbi its score.
  struct alignas(64) State {
    double of[MatchAutomaton::kQuick];
  };
  /// The same for the longest piece of a row, if it is longer; and the row of the next one,
  /// kNone if that is not.
  struct LongPiece {
    double of;
    uint32_t length;
    uint32_t next;
  };

  void AddState(const MatchAutomaton& automaton, uint32_t state);
  double Of(double score) const;

  SampleMethod method_;
  double alpha_;
  double least_sum_ = 0;          ///< Sums are brought back to 1 when they get below.
  std::vector<State> states_;     ///< By row, as what follows.
  std::vector<uint8_t> lengths_;  ///< Bit k is set where of[k] is a piece.
  std::vector<LongPiece> longs_;  ///< Of the automaton's long_states().
  std::vector<MatchAutomaton::Spelling> spellings_;  ///< By code.
  std::vector<double> spelled_weights_;  ///< By code, 0 where there is no other way: kExact.
  std::vector<double> spelled_scores_;   ///< The same as scores, -∞ where not: kViterbi.
};

/// Draws segmentations. A draw is a function of the seed, the text's identity and the
/// position in it, so that results do not depend on threads or batches. Not
/// thread-safe.
class Sampler {
 public:
  Sampler(std::shared_ptr<const SampleTables> tables, const RandomKey& key);
  ~Sampler();
  Sampler(Sampler&&) noexcept;

  /// What comes next is the record of this identity, from a place in it that stands for
  /// the draws before it: they are others than from any other place.
  void BeginRecord(uint64_t input, uint64_t record, uint64_t position = 0);

  /// Appends the values of a segmentation, as PathSearch::Run. The next call goes on
  /// with the record.
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
