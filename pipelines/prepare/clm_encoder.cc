#include "pipelines/prepare/clm_encoder.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/hash.h"
#include "corpus/base/status.h"
#include "corpus/codecs/read_file.h"
#include "corpus/io/sha256_file.h"
#include "tokenizer/model/vocabulary.h"

namespace corpusmill {

absl::StatusOr<LoadedTokenizer> LoadTokenizer(const std::string& path) {
  CM_RETURN_IF_ERROR(CheckSha256(path));
  CM_ASSIGN_OR_RETURN(const std::string json, ReadFileToString(path));
  CM_ASSIGN_OR_RETURN(Tokenizer tokenizer,
                      Tokenizer::Parse(json, path, {.normalization = Normalization::kNone}));
  if (tokenizer.rules().replace_invalid_utf8 || !tokenizer.rules().cut_at_newlines) {
    return UsageError(absl::StrFormat(
        "%s: prepare cannot account for every byte under a SentencePiece model's text rules; try a "
        "BytePiece model",
        path));
  }
  ManifestTokenizer manifest{.file = path.substr(path.rfind('/') + 1),
                             .xxh3_128 = HashBytes(json).ToHex(),
                             .vocab_size = tokenizer.vocab_size()};
  std::vector<uint32_t> token_bytes;
  for (uint32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    token_bytes.push_back(static_cast<uint32_t>(tokenizer.vocabulary().DecodedBytes(id).size()));
  }
  return LoadedTokenizer{std::move(tokenizer), std::move(manifest), std::move(token_bytes)};
}

absl::Status ClmEncoder::EncodePart(std::string_view text, bool first, bool last,
                                    EncodeScratch* scratch, PreparedBatch* result) const {
  std::vector<uint32_t>& ids = result->tokens.open_ids();
  const bool bos = first && around_.bos.has_value();
  const bool eos = last && around_.eos.has_value();
  if (bos) ids.push_back(*around_.bos);
  CM_RETURN_IF_ERROR(EncodeText(text, &ids, scratch, result));
  if (eos) ids.push_back(*around_.eos);
  result->special_tokens += (bos ? 1 : 0) + (eos ? 1 : 0);
  result->tokens.EndPart();
  return absl::OkStatus();
}

absl::Status ClmEncoder::EncodeText(std::string_view text, std::vector<uint32_t>* ids,
                                    EncodeScratch* scratch, PreparedBatch* result) const {
  if (!match_symbols_) {
    result->names.Count(tokenizer_, text);
    return EncodeRun(text, ids, scratch, result);
  }
  absl::Status status;
  tokenizer_.symbols().Split(
      text, [&](std::string_view run) { status.Update(EncodeRun(run, ids, scratch, result)); },
      [&](uint32_t id, std::string_view name) {
        ids->push_back(id);
        result->normalized_bytes += name.size();
        result->symbol_bytes += name.size() - tokenizer_.vocabulary().DecodedBytes(id).size();
      });
  return status;
}

absl::Status ClmEncoder::EncodeRun(std::string_view run, std::vector<uint32_t>* ids,
                                   EncodeScratch* scratch, PreparedBatch* result) const {
  std::string normalized;
  if (normalization_ != Normalization::kNone) {
    // The reader has applied the policy for invalid bytes.
    CM_RETURN_IF_ERROR(Normalize(run, normalization_, InvalidUtf8::kKeep, &normalized));
    run = normalized;
  }
  result->normalized_bytes += run.size();
  tokenizer_.Encode(run, ids, scratch);
  return absl::OkStatus();
}

}  // namespace corpusmill
