#include "pipelines/encode/decode.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "corpus/text/json.h"
#include "corpus/text/unicode.h"
#include "pipelines/token_files/id_formats.h"
#include "pipelines/token_files/id_reader.h"

namespace corpusmill {
namespace {

constexpr size_t kWriteBytes = 256 << 10;
// The constant part of the memory limit covers documents up to this size.
constexpr uint64_t kUnchargedBytes = 256 << 10;

class Decoder {
 public:
  Decoder(const DecodeOptions& options, const Tokenizer& tokenizer, ByteSink& output,
          Context& context)
      : format_(options.output),
        control_symbols_(options.control_symbols),
        tokenizer_(tokenizer),
        output_(output),
        context_(context),
        lease_(context.memory().EmptyLease()) {
    const Vocabulary& vocabulary = tokenizer.vocabulary();
    for (uint32_t id = 0; id < vocabulary.size(); ++id) {
      most_bytes_ = std::max<uint64_t>(most_bytes_, vocabulary.SpelledBytes(id).size());
    }
  }

  absl::Status Add(StoredDocument& document) {
    ++report.documents;
    report.tokens += document.tokens;
    CM_RETURN_IF_ERROR(Charge(document));
    if (!document.ids.empty()) {
      CM_ASSIGN_OR_RETURN(document.bytes, tokenizer_.DecodeBytes(document.ids, control_symbols_));
    }
    Append(document.bytes);
    return out_.size() >= kWriteBytes ? Flush() : absl::OkStatus();
  }

  absl::Status Flush() {
    CM_RETURN_IF_ERROR(context_.CheckCancelled());
    CM_RETURN_IF_ERROR(output_.Write(out_));
    out_.clear();
    return absl::OkStatus();
  }

  DecodeReport report;

 private:
  /// Charges the decoded bytes, the text and the output to the budget.
  absl::Status Charge(const StoredDocument& document) {
    uint64_t bytes = document.bytes.size();
    if (bytes + document.ids.size() * most_bytes_ <= kUnchargedBytes) return absl::OkStatus();
    const Vocabulary& vocabulary = tokenizer_.vocabulary();
    for (const uint32_t id : document.ids) {
      if (id < vocabulary.size()) bytes += vocabulary.SpelledBytes(id).size();
    }
    if (bytes <= kUnchargedBytes) return absl::OkStatus();
    // JSON writes a control character as six; strings grow by copying.
    const uint64_t need = bytes * (format_ == DecodeFormat::kRaw ? 4 : 10);
    return need > lease_.bytes() ? lease_.Resize(need, "a long document") : absl::OkStatus();
  }

  void Append(const std::string& bytes) {
    if (format_ == DecodeFormat::kRaw) {
      report.text_bytes += bytes.size();
      out_.append(bytes);
      return;
    }
    const std::string text = DropInvalidUtf8(bytes);
    report.text_bytes += text.size();
    report.dropped_bytes += bytes.size() - text.size();
    if (format_ == DecodeFormat::kJsonl || text.starts_with("{") ||
        text.find_first_of("\r\n") != std::string::npos) {
      out_.append("{\"text\": ");
      AppendJsonString(text, &out_);
      out_.append("}\n");
    } else {
      out_.append(text).append("\n");
    }
  }

  const DecodeFormat format_;
  const ControlSymbols control_symbols_;
  const Tokenizer& tokenizer_;
  ByteSink& output_;
  Context& context_;
  MemoryLease lease_;
  uint64_t most_bytes_ = 0;  // Bytes of the longest piece.
  std::string out_;
};

/// Finds the inputs whose pair is read through the other file.
class OtherFiles {
 public:
  explicit OtherFiles(const std::vector<InputFile>& inputs) {
    for (const InputFile& input : inputs) paths_.insert(input.path);
  }
  bool Has(const std::string& path) const {
    for (const IdFormat* const format : kIdFormats) {
      const std::string_view other = format->pair.other_suffix;
      if (!format->is_pair() || !path.ends_with(other)) continue;
      const std::string stem = path.substr(0, path.size() - other.size());
      if (paths_.contains(stem + std::string(format->pair.main_suffix))) return true;
    }
    return false;
  }

 private:
  std::unordered_set<std::string> paths_;
};

}  // namespace

absl::StatusOr<DecodeReport> DecodeDocuments(const std::vector<InputFile>& inputs,
                                             const DecodeOptions& options,
                                             const Tokenizer& tokenizer, ByteSink& output,
                                             Context& context) {
  const Phase phase(context.reporter(), "decoding", TotalBytes(inputs));
  CM_ASSIGN_OR_RETURN(const MemoryLease list, ChargeInputList(inputs, 2, context));
  CM_ASSIGN_OR_RETURN(const MemoryReservation decoders, ReserveDecoders(inputs, context));
  Decoder decoder(options, tokenizer, output, context);
  const OtherFiles other_files(inputs);
  for (const InputFile& input : inputs) {
    if (other_files.Has(input.path)) continue;
    StoredDocument document;  // Charged by its reader.
    CM_ASSIGN_OR_RETURN(
        const std::unique_ptr<IdReader> reader,
        OpenIdReader(input,
                     {.format = options.input_format, .control_symbols = options.control_symbols},
                     tokenizer.vocabulary(), context));
    while (true) {
      CM_ASSIGN_OR_RETURN(const bool more, reader->Next(&document));
      if (!more) break;
      CM_RETURN_IF_ERROR(Annotate(decoder.Add(document), reader->Where()));
    }
  }
  CM_RETURN_IF_ERROR(decoder.Flush());
  return decoder.report;
}

}  // namespace corpusmill
