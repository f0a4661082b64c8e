#ifndef CORPUSMILL_PIPELINES_SHARDS_MANIFEST_H_
#define CORPUSMILL_PIPELINES_SHARDS_MANIFEST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipelines/shards/shard_container.h"

/// `manifest.json` of a folder of shards; docs/formats/shards.md has every member.
namespace corpusmill {

inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr std::string_view kManifestFormat = "corpusmill.shards";
inline constexpr uint64_t kManifestVersion = 1;

/// The options that decide about the bytes of the shards.
struct ManifestOptions {
  uint64_t seq_len = 0;
  uint64_t shard_tokens = 0;
  bool add_bos = false;
  bool add_eos = false;
  std::string tail;           ///< TailActionName
  std::string normalization;  ///< "none", "nfc", "nfkc"
  std::string record;         ///< RecordOptionsName, as asked for.
  std::string field;
  std::string on_bad_record;
  std::string invalid_utf8;  ///< "keep", "replace", "fail"
};

struct ManifestTokenizer {
  std::string file;      ///< Without its folder.
  std::string xxh3_128;  ///< Of its content, decompressed.
  uint64_t vocab_size = 0;
};

struct ManifestInput {
  std::string path;
  uint64_t bytes = 0;  ///< As stored, before decoding.
  std::string xxh3_128;
  std::string codec;
  std::string record_format;
  uint64_t records = 0;
};

struct ManifestCounts {
  uint64_t records = 0;
  uint64_t documents = 0;
  uint64_t text_bytes = 0;        ///< Of the documents.
  uint64_t normalized_bytes = 0;  ///< Of the documents after Unicode normalisation.
  uint64_t tokens = 0;            ///< With the special ones.
  uint64_t special_tokens = 0;
  uint64_t rows = 0;
  uint64_t padding_tokens = 0;
  uint64_t segments = 0;
};

/// Why something did not get into a shard.
enum class DropReason {
  kBadRecord,
  kBlankLine,
  kEmptyDocument,
  kTail,  ///< Tokens that do not fill the last row. records: documents without a token in a shard.
};

struct DropReasonInfo {
  DropReason reason;
  std::string_view member;  ///< Of the manifest's `dropped`.
  std::string_view name;    ///< For people.
  bool of_documents;        ///< Its records are counted as documents; else they never became one.
};

/// One line for each reason, in the order of the enumeration and of the manifest.
inline constexpr DropReasonInfo kDropReasons[] = {
    {DropReason::kBadRecord, "bad_record", "bad record", false},
    {DropReason::kBlankLine, "blank_line", "blank line", false},
    {DropReason::kEmptyDocument, "empty_document", "empty document", true},
    {DropReason::kTail, "tail", "tail", true},
};
static_assert(kDropReasons[static_cast<size_t>(DropReason::kTail)].reason == DropReason::kTail);

/// What was dropped for one reason.
struct Dropped {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t tokens = 0;
};

/// What was dropped, by reason.
class ManifestDropped {
 public:
  Dropped& operator[](DropReason reason) { return by_reason_[static_cast<size_t>(reason)]; }
  const Dropped& operator[](DropReason reason) const {
    return by_reason_[static_cast<size_t>(reason)];
  }

 private:
  std::array<Dropped, std::size(kDropReasons)> by_reason_;
};

struct ManifestShard {
  std::string file;
  uint64_t rows = 0;
  uint64_t tokens = 0;      ///< Without padding.
  uint64_t segments = 0;    ///< With padding.
  uint64_t documents = 0;   ///< Whose first token is in this shard.
  uint64_t text_bytes = 0;  ///< That the tokens stand for.
  uint64_t bytes = 0;       ///< Of the file.
  std::string xxh3_128;     ///< Of the file.
};

struct Manifest {
  std::string corpusmill;  ///< Version of the program.
  std::string objective;
  ManifestOptions options;
  ManifestTokenizer tokenizer;
  std::vector<ManifestInput> inputs;
  ManifestCounts counts;
  ManifestDropped dropped;
  std::vector<ManifestShard> shards;
};

/// The JSON text, the same bytes for the same manifest.
std::string SerializeManifest(const Manifest& manifest);

/// Reads it back; `name` is for messages. kDataLoss when anything is missing, of
/// the wrong type or out of range; members it does not know are passed over.
absl::StatusOr<Manifest> ParseManifest(std::string_view json, std::string_view name);

/// Nothing disappears silently: kDataLoss, with both sides, when records,
/// documents, bytes, tokens or rows that came in are not all in a shard or among
/// the dropped.
absl::Status CheckBalance(const Manifest& manifest);

/// "shard-00000.safetensors" for 0.
std::string ShardFileName(uint64_t index, const ShardContainer& container = *kShardContainers[0]);
/// True for every name that ShardFileName can return.
bool IsShardFileName(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_MANIFEST_H_
