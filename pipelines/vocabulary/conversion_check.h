#ifndef CORPUSMILL_PIPELINES_VOCABULARY_CONVERSION_CHECK_H_
#define CORPUSMILL_PIPELINES_VOCABULARY_CONVERSION_CHECK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "corpus/base/context.h"
#include "corpus/records/documents.h"
#include "corpus/records/inputs.h"

namespace corpusmill {

/// The source's id of each id of the target; empty: the same ids.
using SourceIds = std::vector<std::optional<uint32_t>>;

/// The differences between the ids of a converted model (target) and of its source.
struct ConversionCheck {
  /// Causes of a document's first difference.
  static constexpr std::string_view kText = "the text was normalized differently";
  static constexpr std::string_view kCharacter = "a character that is no piece";
  static constexpr std::string_view kRounding = "segmentations of almost equal probability";
  static constexpr std::string_view kSymbol = "a symbol's name in the text";
  static constexpr std::string_view kOther = "another segmentation";

  DocumentCounts documents;
  uint64_t not_utf8 = 0;             ///< Documents skipped: the target requires UTF-8.
  uint64_t differing_documents = 0;  ///< Compared documents with different ids.
  uint64_t tokens = 0;               ///< Tokens of the source.
  uint64_t differing_tokens = 0;     ///< Source tokens that the target lacks at that position.
  std::map<std::string_view, uint64_t> causes;  ///< Sums up to differing_documents.
  /// A few differences, for people: `document 7: "a|b" became "ab"`.
  std::vector<std::string> examples;
};

/// Encodes every document with both models and compares the ids. Each model is encoded as by its
/// own library; a BytePiece model is encoded by Tokenizer. If ids change, `source_ids` is
/// ConvertedModel::source_ids.
///
///   CM_ASSIGN_OR_RETURN(ConversionCheck check,
///                       CheckConversion(inputs, {}, wiki_model, tokenizer_json, context));
absl::StatusOr<ConversionCheck> CheckConversion(const std::vector<InputFile>& inputs,
                                                const DocumentOptions& options,
                                                std::string_view source_model,
                                                std::string_view target_model, Context& context,
                                                const SourceIds& source_ids = {});

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_VOCABULARY_CONVERSION_CHECK_H_
