#include "pipelines/vocabulary/conversion_check.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "corpus/text/json.h"
#include "corpus/text/unicode.h"
#include "tokenizer/encode/tokenizer.h"
#include "tokenizer/formats/conversion.h"
#include "tokenizer/formats/reference_encoder.h"

namespace corpusmill {
namespace {

/// Covers the ids, the search and the decoded text of two encoders.
constexpr uint64_t kMemoryPerTextByte = 32;

using Ids = std::vector<uint32_t>;
using Type = Vocabulary::Type;

/// Encodes with the source model; BytePiece models by Tokenizer, the baseline of a conversion.
class SourceEncoder {
 public:
  static absl::StatusOr<SourceEncoder> Create(std::string_view model) {
    SourceEncoder encoder;
    const ModelFormat format = DetectModelFormat(model);
    if (format == ModelFormat::kBytePiece || format == ModelFormat::kCorpusmill) {
      CM_ASSIGN_OR_RETURN(encoder.tokenizer_, Tokenizer::Parse(model, "source"));
    } else {
      CM_ASSIGN_OR_RETURN(encoder.reference_, ReferenceEncoder::Create(model, "source"));
    }
    return encoder;
  }

  void Encode(std::string_view text, Ids* ids) const {
    ids->clear();
    if (tokenizer_.has_value()) return tokenizer_->Encode(text, ids);
    reference_->Encode(text, ids);
  }

  const Vocabulary& vocabulary() const {
    return tokenizer_.has_value() ? tokenizer_->vocabulary() : reference_->vocabulary();
  }

 private:
  SourceEncoder() = default;
  std::optional<Tokenizer> tokenizer_;
  std::optional<ReferenceEncoder> reference_;
};

/// One side's ids and the offsets of its tokens in the decoded text. `own_ids` are ids of the
/// vocabulary, `ids` the same tokens as ids of the source.
struct Side {
  const Vocabulary& vocabulary;
  const Ids& own_ids;
  const Ids& ids;
  std::vector<size_t> begins = {};
  std::string text = {};

  void Decode() {
    for (const uint32_t id : own_ids) {
      begins.push_back(text.size());
      text += vocabulary.DecodedBytes(id);
    }
    begins.push_back(text.size());
  }

  bool HasType(size_t begin, size_t end, Type type) const {
    return std::any_of(own_ids.begin() + begin, own_ids.begin() + end,
                       [&](uint32_t id) { return vocabulary[id].type == type; });
  }

  std::string Shown(size_t begin, size_t end) const {
    std::string pieces;
    for (size_t i = begin; i < std::min(end, begin + 8); ++i) {
      if (i > begin) pieces += '|';
      pieces += vocabulary[own_ids[i]].bytes;
    }
    if (end > begin + 8) pieces += "|…";
    std::string quoted;
    AppendJsonString(pieces, &quoted);
    return quoted;
  }
};

/// Compares the ids of one document.
class Comparison {
 public:
  Comparison(const Vocabulary& source, const Ids& source_ids, const Vocabulary& target,
             const Ids& own_target_ids, const Ids& target_ids)
      : a_{source, source_ids, source_ids}, b_{target, own_target_ids, target_ids} {
    a_.Decode();
    b_.Decode();
    const auto [first_a, first_b] =
        std::mismatch(a_.ids.begin(), a_.ids.end(), b_.ids.begin(), b_.ids.end());
    begin_ = static_cast<size_t>(first_a - a_.ids.begin());
    end_a_ = std::min(begin_ + 1, a_.ids.size());
    end_b_ = std::min(begin_ + 1, b_.ids.size());
    // Advances both sides to a common boundary, or to the end of a text.
    while (a_.begins[end_a_] != b_.begins[end_b_]) {
      const bool a_is_behind = a_.begins[end_a_] < b_.begins[end_b_];
      if (a_is_behind ? end_a_ == a_.ids.size() : end_b_ == b_.ids.size()) break;
      ++(a_is_behind ? end_a_ : end_b_);
    }
  }

  /// Counts source tokens that the target lacks at the same position.
  uint64_t DifferingTokens() const {
    if (a_.text != b_.text) {
      // After the first difference, only positions counted from the end can be compared.
      size_t same = 0;
      while (same < a_.ids.size() - begin_ && same < b_.ids.size() - begin_ &&
             a_.ids[a_.ids.size() - 1 - same] == b_.ids[b_.ids.size() - 1 - same]) {
        ++same;
      }
      return a_.ids.size() - begin_ - same;
    }
    uint64_t differing = 0;
    for (size_t i = begin_, j = begin_; i < a_.ids.size(); ++i) {
      while (j < b_.ids.size() && b_.begins[j] < a_.begins[i]) ++j;
      const bool same = j < b_.ids.size() && b_.begins[j] == a_.begins[i] && b_.ids[j] == a_.ids[i];
      differing += !same;
    }
    return differing;
  }

