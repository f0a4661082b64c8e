#include "pipelines/vocabulary/compare.h"

#include <time.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include "corpus/base/hash.h"
#include "corpus/base/phase.h"
#include "corpus/base/status.h"
#include "pipelines/engine/document_batches.h"
#include "pipelines/engine/document_groups.h"
#include "pipelines/vocabulary/token_differences.h"
#include "tokenizer/model/chunker.h"

namespace corpusmill {
namespace {

/// As DocumentBatches' own, with the ids of a second tokenizer.
constexpr uint64_t kMemoryPerTextByte = DocumentBatches::kMemoryPerTextByte + 8;
constexpr std::string_view kNoLanguage = "(none)";

double ThreadSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

uint64_t CountCharacters(std::string_view text) {
  return static_cast<uint64_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
  }));
}

/// Examples by the hash of their text, the smallest of those that were added.
class Examples {
 public:
  explicit Examples(size_t most) : most_(most) {}

  bool Wants(uint64_t hash) const {
    return most_ > 0 && !by_hash_.contains(hash) &&
           (by_hash_.size() < most_ || hash < by_hash_.rbegin()->first);
  }
  /// REQUIRES: Wants(hash).
  void Add(uint64_t hash, CompareExample example) {
    by_hash_.emplace(hash, std::move(example));
    if (by_hash_.size() > most_) by_hash_.erase(std::prev(by_hash_.end()));
  }
  void Merge(Examples other) {
    for (auto& [hash, example] : other.by_hash_) {
      if (Wants(hash)) Add(hash, std::move(example));
    }
  }
  std::vector<CompareExample> Take() {
    std::vector<CompareExample> examples;
    for (auto& [hash, example] : by_hash_) examples.push_back(std::move(example));
    return examples;
  }

 private:
  size_t most_;
  std::map<uint64_t, CompareExample> by_hash_;
};

/// What became of a batch.
struct Item {
  std::unique_ptr<DocumentBatch> batch;
  std::vector<CompareTotals> totals = {};  // Of each piece; documents are counted later.
  Examples examples;
  double seconds_a = 0;
  double seconds_b = 0;
};

class Comparer {
 public:
  Comparer(const std::vector<InputFile>& inputs, const CompareOptions& options, const Tokenizer& a,
           const Tokenizer& b)
      : inputs_(inputs), options_(options), a_(a), b_(b), examples_(options.examples) {}

  uint64_t Label(const Document& document) {
    // The two members were asked for in this order.
    const bool has_members = !document.members.empty();
    const std::string_view source =
        has_members ? GroupValue(document.members[0], options_.source_until) : std::string_view();
    const std::string_view language = has_members ? document.members[1] : std::string_view();
    const uint64_t label =
        sources_.Find(source.empty() ? std::string_view(inputs_[document.input].path) : source);
    return label << 32 | languages_.Find(language.empty() ? kNoLanguage : language);
  }

  absl::Status Encode(Item& item) const {
    const DocumentBatch& batch = *item.batch;
    std::vector<uint32_t> ids_a, ids_b;
    std::vector<size_t> ends_a, ends_b;
    EncodePieces(a_, batch, &ids_a, &ends_a, &item.seconds_a);
    EncodePieces(b_, batch, &ids_b, &ends_b, &item.seconds_b);
    size_t text_begin = 0, a_begin = 0, b_begin = 0;
    for (size_t i = 0; i < batch.pieces.size(); ++i) {
      const DocumentPiece& piece = batch.pieces[i];
      CM_RETURN_IF_ERROR(ComparePiece(
          piece, std::string_view(batch.text).substr(text_begin, piece.text_end - text_begin),
          std::span(ids_a).subspan(a_begin, ends_a[i] - a_begin),
          std::span(ids_b).subspan(b_begin, ends_b[i] - b_begin), &item));
      text_begin = piece.text_end;
      a_begin = ends_a[i];
      b_begin = ends_b[i];
    }
    return absl::OkStatus();
  }

  absl::Status Consume(Item& item) {
    for (size_t i = 0; i < item.totals.size(); ++i) {
      const DocumentPiece& piece = item.batch->pieces[i];
      CompareTotals& totals = item.totals[i];
      if (piece.first) {
        totals.documents = 1;
        document_differs_ = false;
      }
      if (totals.different_lines > 0 && !std::exchange(document_differs_, true)) {
        totals.different_documents = 1;
      }
      report_.all.Add(totals);
      by_source_[piece.label >> 32].Add(totals);
      by_language_[piece.label & 0xFFFFFFFF].Add(totals);
    }
    report_.encode_seconds_a += item.seconds_a;
    report_.encode_seconds_b += item.seconds_b;
    examples_.Merge(std::move(item.examples));
    return absl::OkStatus();
  }

  CompareReport Finish() {
    report_.sources = Named(by_source_, sources_);
    report_.languages = Named(by_language_, languages_);
    report_.examples = examples_.Take();
    return std::move(report_);
  }

