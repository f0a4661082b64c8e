#include "pipelines/encode/nbest_writer.h"

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/engine/document_engine.h"
#include "corpus/text/json.h"
#include "tokenizer/encode/symbol_names.h"
#include "tokenizer/search/nbest.h"

namespace corpusmill {
namespace {

/// The lines of a batch.
struct Lines {
  std::string bytes;
  uint64_t tokens = 0;
  SymbolNames names;
};

void AppendLine(std::string_view id, std::string_view source, size_t rank,
                const ScoredSegmentation& segmentation, std::string* out) {
  out->push_back('{');
  for (const auto& [name, value] : {std::pair("id", id), std::pair("source", source)}) {
    if (value.empty()) continue;
    *out += absl::StrFormat("\"%s\": ", name);
    AppendJsonString(value, out);
    *out += ", ";
  }
  *out += absl::StrFormat("\"rank\": %d, \"score\": %.17g, \"ids\": [", rank, segmentation.score);
  for (size_t i = 0; i < segmentation.values.size(); ++i) {
    *out += absl::StrFormat(i == 0 ? "%d" : ", %d", segmentation.values[i]);
  }
  *out += "]}\n";
}

}  // namespace

absl::StatusOr<EncodeReport> WriteNBest(const std::vector<InputFile>& inputs,
                                        const DocumentOptions& documents,
                                        const Tokenizer& tokenizer, uint64_t n, ByteSink& output,
                                        Context& context) {
  EncodeReport report;
  const DocumentRunOptions run = {
      .phase = "encoding",
      .documents = documents,
      .batches = {.keep_empty = true,
                  .keep_members = true,
                  .cut_at_lines = false,
                  .memory_per_text_byte = BatchOptions::kEncodingMemory +
                                          n * (kNBestBytes + 2 * sizeof(uint32_t) + 8)}};
  SymbolNames names;
  const auto find = [&](const DocumentBatch& batch, Lines& lines) {
    EncodeScratch scratch;
    for (size_t i = 0; i < batch.size(); ++i) {
      lines.names.Count(tokenizer, batch.text(i));
      const auto best = tokenizer.NBest(batch.text(i), n, &scratch);
      for (size_t rank = 0; rank < best.size(); ++rank) {
        AppendLine(batch.id(i), batch.source(i), rank, best[rank], &lines.bytes);
        lines.tokens += best[rank].values.size();
      }
    }
    return absl::OkStatus();
  };
  const auto write = [&](const DocumentBatch&, Lines& lines) {
    report.tokens += lines.tokens;
    names.Add(lines.names);
    return output.Write(lines.bytes);
  };
  CM_ASSIGN_OR_RETURN(DocumentReport read, RunDocuments<Lines>(inputs, run, context, find, write));
  names.Warn(tokenizer.vocabulary(), context.reporter());
  report.documents = read.documents;
  report.inputs = std::move(read.inputs);
  return report;
}

}  // namespace corpusmill