  std::string_view Cause() const {
    const std::string_view text_a = PartOf(a_, end_a_), text_b = PartOf(b_, end_b_);
    if (b_.HasType(begin_, end_b_, Type::kControl) ||
        b_.HasType(begin_, end_b_, Type::kUserDefined)) {
      return ConversionCheck::kSymbol;
    }
    if (text_a != text_b) return ConversionCheck::kText;
    if (b_.HasType(begin_, end_b_, Type::kByte) || b_.HasType(begin_, end_b_, Type::kUnknown)) {
      return ConversionCheck::kCharacter;
    }
    // Uses the source's scores, which the target shares.
    double difference = 0;
    for (size_t i = begin_; i < end_a_; ++i) difference += a_.vocabulary[a_.ids[i]].score;
    for (size_t i = begin_; i < end_b_; ++i) {
      if (b_.ids[i] >= a_.vocabulary.size()) return ConversionCheck::kOther;
      difference -= a_.vocabulary[b_.ids[i]].score;
    }
    constexpr double kRoundingNats = 0.05;
    return std::abs(difference) < kRoundingNats ? ConversionCheck::kRounding
                                                : ConversionCheck::kOther;
  }

  std::string Example() const {
    return a_.Shown(begin_, end_a_) + " became " + b_.Shown(begin_, end_b_);
  }

 private:
  std::string_view PartOf(const Side& side, size_t end) const {
    return std::string_view(side.text).substr(
        side.begins[std::min(begin_, side.ids.size())],
        side.begins[end] - side.begins[std::min(begin_, end)]);
  }

  Side a_, b_;
  /// The first difference: ids [begin, end) of each.
  size_t begin_ = 0, end_a_ = 0, end_b_ = 0;
};

/// The comparison of one document.
struct DocumentCheck {
  bool not_utf8 = false;
  uint64_t tokens = 0;
  uint64_t differing_tokens = 0;
  std::string_view cause;  ///< Empty if the ids are the same.
  std::string example;
};

DocumentCheck CheckDocument(std::string_view text, bool only_utf8, const SourceEncoder& source,
                            const ReferenceEncoder& target, const SourceIds& map) {
  DocumentCheck check;
  check.not_utf8 = only_utf8 && !IsValidUtf8(text);
  if (check.not_utf8) return check;
  Ids source_ids, own_target_ids;
  source.Encode(text, &source_ids);
  target.Encode(text, &own_target_ids);
  Ids target_ids = own_target_ids;
  for (uint32_t& id : target_ids) {
    if (!map.empty()) id = map[id].value_or(UINT32_MAX);
  }
  check.tokens = source_ids.size();
  if (source_ids == target_ids) return check;
  const Comparison comparison(source.vocabulary(), source_ids, target.vocabulary(), own_target_ids,
                              target_ids);
  check.differing_tokens = comparison.DifferingTokens();
  check.cause = comparison.Cause();
  check.example = comparison.Example();
  return check;
}

void AddDocument(uint64_t number, const DocumentCheck& document, ConversionCheck* check) {
  constexpr size_t kMaxExamples = 5;
  check->not_utf8 += document.not_utf8 ? 1 : 0;
  check->tokens += document.tokens;
  if (document.cause.empty()) return;
  ++check->differing_documents;
  check->differing_tokens += document.differing_tokens;
  ++check->causes[document.cause];
  if (check->examples.size() < kMaxExamples) {
    check->examples.push_back(absl::StrFormat("document %d: %s", number, document.example));
  }
}

}  // namespace

absl::StatusOr<ConversionCheck> CheckConversion(const std::vector<InputFile>& inputs,
                                                const DocumentOptions& options,
                                                std::string_view source_model,
                                                std::string_view target_model, Context& context,
                                                const SourceIds& source_ids) {
  CM_ASSIGN_OR_RETURN(const SourceEncoder source, SourceEncoder::Create(source_model));
  CM_ASSIGN_OR_RETURN(const ReferenceEncoder target,
                      ReferenceEncoder::Create(target_model, "target"));
  const bool only_utf8 = target.format() == ModelFormat::kHuggingFace;
  const DocumentRunOptions run = {
      .phase = "comparing",
      .documents = options,
      .batches = {
          .keep_empty = true, .cut_at_lines = false, .memory_per_text_byte = kMemoryPerTextByte}};
  ConversionCheck check;
  uint64_t number = 0;
  CM_ASSIGN_OR_RETURN(
      const DocumentReport read,
      RunDocuments<std::vector<DocumentCheck>>(
          inputs, run, context,
          [&](const DocumentBatch& batch, std::vector<DocumentCheck>& checks) {
            for (size_t i = 0; i < batch.size(); ++i) {
              checks.push_back(CheckDocument(batch.text(i), only_utf8, source, target, source_ids));
            }
            return absl::OkStatus();
          },
          [&](const DocumentBatch&, std::vector<DocumentCheck>& checks) {
            for (DocumentCheck& document : checks) AddDocument(++number, document, &check);
            return absl::OkStatus();
          }));
  check.documents = read.documents;
  return check;
}

}  // namespace corpusmill
