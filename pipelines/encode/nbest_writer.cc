#include "pipelines/encode/nbest_writer.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "pipelines/engine/document_batches.h"
#include "tokenizer/search/nbest.h"

namespace corpusmill {
namespace {

struct Item {
  std::unique_ptr<DocumentBatch> batch;
  std::string lines;
  uint64_t tokens = 0;
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
  DocumentReader reader(inputs, documents, context);
  DocumentBatches batches(reader, inputs, context,
                          {.keep_empty = true,
                           .keep_names = true,
                           .cut_at_lines = false,
                           .memory_per_text_byte = DocumentBatches::kMemoryPerTextByte +
                                                   n * (kNBestBytes + 2 * sizeof(uint32_t) + 8)});
  const Phase phase(context.reporter(), "encoding", TotalBytes(inputs));
  while (!batches.done()) {
    CM_RETURN_IF_ERROR(context.OrderedPipeline<Item>(
        batches.max_in_flight(),
        [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
          CM_ASSIGN_OR_RETURN(std::unique_ptr<DocumentBatch> batch, batches.Next());
          if (batch == nullptr) return nullptr;
          return std::make_unique<Item>(Item{std::move(batch), {}, 0});
        },
        [&](Item& item) {
          EncodeScratch scratch;
          size_t begin = 0, names_begin = 0;
          for (const DocumentPiece& piece : item.batch->pieces) {
            const auto text =
                std::string_view(item.batch->text).substr(begin, piece.text_end - begin);
            const std::string_view names = item.batch->names;
            const auto best = tokenizer.NBest(text, n, &scratch);
            for (size_t rank = 0; rank < best.size(); ++rank) {
              AppendLine(names.substr(names_begin, piece.id_end - names_begin),
                         names.substr(piece.id_end, piece.source_end - piece.id_end), rank,
                         best[rank], &item.lines);
              item.tokens += best[rank].values.size();
            }
            begin = piece.text_end;
            names_begin = piece.source_end;
          }
          return absl::OkStatus();
        },
        [&](Item& item) {
          report.tokens += item.tokens;
          return output.Write(item.lines);
        }));
    batches.Drained();
  }
  CM_RETURN_IF_ERROR(reader.Close());
  report.documents = reader.counts();
  report.inputs = reader.inputs();
  return report;
}

}  // namespace corpusmill