 private:
  using Groups = std::map<uint64_t, CompareTotals>;

  static void EncodePieces(const Tokenizer& tokenizer, const DocumentBatch& batch,
                           std::vector<uint32_t>* ids, std::vector<size_t>* ends, double* seconds) {
    const double start = ThreadSeconds();
    size_t begin = 0;
    for (const DocumentPiece& piece : batch.pieces) {
      tokenizer.Encode(std::string_view(batch.text).substr(begin, piece.text_end - begin), ids);
      ends->push_back(ids->size());
      begin = piece.text_end;
    }
    *seconds = ThreadSeconds() - start;
  }

  absl::Status ComparePiece(const DocumentPiece& piece, std::string_view text,
                            std::span<const uint32_t> ids_a, std::span<const uint32_t> ids_b,
                            Item* item) const {
    CompareTotals totals{.text_bytes = text.size(),
                         .characters = CountCharacters(text),
                         .tokens_a = ids_a.size(),
                         .tokens_b = ids_b.size()};
    CM_ASSIGN_OR_RETURN(const std::string text_a, a_.DecodeBytes(ids_a));
    CM_ASSIGN_OR_RETURN(const std::string text_b, b_.DecodeBytes(ids_b));
    const auto keep = [&](const DifferentLine& line) {
      const uint64_t hash = HashBytes(line.text).low;
      if (!item->examples.Wants(hash)) return;
      CompareExample example{.where =
                                 RecordName(inputs_[piece.input].path, piece.format, piece.record)};
      ShowDifference(line, a_.vocabulary(), b_.vocabulary(), &example.a, &example.b);
      item->examples.Add(hash, std::move(example));
    };
    if (text_a == text_b) {
      const LineCounts lines =
          CompareLines(text_a, a_.vocabulary(), ids_a, b_.vocabulary(), ids_b, keep);
      totals.lines = lines.lines;
      totals.different_lines = lines.different;
    } else {
      LineChunker lines(text_a);
      for (std::string_view line; lines.Next(&line);) ++totals.lines;
      totals.different_lines = totals.lines;
    }
    item->totals.push_back(totals);
    return absl::OkStatus();
  }

  /// With their names, largest text first; the name decides among equals.
  static std::vector<std::pair<std::string, CompareTotals>> Named(const Groups& groups,
                                                                  const DocumentGroups& names) {
    std::vector<std::pair<std::string, CompareTotals>> named;
    for (const auto& [group, totals] : groups) named.emplace_back(names.names()[group], totals);
    std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
      if (a.second.text_bytes != b.second.text_bytes) {
        return a.second.text_bytes > b.second.text_bytes;
      }
      return a.first < b.first;
    });
    return named;
  }

  const std::vector<InputFile>& inputs_;
  const CompareOptions& options_;
  const Tokenizer& a_;
  const Tokenizer& b_;
  DocumentGroups sources_, languages_;
  Groups by_source_, by_language_;
  Examples examples_;
  bool document_differs_ = false;
  CompareReport report_;
};

}  // namespace

void CompareTotals::Add(const CompareTotals& other) {
  documents += other.documents;
  text_bytes += other.text_bytes;
  characters += other.characters;
  tokens_a += other.tokens_a;
  tokens_b += other.tokens_b;
  different_documents += other.different_documents;
  lines += other.lines;
  different_lines += other.different_lines;
}

absl::StatusOr<CompareReport> Compare(const std::vector<InputFile>& inputs,
                                      const CompareOptions& options, const Tokenizer& a,
                                      const Tokenizer& b, Context& context) {
  DocumentOptions documents = options.documents;
  documents.members = {options.source_member, options.language_member};
  DocumentReader reader(inputs, documents, context);
  DocumentBatches batches(reader, inputs, context, {.memory_per_text_byte = kMemoryPerTextByte});
  Comparer comparer(inputs, options, a, b);
  batches.LabelDocuments([&](const Document& document) { return comparer.Label(document); });
  const Phase phase(context.reporter(), "comparing", TotalBytes(inputs));
  while (!batches.done()) {
    CM_RETURN_IF_ERROR(context.OrderedPipeline<Item>(
        batches.max_in_flight(),
        [&]() -> absl::StatusOr<std::unique_ptr<Item>> {
          CM_ASSIGN_OR_RETURN(std::unique_ptr<DocumentBatch> batch, batches.Next());
          if (batch == nullptr) return nullptr;
          return std::make_unique<Item>(
              Item{.batch = std::move(batch), .examples = Examples(options.examples)});
        },
        [&](Item& item) { return comparer.Encode(item); },
        [&](Item& item) { return comparer.Consume(item); }));
    batches.Drained();
  }
  CM_RETURN_IF_ERROR(reader.Close());
  CompareReport report = comparer.Finish();
  report.documents = reader.counts();
  report.inputs = reader.inputs();
  return report;
}

}  // namespace corpusmill
