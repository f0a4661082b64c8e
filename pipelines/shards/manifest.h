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

/// `manifest.json` of a folder of shards; docs/formats/shards.md describes every member.
namespace corpusmill {

inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr std::string_view kManifestFormat = "corpusmill.shards";
inline constexpr uint64_t kManifestVersion = 2;

/// The options that determine the bytes of the shards.
struct ManifestOptions {
  uint64_t seq_len = 0;
  uint64_t shard_tokens = 0;
  bool add_bos = false;
  bool add_eos = false;
  std::string bos;  ///< The name of the symbol before each document; empty if there is none.
  std::string eos;  ///< The name of the symbol after each document; empty if there is none.
  bool match_symbols = false;
  std::string tail;           ///< TailActionName
  std::string normalization;  ///< "none", "nfc", "nfkc"
  std::string record;         ///< RecordOptionsName of the requested format.
  std::string field;
  std::string on_bad_record;
  std::string invalid_utf8;  ///< "keep", "replace", "fail"
};

struct ManifestTokenizer {
  std::string file;      ///< File name without folder.
  std::string xxh3_128;  ///< Hash of the decompressed content.
  uint64_t vocab_size = 0;
};

struct ManifestInput {
  std::string path;
  uint64_t bytes = 0;  ///< Size before decompression.
  std::string xxh3_128;
  std::string codec;
  std::string record_format;
  uint64_t records = 0;
};

struct ManifestCounts {
  uint64_t records = 0;
  uint64_t documents = 0;
  uint64_t copied_documents = 0;  ///< Copies that a recipe made of documents.
  uint64_t text_bytes = 0;        ///< Text of all documents as read.
  uint64_t normalized_bytes = 0;  ///< Text after Unicode normalisation.
  uint64_t symbol_bytes = 0;      ///< Names of control symbols in it, which decode to nothing.
  uint64_t tokens = 0;            ///< Includes special tokens.
  uint64_t special_tokens = 0;
  uint64_t rows = 0;
  uint64_t padding_tokens = 0;
  uint64_t segments = 0;
};

/// Reasons to drop input.
enum class DropReason {
  kBadRecord,
  kBlankLine,
  kEmptyDocument,
  kStage,  ///< Documents that a stage of the recipe dropped; also bytes that stages removed.
  kTail,   ///< Tokens that do not fill the last row. Counts records without a token in a shard.
};

struct DropReasonInfo {
  DropReason reason;
  std::string_view member;  ///< Member of the manifest's `dropped`.
  std::string_view name;    ///< Display name.
  bool of_documents;        ///< True if dropped records count as documents.
};

/// One entry per reason, in the order of the enumeration and of the manifest.
inline constexpr DropReasonInfo kDropReasons[] = {
    {DropReason::kBadRecord, "bad_record", "bad record", false},
    {DropReason::kBlankLine, "blank_line", "blank line", false},
    {DropReason::kEmptyDocument, "empty_document", "empty document", true},
    {DropReason::kStage, "stage", "dropped by a stage", true},
    {DropReason::kTail, "tail", "tail", true},
};
static_assert(kDropReasons[static_cast<size_t>(DropReason::kTail)].reason == DropReason::kTail);

/// Dropped amounts of one reason.
struct Dropped {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t tokens = 0;
};

/// Dropped amounts by reason.
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
  uint64_t tokens = 0;      ///< Excludes padding.
  uint64_t segments = 0;    ///< Includes padding.
  uint64_t documents = 0;   ///< Documents whose first token is in this shard.
  uint64_t text_bytes = 0;  ///< Decoded size of the tokens.
  uint64_t bytes = 0;       ///< File size.
  std::string xxh3_128;     ///< Hash of the file.
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
  /// The JSON object `recipe`: the hash of the recipe and the ledger of its stages. "" = no recipe.
  std::string recipe_json;
  /// Whether documents may be in any order, and more than once: stages can shuffle and copy them.
  bool any_order() const { return !recipe_json.empty(); }
  /// Whether a hash vouches for all of it; false if it was read from format version 1.
  bool is_hashed = true;
};

/// Returns the manifest as JSON with the hash of its bytes. Equal manifests give equal bytes.
std::string SerializeManifest(const Manifest& manifest);

/// Parses a manifest; `name` is for messages. kDataLoss if a member is missing, of the wrong type,
/// out of range or none of the values it may have, or if any byte has changed since it was written.
/// Ignores unknown members. `options.bos`, `options.eos`, `options.match_symbols` and
/// `counts.symbol_bytes`,
/// `counts.copied_documents` and `dropped.stage` may be missing. Of `recipe` it only notes that it
/// is there.
absl::StatusOr<Manifest> ParseManifest(std::string_view json, std::string_view name);

/// Checks that all records, documents, bytes, tokens and rows are either in a shard or counted as
/// dropped. kDataLoss, naming both sums, if they differ.
absl::Status CheckBalance(const Manifest& manifest);

/// Returns the name of a shard file: "shard-00000.safetensors" for 0.
std::string ShardFileName(uint64_t index, const ShardContainer& container = *kShardContainers[0]);
/// True for the names that ShardFileName returns.
bool IsShardFileName(std::string_view name);

}  // namespace corpusmill

#endif  // CORPUSMILL_PIPELINES_SHARDS_MANIFEST_H_
