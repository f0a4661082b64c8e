#ifndef CORPUSMILL_PIPELINES_SHARDS_SHARD_FORMAT_H_
#define CORPUSMILL_PIPELINES_SHARDS_SHARD_FORMAT_H_

#include <cstdint>
#include <string_view>

#include "corpus/base/element_type.h"

/// Names and types in a shard; docs/formats/shards.md defines them.
namespace corpusmill {

inline constexpr std::string_view kInputIds = "input_ids";
inline constexpr std::string_view kSegmentRecord = "segment_record";
inline constexpr std::string_view kSegmentInput = "segment_input";
inline constexpr std::string_view kCuSeqlens = "cu_seqlens";
inline constexpr std::string_view kRowSegments = "row_segments";
inline constexpr std::string_view kRowTokens = "row_tokens";
inline constexpr std::string_view kLastLabels = "last_labels";
/// A padding tensor that aligns the next tensor to 8 bytes; written only where needed.
inline constexpr std::string_view kAlign = "_align";
inline constexpr uint64_t kAlignBytes = 8;

inline constexpr std::string_view kMetaFormat = "format";
inline constexpr std::string_view kMetaVersion = "version";
inline constexpr std::string_view kMetaObjective = "objective";
inline constexpr std::string_view kMetaSeqLen = "seq_len";
inline constexpr std::string_view kMetaVocabSize = "vocab_size";
inline constexpr std::string_view kMetaTokenizer = "tokenizer_xxh3_128";
inline constexpr std::string_view kShardFormat = "corpusmill.shard";
inline constexpr std::string_view kShardVersion = "1";

/// The objectives.
inline constexpr std::string_view kObjectiveClm = "clm";

/// Maximum of rows · seq_len in a shard, since cu_seqlens is i32.
inline constexpr uint64_t kMaxShardTokens = uint64_t{1} << 30;
inline constexpr uint64_t kMaxSeqLen = uint64_t{1} << 20;

/// Values of segment_input and segment_record for padding.
inline constexpr int32_t kPaddingInput = -1;
inline constexpr int64_t kPaddingRecord = -1;

/// The value of input_ids in padding. A constant of the format, independent of the vocabulary's
/// padding symbol: row_tokens gives the start of the padding.
inline constexpr uint32_t kPaddingId = 0;

/// Ids of vocabularies up to this size are stored as u16. Token files use
/// kTokenFileU16VocabularyLimit, the limit of Megatron-LM's reader.
inline constexpr uint64_t kShardU16VocabularyLimit = uint64_t{1} << 16;

/// Returns the narrowest type for the ids of a vocabulary.
inline ElementType ShardIdType(uint64_t vocab_size) {
  return vocab_size <= kShardU16VocabularyLimit ? ElementType::kU16 : ElementType::kU32;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_SHARD_FORMAT_H_
